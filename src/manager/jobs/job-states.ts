/** How a job on record is shown: whether it is still open, and why its image is not there yet. */
import type { AiImageError } from '../../providers/protocol/index.ts';
import type { JobRecord, LastTry } from '../../store/interfaces.ts';

const DAY_MS = 86_400_000;

/** How long a job stays open after it was submitted, unless a setting says otherwise: 7 days. */
export const KEEP_JOBS_OPEN_MS: number = 7 * DAY_MS;

export interface JobClock {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly keepOpenMs: number;
}

/** With the state that holds now: the time decides it, so it is the same for every kind of records. */
export function asOf(record: JobRecord, { now, keepOpenMs }: JobClock): JobRecord {
  const { state, handle, startedAt } = record;
  if (state !== 'running' || handle === undefined) return record;
  const submittedAt = Date.parse(handle.submittedAt);
  const until = (Number.isNaN(submittedAt) ? Date.parse(startedAt) : submittedAt) + keepOpenMs;
  const openUntil = new Date(Math.min(until, MAX_DATE_MS)).toISOString();
  return { ...record, openUntil, state: now > until ? 'expired' : state };
}

/** The latest time that a date can hold. */
const MAX_DATE_MS = 8.64e15;

/** Calls of which only a person can say how they ended, or that can still be fetched. */
export const isOpen = ({ state }: Pick<JobRecord, 'state'>): boolean => state !== 'done' && state !== 'failed';

const MAX_MESSAGE = 200;

/** Addresses of jobs and results can be as good as keys. */
const LINK = /\bhttps?:\/\/[^\s'"<>)]+/gi;

/** @param now milliseconds since the epoch */
export const lastTryOf = ({ code, message }: AiImageError, now: number): LastTry => ({
  at: new Date(now).toISOString(),
  code,
  message: message.replace(LINK, '(link)').slice(0, MAX_MESSAGE),
});
