/** Limits how often something may happen per minute, for many keys. */

export interface MinuteTaken {
  /** False: the limit is reached, and nothing was taken. */
  readonly isAllowed: boolean;
  /** How many more may follow at once. */
  readonly remaining: number;
  /** Milliseconds until the whole limit is available again. */
  readonly resetMs: number;
  /** Milliseconds until one is allowed. 0 if `isAllowed`. */
  readonly retryAfterMs: number;
}

export interface MinuteLimit {
  /** @param perMinute the limit; all of it may be taken at once, and it comes back evenly */
  readonly take: (key: string, perMinute: number) => MinuteTaken;
}

const MINUTE_MS = 60_000;

/** @param maxKeys of more keys, the oldest are forgotten, so that invented keys take no memory */
export function createMinuteLimit(now: () => number, maxKeys = 10_000): MinuteLimit {
  /** When the whole limit of a key is available again, in milliseconds since the epoch. */
  const fullAt = new Map<string, number>();
  return {
    take(key, perMinute) {
      const at = now();
      // A clock that was set back must not lock a key for longer than a minute.
      const usedMs = Math.min(Math.max(0, (fullAt.get(key) ?? at) - at), MINUTE_MS);
      const eachMs = MINUTE_MS / perMinute;
      const retryAfterMs = Math.ceil(usedMs + eachMs - MINUTE_MS);
      const isAllowed = retryAfterMs <= 0;
      const leftMs = isAllowed ? usedMs + eachMs : usedMs;
      fullAt.delete(key); // so that the order of the map is that of use
      fullAt.set(key, at + leftMs);
      if (fullAt.size > maxKeys) forgetOldest();
      return {
        isAllowed,
        remaining: Math.max(0, Math.floor((MINUTE_MS - leftMs) / eachMs + 1e-9)),
        resetMs: Math.ceil(leftMs),
        retryAfterMs: isAllowed ? 0 : retryAfterMs,
      };
    },
  };

  function forgetOldest(): void {
    const [oldest] = fullAt.keys();
    if (oldest !== undefined) fullAt.delete(oldest);
  }
}
