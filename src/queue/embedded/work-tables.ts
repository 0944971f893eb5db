/** The tables of the embedded queue. They are in the database of the ledger, so that "call ended" and "work done" are one transaction. */
import { type Database, readText } from '../../store/sql/sql.ts';

/** A minute of waiting counts as 1 of the priority. */
export const AGEING_MS = 60_000;

/**
 * `priority + minutes of waiting` grows at the same pace for all work, so its order never changes: it is the order of this number, which an
 * index can hold. The smallest comes first.
 * @param waitingSinceMs when it could first start, in milliseconds since the epoch
 */
export const rankOf = (waitingSinceMs: number, priority: number): number => waitingSinceMs - priority * AGEING_MS;

/**
 * `provider`: empty when the work names none. `is_ready`: 1 when `run_at` has come, so that a claim does not read all scheduled work.
 * `waiting_since`: when it could first start. Times are milliseconds since the epoch. `done_payload`: replaces the payload when the work is
 * done. Payloads are last: they are long, and SQLite reads the columns before them without them.
 */
const STATEMENTS = [
  `CREATE TABLE IF NOT EXISTS work (
    id TEXT PRIMARY KEY, queue TEXT NOT NULL, provider TEXT NOT NULL, version INTEGER NOT NULL, priority INTEGER NOT NULL,
    state TEXT NOT NULL, is_ready INTEGER NOT NULL, rank INTEGER NOT NULL, waiting_since INTEGER NOT NULL,
    run_at INTEGER NOT NULL, attempt INTEGER NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0,
    expirations INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL, lease_until INTEGER, worker TEXT,
    is_cancel_requested INTEGER NOT NULL DEFAULT 0, error TEXT, result TEXT, ended_at INTEGER, payload TEXT NOT NULL,
    done_payload TEXT
  ) STRICT`,
  `CREATE INDEX IF NOT EXISTS work_ready ON work (queue, provider, version, rank, waiting_since)
    WHERE state = 'waiting' AND is_ready = 1`,
  "CREATE INDEX IF NOT EXISTS work_scheduled ON work (run_at) WHERE state = 'waiting' AND is_ready = 0",
  "CREATE INDEX IF NOT EXISTS work_leases ON work (lease_until) WHERE state = 'active'",
  'CREATE INDEX IF NOT EXISTS work_ended ON work (ended_at) WHERE ended_at IS NOT NULL',
  'CREATE INDEX IF NOT EXISTS work_by_time ON work (created_at, id)',
  'CREATE INDEX IF NOT EXISTS work_by_state ON work (state, created_at, id)',
  'CREATE INDEX IF NOT EXISTS work_counts ON work (queue, state, version)',
  `CREATE TABLE IF NOT EXISTS queue_pauses (
    kind TEXT NOT NULL, name TEXT NOT NULL, until_ms INTEGER, reason TEXT NOT NULL, PRIMARY KEY (kind, name)) STRICT`,
] as const;

/** Creates the tables that are missing. @returns the path of the database file */
export async function createWorkTables(db: Database): Promise<string> {
  // A statement for a table that exists writes nothing, and takes no lock.
  for (const statement of STATEMENTS) await db.run(statement);
  const [main] = await db.all('PRAGMA database_list');
  return main === undefined ? '' : readText(main, 'file');
}
