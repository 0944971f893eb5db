/** Spreads work that blocks the event loop. */

// The event loop belongs to the process, and so does this: servers share it.
let last: Promise<void> = Promise.resolve();

/**
 * Resolves in a pass of the event loop that no other caller gets. Starting a call writes to the ledger, and the disk takes its time: many
 * requests that arrive together would stop all others until the last one is written.
 */
export function ownPass(): Promise<void> {
  last = last.then(() => new Promise((resolve) => setTimeout(resolve, 0)));
  return last;
}
