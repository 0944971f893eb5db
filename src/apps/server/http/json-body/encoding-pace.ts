/**
 * Limits how much is encoded without a pause, over all answers of the process. A socket that takes everything at once asks for the next
 * slice in the same pass of the event loop: sixty answers would hold it for seconds.
 */

/** About a millisecond of work. */
const BYTES_PER_PASS = 1024 ** 2;

// The event loop belongs to the process, and so do these: servers share them.
let encodedBytes = 0;
let nextPass: Promise<void> | undefined;

/** @returns a promise if enough was encoded in this pass of the event loop: wait for it before encoding, then ask again */
export function encodingPause(): Promise<void> | undefined {
  return encodedBytes < BYTES_PER_PASS ? undefined : nextPass;
}

/** Notes that bytes were encoded. */
export function noteEncoded(bytes: number): void {
  encodedBytes += bytes;
  nextPass ??= new Promise((resolve) => {
    setTimeout(() => {
      encodedBytes = 0;
      nextPass = undefined;
      resolve();
    }, 0);
  });
}
