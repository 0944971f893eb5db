/** Pixels worked on between two pauses: about 5 to 15 ms of work, so that a host's event loop stays responsive. */
export const PIXELS_PER_PAUSE = 1 << 15;

/** True after each row that completes a portion of pixels. The first portions are small: code not yet compiled is slow. */
export function isPauseDue(row: number, width: number): boolean {
  const portion = row * width < PIXELS_PER_PAUSE ? PIXELS_PER_PAUSE / 8 : PIXELS_PER_PAUSE;
  return Math.floor(((row + 1) * width) / portion) > Math.floor((row * width) / portion);
}

/**
 * Lets the event loop run once. A message port is used because nested `setTimeout(0)` costs 1 to 4 ms a time;
 * `setTimeout` serves where there is no `MessageChannel`.
 */
export function pause(): Promise<void> {
  if (typeof MessageChannel !== 'function') return new Promise((resolve) => setTimeout(resolve, 0));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}

/** Makes a list with a pause after each item. */
export async function inTurns<T>(count: number, make: (index: number) => T): Promise<T[]> {
  const items: T[] = [];
  for (let index = 0; index < count; index += 1) {
    items.push(make(index));
    await pause();
  }
  return items;
}
