/** Turns rows of the table `work` into objects. */
import { type Row, readInteger, readText } from '../../store/sql/sql.ts';
import type { Claim, Pause, StoredWork, WorkError, WorkResult, WorkState } from '../queue-engine.ts';

/** Texts of this engine's own tables, written by `JSON.stringify`. */
const readJson = <T>(row: Row, name: string): T | undefined =>
  row[name] == null ? undefined : (JSON.parse(readText(row, name)) as T);

const withProvider = (row: Row) => (row.provider === '' ? {} : { provider: readText(row, 'provider') });

const withNumber = <Name extends string>(name: Name, value: Row[string] | undefined) =>
  value == null ? {} : ({ [name]: Number(value) } as Record<Name, number>);

export const CLAIM_COLUMNS = 'id, queue, provider, payload, version, attempt, failures, expirations';

export const toClaim = (row: Row): Claim => ({
  id: readText(row, 'id'),
  queue: readText(row, 'queue'),
  ...withProvider(row),
  payload: readText(row, 'payload'),
  version: readInteger(row, 'version'),
  attempt: readInteger(row, 'attempt'),
  failures: readInteger(row, 'failures'),
  expirations: readInteger(row, 'expirations'),
});

export function toStoredWork(row: Row): StoredWork {
  const state = readText(row, 'state') as WorkState; // written by this engine
  const error = readJson<WorkError>(row, 'error');
  const result = readJson<WorkResult>(row, 'result');
  return {
    ...toClaim(row),
    priority: readInteger(row, 'priority'),
    runAtMs: readInteger(row, 'run_at'),
    state,
    createdAtMs: readInteger(row, 'created_at'),
    ...(state === 'active' && withNumber('leaseUntilMs', row.lease_until)),
    ...(row.worker != null && { worker: readText(row, 'worker') }),
    isCancelRequested: row.is_cancel_requested === 1,
    ...(error && { error }),
    ...(result && { result }),
    ...withNumber('endedAtMs', row.ended_at),
  };
}

export const toPause = (row: Row): Pause => ({
  kind: readText(row, 'kind') as Pause['kind'], // written by this engine
  name: readText(row, 'name'),
  ...withNumber('untilMs', row.until_ms),
  reason: readText(row, 'reason'),
});
