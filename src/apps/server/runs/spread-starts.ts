/** Spreads the starts of calls, because each blocks the event loop for a moment. */

// The event loop belongs to the process, and so does this: servers share it.
let last: Promise<void> = Promise.resolve();

/**
 * Waits until this call may start: one starts in each pass of the event loop. A start writes to the ledger, and the disk takes its time.
 * If many started in one pass, all other requests would wait until the last one is written.
 */
export function spreadStarts(): Promise<void> {
  last = last.then(() => new Promise((resolve) => setTimeout(resolve, 0)));
  return last;
}
