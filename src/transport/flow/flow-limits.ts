/** Limits that protect a server from too many calls: concurrency, rate, and a shared retry quota. */
import { type Clock, untilAborted } from './wait.ts';

/** Allows at most `max` holders at once, in the order of their requests. */
export interface ConcurrencyLimit {
  /** Resolves with a function that releases the slot and must be called. Rejects with the signal's reason. */
  readonly acquire: (signal: AbortSignal) => Promise<() => void>;
}

export function createConcurrencyLimit(max: number): ConcurrencyLimit {
  let running = 0;
  const waiting = new Set<() => void>();
  const release = () => {
    const next = waiting.values().next();
    if (next.done) running--;
    else {
      waiting.delete(next.value);
      next.value(); // passes the slot on, so `running` stays the same
    }
  };
  return {
    async acquire(signal) {
      signal.throwIfAborted();
      if (running < max) running++;
      else {
        const { promise: granted, resolve: grant } = Promise.withResolvers<void>();
        waiting.add(grant);
        try {
          await untilAborted(granted, signal);
        } catch (reason) {
          // The slot was granted at the moment of the abort: pass it on.
          if (!waiting.delete(grant)) release();
          throw reason;
        }
      }
      let isHeld = true;
      return () => {
        if (isHeld) release();
        isHeld = false;
      };
    },
  };
}

/** Spaces callers evenly, in the order of their requests. */
export interface RateLimit {
  /** Resolves when the caller may proceed. Rejects with the signal's reason; a rejected caller uses up no slot. */
  readonly acquire: (signal: AbortSignal) => Promise<void>;
}

export function createRateLimit(perSecond: number, clock: Pick<Clock, 'now'>): RateLimit {
  const intervalMs = 1000 / perSecond;
  const waiting = new Set<() => void>();
  let nextStartAt = Number.NEGATIVE_INFINITY;
  let isScheduled = false;
  /** Measured from the last actual start, so that a blocked event loop does not lead to a burst afterwards. */
  const scheduleNext = () => {
    isScheduled = waiting.size > 0;
    if (isScheduled) setTimeout(startNext, Math.ceil(nextStartAt - clock.now()));
  };
  const startNext = () => {
    for (const grant of waiting) {
      waiting.delete(grant);
      nextStartAt = clock.now() + intervalMs;
      grant();
      break;
    }
    scheduleNext();
  };
  return {
    async acquire(signal) {
      signal.throwIfAborted();
      const { promise: granted, resolve: grant } = Promise.withResolvers<void>();
      waiting.add(grant);
      if (!isScheduled) {
        if (clock.now() >= nextStartAt) startNext();
        else scheduleNext();
      }
      await untilAborted(granted, signal).finally(() => waiting.delete(grant));
    },
  };
}

/**
 * A quota of retries shared by all calls, because retrying every call against a server that is down makes the outage worse.
 * Each retry takes one; each success returns a tenth.
 */
export interface RetryQuota {
  readonly take: () => boolean;
  readonly refund: () => void;
}

export function createRetryQuota(capacity: number): RetryQuota {
  let remaining = capacity;
  return {
    take() {
      if (remaining < 1) return false;
      remaining -= 1;
      return true;
    },
    refund() {
      remaining = Math.min(capacity, remaining + 0.1);
    },
  };
}
