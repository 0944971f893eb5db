/** Waiting that can always be interrupted. */

/** Time and chance, handed in so that tests can fake them. */
export interface Clock {
  /** Milliseconds that only ever grow. Deadlines are measured on this. */
  now(): number;
  /** Milliseconds since the epoch, for dates that others wrote (`Retry-After`). */
  wallNow(): number;
  /** A number in [0, 1). Used for jitter only, never for ids. */
  random(): number;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  random: () => Math.random(),
};

/** The longest delay a timer of this platform takes (2^31 - 1 ms); a longer one would fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

/** Resolves after `ms`, rejects with the signal's reason as soon as it fires. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = setTimeout(done, Math.min(Math.max(ms, 0), MAX_TIMER_MS));
    function done() {
      signal?.removeEventListener('abort', stop);
      resolve();
    }
    function stop() {
      clearTimeout(timer);
      reject(signal?.reason);
    }
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/**
 * Settles like `work`, or rejects with the signal's reason at once when it fires first.
 * @param discard frees what `work` gives after all, when it did not listen to the signal itself
 */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal, discard?: (late: T) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    const stop = () => {
      isOver = true;
      reject(signal.reason);
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    // One step and no `finally`: every request comes through here more than once.
    work.then(
      (value) => {
        signal.removeEventListener('abort', stop);
        if (isOver) discard?.(value);
        else resolve(value);
      },
      (error: unknown) => {
        signal.removeEventListener('abort', stop);
        reject(error);
      },
    );
  });
}

/**
 * Lets the event loop have a turn between two long pieces of work. A message port is used because timers in a row cost up to 4 ms each, and
 * because tests that fake timers do not mean this.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}
