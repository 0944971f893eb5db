/** Turns work into jobs of pg-boss, and jobs into work. */
import { type Row, readInteger, readText } from '../../store/sql/sql.ts';
import type { Claim, NewWork, Pause, StoredWork, WorkError, WorkResult, WorkState } from '../queue-engine.ts';
import { laneNameOf } from './boss-names.ts';
import { toWorkKey } from './work-key.ts';

/** `data` of a job. */
interface JobData extends Pick<NewWork, 'id' | 'queue' | 'provider' | 'payload' | 'donePayload' | 'version'> {
  readonly createdAtMs: number;
}

/** `output` of a job. */
interface WorkProgress {
  readonly worker?: string;
  /** The earliest start that it had when it was claimed. */
  readonly runAtMs?: number;
  readonly failures?: number;
  readonly expirations?: number;
  readonly isCancelRequested?: boolean;
  readonly outcome?: 'dead' | 'unknown';
  readonly error?: WorkError;
  readonly result?: WorkResult;
}

/** The work as the statement `add` reads it. */
export const toNewJob = (work: NewWork) => {
  const { id, queue, provider, payload, donePayload, version, priority, runAtMs } = work;
  return {
    key: toWorkKey(id),
    lane: laneNameOf(work),
    priority,
    run_at: runAtMs,
    data: { id, queue, provider, payload, donePayload, version },
  };
};

/** The job of a claim, and its attempt: `$1` and `$2` of statements that write for a claim. */
export const toHolder = ({ id, attempt }: Claim): readonly [key: string, attempt: number] => [toWorkKey(id), attempt];

export function toClaim(row: Row): Claim {
  const { id, queue, provider, payload, version } = readData(row);
  const { failures = 0, expirations = 0 } = readProgress(row);
  const attempt = readInteger(row, 'attempt');
  return { id, queue, ...(provider !== undefined && { provider }), payload, version, attempt, failures, expirations };
}

const readData = (row: Row): JobData => JSON.parse(readText(row, 'data')) as JobData; // written by this engine
const readProgress = (row: Row): WorkProgress => JSON.parse(readText(row, 'progress') || '{}') as WorkProgress; // written by this engine

export function toStoredWork(row: Row): StoredWork {
  const progress = readProgress(row);
  const { worker, isCancelRequested = false, error, result } = progress;
  const state = stateOf(readText(row, 'state'), progress);
  const startAfterMs = readInteger(row, 'start_after');
  return {
    ...toClaim(row),
    priority: readInteger(row, 'priority'),
    runAtMs: state === 'active' ? (progress.runAtMs ?? startAfterMs) : startAfterMs,
    state,
    createdAtMs: readData(row).createdAtMs,
    ...(state === 'active' && { leaseUntilMs: startAfterMs }),
    ...(worker !== undefined && { worker }),
    isCancelRequested,
    ...(error && { error }),
    ...(state === 'done' && result && { result }),
    ...(row.completed_on != null && { endedAtMs: readInteger(row, 'completed_on') }),
  };
}

/** @param jobState the state of the job in pg-boss */
function stateOf(jobState: string, { outcome = 'dead' }: WorkProgress): WorkState {
  switch (jobState) {
    case 'completed':
      return 'done';
    case 'failed':
      return outcome;
    case 'active':
    case 'cancelled':
      return jobState;
    default:
      return 'waiting';
  }
}

export const toPause = (row: Row): Pause => ({
  kind: readText(row, 'kind') as Pause['kind'], // written by this engine
  name: readText(row, 'name'),
  ...(row.until_ms != null && { untilMs: readInteger(row, 'until_ms') }),
  reason: readText(row, 'reason'),
});
