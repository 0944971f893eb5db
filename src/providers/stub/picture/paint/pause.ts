import { nextTurn } from '../../../kit/index.ts';

export { nextTurn };

/** Pixels worked on between two pauses: about 5 to 15 ms of work, so that a host's event loop stays responsive. */
export const PIXELS_PER_PAUSE = 1 << 15;

/** True after each row that completes a portion of pixels. The first portions are small: code not yet compiled is slow. */
export function isPauseDue(row: number, width: number): boolean {
  const portion = row * width < PIXELS_PER_PAUSE ? PIXELS_PER_PAUSE / 8 : PIXELS_PER_PAUSE;
  return Math.floor(((row + 1) * width) / portion) > Math.floor((row * width) / portion);
}

/** Makes a list with a pause after each item. */
export async function inTurns<T>(count: number, make: (index: number) => T): Promise<T[]> {
  const items: T[] = [];
  for (let index = 0; index < count; index += 1) {
    items.push(make(index));
    await nextTurn();
  }
  return items;
}
