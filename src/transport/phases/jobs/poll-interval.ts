/** How long to wait between two polls of a job. */

const MAX_INTERVAL_MS = 1_000;
/** With a known duration, the first poll comes after this fraction of it. */
const FIRST_POLL_AT = 0.8;
/** From the first poll until this fraction of the known duration, polls are close together. */
const LAST_CLOSE_POLL_AT = 1.5;
/** The close polls are this fraction of the known duration apart. */
const CLOSE_POLLS = 64;
const MAX_CLOSE_INTERVAL_MS = 450;

export interface PollTimes {
  readonly elapsedMs: number;
  /** The wait that the server asked for. */
  readonly requestedMs?: number | undefined;
  /** How long jobs of this kind usually take. */
  readonly usualMs?: number | undefined;
  /** The result is never below this. */
  readonly minMs: number;
}

/**
 * Returns the wait before the next poll, in milliseconds:
 * 1. what the server asked for, if it asked;
 * 2. with a known usual duration: 80 % of it, then less than half a second;
 * 3. otherwise a tenth of the elapsed time, at most 1 s.
 */
export function pollIntervalMs({ elapsedMs, requestedMs, usualMs, minMs }: PollTimes): number {
  const clamp = (ms: number, max: number) => Math.max(Math.min(ms, max), minMs);
  if (requestedMs !== undefined) return Math.max(requestedMs, minMs);
  if (usualMs === undefined || elapsedMs >= usualMs * LAST_CLOSE_POLL_AT) return clamp(elapsedMs / 10, MAX_INTERVAL_MS);
  return Math.max(usualMs * FIRST_POLL_AT - elapsedMs, clamp(usualMs / CLOSE_POLLS, MAX_CLOSE_INTERVAL_MS));
}
