/** Why a call ends early, and waits that a signal ends. */

/** The transport recognizes it by its name and does not cancel the job at the vendor. */
class ClosingError extends Error {
  override readonly name = 'ClosingError';
}

/** The abort reason when the server closes: jobs can still be resumed. */
export const closingReason = (): Error => new ClosingError('the server closes');

/** The abort reason when a client cancels the call: the job is cancelled at the vendor. */
export const cancelReason = (): Error => new Error('the call was cancelled');

export const isClosing = (signal: AbortSignal): boolean => signal.reason instanceof ClosingError;

/** Waits. @throws the reason of the signal */
export type WaitForMs = (ms: number, signal: AbortSignal) => Promise<void>;

export const pause: WaitForMs = async (ms, signal) => {
  signal.throwIfAborted();
  const ended = Promise.withResolvers<void>();
  const abort = () => ended.reject(signal.reason);
  const timer = setTimeout(ended.resolve, ms);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await ended.promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
};
