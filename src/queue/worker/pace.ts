/** How long work and workers wait. Times are in milliseconds. */

export interface Pace {
  /** The first wait of work that is tried again. It doubles. */
  readonly retryMs: number;
  /** The longest wait of work that is tried again. */
  readonly maxRetryMs: number;
  /** How long work waits while another process has its call. */
  readonly heldMs: number;
  /** How long a provider is paused that asks for fewer requests and does not say for how long. */
  readonly pauseMs: number;
  /** The first pause of a provider whose account cannot pay or whose credential is refused. It doubles. */
  readonly accountPauseMs: number;
  /** The longest pause of a provider, and the longest wait for a budget. */
  readonly maxPauseMs: number;
  /** The first wait after the database failed. It doubles. */
  readonly troubleMs: number;
  /** The longest wait after the database failed. */
  readonly maxTroubleMs: number;
  /** The first wait of a worker that found no work, unless the engine reports new work. It doubles. */
  readonly idleMs: number;
  /** The longest wait of a worker that found no work. */
  readonly maxIdleMs: number;
  /** How long the record of an aborted call may take to show its outcome. */
  readonly settleMs: number;
  /** How long work may take to be handed back after the grace of `stop`. */
  readonly handBackMs: number;
  /** How often ended work is removed. */
  readonly pruneEveryMs: number;
}

export const PACE: Pace = {
  retryMs: 5_000,
  maxRetryMs: 600_000,
  heldMs: 5_000,
  pauseMs: 60_000,
  accountPauseMs: 600_000,
  maxPauseMs: 3_600_000,
  troubleMs: 500,
  maxTroubleMs: 30_000,
  idleMs: 250,
  maxIdleMs: 5_000,
  settleMs: 2_000,
  handBackMs: 4_000,
  pruneEveryMs: 3_600_000,
};

/** Returns `firstMs` doubled `times` times, at most `maxMs`. */
export const doubled = (firstMs: number, times: number, maxMs: number): number =>
  Math.min(firstMs * 2 ** Math.min(Math.max(times, 0), 40), maxMs);

/** Lengthens a wait by up to a quarter, so that work that failed together is not tried again together. @param chance 0 to 1 */
export const spread = (ms: number, chance: number): number => Math.round(ms * (1 + chance / 4));

/** 0 to 1. */
export const randomChance = (): number => (crypto.getRandomValues(new Uint8Array(1))[0] ?? 0) / 255;
