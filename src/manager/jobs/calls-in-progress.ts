/** The calls that this process works on. Records tell calls of other processes apart, but not those of two managers with one store. */
import type { JobRecords } from '../../store/interfaces.ts';

export interface CallsInProgress {
  /** Ids of the calls that are made. */
  readonly activeCalls: Set<string>;
  /** Ids of the calls whose jobs are fetched. */
  readonly fetching: Set<string>;
}

const callsByRecords = new WeakMap<JobRecords, CallsInProgress>();

/** Managers with the same records share them. */
export function callsInProgress(records: JobRecords): CallsInProgress {
  const known = callsByRecords.get(records) ?? { activeCalls: new Set<string>(), fetching: new Set<string>() };
  callsByRecords.set(records, known);
  return known;
}
