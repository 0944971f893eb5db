/** The calls that this process works on. Records tell calls of other processes apart, but not those of two managers with one store. */
import type { JobHandle } from '../../providers/protocol/index.ts';
import type { JobRecords } from '../../store/interfaces.ts';

export interface CallsInProgress {
  /** Ids of the calls that are made. */
  readonly activeCalls: Set<string>;
  /** Ids of the calls whose jobs are fetched. */
  readonly fetching: Set<string>;
  /** Jobs by the id of their record, which could not be written because the database failed. The next use of the call id records them. */
  readonly unrecordedJobs: Map<string, JobHandle>;
}

const callsByRecords = new WeakMap<JobRecords, CallsInProgress>();

/** Managers with the same records share them. */
export function callsInProgress(records: JobRecords): CallsInProgress {
  const known: CallsInProgress = callsByRecords.get(records) ?? {
    activeCalls: new Set(),
    fetching: new Set(),
    unrecordedJobs: new Map(),
  };
  callsByRecords.set(records, known);
  return known;
}
