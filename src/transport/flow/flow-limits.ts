/** How many requests at once, how fast, and how often again: what keeps a crowd of calls from trampling a server. */
import { type Clock, untilAborted } from './wait.ts';

/** Lets at most `max` through at once, first come first served. */
export interface Gate {
  /** Resolves with a function that must be called when done; rejects with the signal's reason. */
  readonly enter: (signal: AbortSignal) => Promise<() => void>;
}

export function createGate(max: number): Gate {
  let inside = 0;
  const waiting = new Set<() => void>();
  const leave = () => {
    const next = waiting.values().next();
    if (next.done) inside--;
    else {
      waiting.delete(next.value);
      next.value(); // hands the place over, so `inside` stays
    }
  };
  return {
    async enter(signal) {
      signal.throwIfAborted();
      if (inside < max) inside++;
      else {
        const { promise: turn, resolve: admit } = Promise.withResolvers<void>();
        waiting.add(admit);
        try {
          await untilAborted(turn, signal);
        } catch (reason) {
          // Admitted in the same moment as aborted: the place must go to the next one.
          if (!waiting.delete(admit)) leave();
          throw reason;
        }
      }
      let isInside = true;
      return () => {
        if (isInside) leave();
        isInside = false;
      };
    },
  };
}

/** Lets one through at a time, evenly spaced, first come first served. */
export interface Pace {
  /** Resolves when it is one's turn; rejects with the signal's reason, and then takes nobody's turn away. */
  readonly pass: (signal: AbortSignal) => Promise<void>;
}

export function createPace(perSecond: number, clock: Pick<Clock, 'now'>): Pace {
  const gapMs = 1000 / perSecond;
  const waiting = new Set<() => void>();
  let freeAt = Number.NEGATIVE_INFINITY;
  let isServing = false;
  /** Measured from when the last one really passed: after a stop of the event loop there is no crowd to make up for it. */
  const serveLater = () => {
    isServing = waiting.size > 0;
    if (isServing) setTimeout(serve, Math.ceil(freeAt - clock.now()));
  };
  const serve = () => {
    for (const admit of waiting) {
      waiting.delete(admit);
      freeAt = clock.now() + gapMs;
      admit();
      break;
    }
    serveLater();
  };
  return {
    async pass(signal) {
      signal.throwIfAborted();
      const { promise: turn, resolve: admit } = Promise.withResolvers<void>();
      waiting.add(admit);
      if (!isServing) {
        if (clock.now() >= freeAt) serve();
        else serveLater();
      }
      await untilAborted(turn, signal).finally(() => waiting.delete(admit));
    },
  };
}

/**
 * A purse of retries shared by all calls: against a server that is down for everybody, retrying everything only makes it worse.
 * Each retry takes one out, each success puts a tenth back.
 */
export interface RetryQuota {
  readonly take: () => boolean;
  readonly succeed: () => void;
}

export function createRetryQuota(capacity: number): RetryQuota {
  let left = capacity;
  return {
    take() {
      if (left < 1) return false;
      left -= 1;
      return true;
    },
    succeed() {
      left = Math.min(capacity, left + 0.1);
    },
  };
}
