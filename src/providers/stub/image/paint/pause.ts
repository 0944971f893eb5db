/** Pauses that keep the event loop of the host responsive while an image is rendered. */
import { nextTurn } from '../../../kit/index.ts';

export { nextTurn };

/** Pixels between two pauses: about 5 to 15 ms of work. */
export const PIXELS_PER_PAUSE = 1 << 15;

/** Returns true after each row that completes a portion of pixels. The first portions are small, because uncompiled code is slow. */
export function isPauseDue(row: number, width: number): boolean {
  const portion = row * width < PIXELS_PER_PAUSE ? PIXELS_PER_PAUSE / 8 : PIXELS_PER_PAUSE;
  return Math.floor(((row + 1) * width) / portion) > Math.floor((row * width) / portion);
}

/** Builds a list with a pause after each item. */
export async function buildWithPauses<T>(count: number, make: (index: number) => T): Promise<T[]> {
  const items: T[] = [];
  for (let index = 0; index < count; index += 1) {
    items.push(make(index));
    await nextTurn();
  }
  return items;
}
