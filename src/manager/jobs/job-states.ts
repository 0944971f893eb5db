/** Whether a recorded job is open, and until when. */
import type { JobRecord } from '../../store/interfaces.ts';

const DAY_MS = 86_400_000;

/** How long a job stays open after it was submitted, unless `keepJobsOpenMs` says otherwise: 7 days. */
export const KEEP_JOBS_OPEN_MS: number = 7 * DAY_MS;

export interface JobClock {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly keepOpenMs: number;
}

/** Returns the record with its state at this time. The time alone makes a job expire, so this is the same for every kind of records. */
export function asOf(record: JobRecord, { now, keepOpenMs }: JobClock): JobRecord {
  const { state, handle, startedAt } = record;
  if (state !== 'running' || handle === undefined) return record;
  const submittedAt = Date.parse(handle.submittedAt);
  const untilMs = (Number.isNaN(submittedAt) ? Date.parse(startedAt) : submittedAt) + keepOpenMs;
  const openUntil = new Date(Math.min(untilMs, MAX_DATE_MS)).toISOString();
  return { ...record, openUntil, state: now >= untilMs ? 'expired' : state };
}

/** The latest time that a `Date` can hold. */
const MAX_DATE_MS = 8.64e15;

/** Returns whether the job can still be fetched, or a person has to say how the call ended. */
export const isOpen = ({ state }: Pick<JobRecord, 'state'>): boolean => state !== 'done' && state !== 'failed';
