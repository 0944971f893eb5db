/** The clock, and waits that a signal can interrupt. */

/** Time and randomness. Injected, so that tests can fake them. */
export interface Clock {
  /** Monotonic milliseconds, for deadlines. */
  now(): number;
  /** Milliseconds since the epoch, to compare with dates from servers (`Retry-After`). */
  wallNow(): number;
  /** A random number in [0, 1). For jitter only, never for ids. */
  random(): number;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  random: () => Math.random(),
};

/** The longest delay of a timer (2^31 - 1 ms). A longer one would fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

/** Resolves after `ms`. Rejects with the signal's reason when it fires. */
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
 * Settles like `work`, or rejects with the signal's reason if it fires first.
 * @param discard frees the late result of `work` after the signal fired
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
    // One `then` without `finally`, for speed: every request passes through here several times.
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
 * Resolves in the next turn of the event loop. Await it between two long pieces of work, so that other tasks can run. Uses a message
 * port, because nested timers wait up to 4 ms and tests may fake timers; a timer where ports cannot be used, as in Next.js' edge runtime.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    try {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(0);
    } catch {
      setTimeout(resolve, 0);
    }
  });
}

let lastPass: Promise<void> = Promise.resolve();

/**
 * Like `nextTurn`, and each caller of the process gets a pass of the event loop of its own. For long work that ends at the same time in
 * many calls.
 */
export function ownTurn(): Promise<void> {
  lastPass = lastPass.then(nextTurn);
  return lastPass;
}
