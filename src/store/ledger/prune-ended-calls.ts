/** Removes the records of calls that ended long ago. Open calls are never removed. */
import type { JobRecords } from '../interfaces/job-records.ts';
import { type Database, readText, type Sql } from '../sql/sql.ts';
import { ENDED_CALL } from '../sql/tables.ts';

/** Records that are removed in one transaction, and at most after one call. */
const BATCH_SIZE = 200;
/** How long to wait after all old records were removed. */
const INTERVAL_MS = 3_600_000;

export interface PruneSettings {
  readonly ledgerDatabase: () => Promise<Database>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** How long the record of a call stays after its end. */
  readonly keepEndedJobsMs: number;
}

/** Returns records that remove old ones, a few at a time, when a call has ended. */
export function withPruning(records: JobRecords, { ledgerDatabase, now, keepEndedJobsMs }: PruneSettings): JobRecords {
  let nextAt = Number.NEGATIVE_INFINITY;
  async function prune(): Promise<void> {
    const time = now();
    if (time < nextAt) return;
    nextAt = time + INTERVAL_MS;
    try {
      if (await pruneEndedCalls(await ledgerDatabase(), time, keepEndedJobsMs)) nextAt = time;
    } catch {
      // The end of the call is recorded. The next attempt is in an hour.
    }
  }
  return {
    ...records,
    async end(...params) {
      await records.end(...params);
      await prune();
    },
    async endJob(...params) {
      const sum = await records.endJob(...params);
      await prune();
      return sum;
    },
  };
}

/**
 * Finds old records. The record of a failed call that cost something stays: no sidecar has its cost, so the repair of a ledger finds it
 * by its record.
 */
export const FIND_OLD = `SELECT c.id FROM calls c LEFT JOIN spendings s ON s.id = c.reservation
  WHERE c.${ENDED_CALL} AND c.ended_at < ? AND (c.state = 'done' OR COALESCE(s.micros, 0) = 0 OR s.state = 'released')
  ORDER BY c.ended_at LIMIT ${BATCH_SIZE}`;

/** Finds records of an earlier version, which did not record when a call ended. */
export const FIND_UNDATED = `SELECT id FROM calls WHERE ${ENDED_CALL} AND ended_at IS NULL LIMIT ${BATCH_SIZE}`;

/**
 * Removes a batch of old records. The age of records of an earlier version counts from now.
 * @returns whether there may be more
 */
async function pruneEndedCalls(db: Database, now: number, keepMs: number): Promise<boolean> {
  const time = new Date(now).toISOString();
  const before = new Date(Math.max(now - keepMs, 0)).toISOString();
  const idsOf = async (query: string, ...values: readonly string[]) =>
    (await db.all(query, ...values)).map((row) => readText(row, 'id'));
  const undated = await idsOf(FIND_UNDATED);
  const old = await idsOf(FIND_OLD, before);
  if (undated.length + old.length === 0) return false;
  await db.transaction(async (sql) => {
    for (const id of undated)
      await sql.run(`UPDATE calls SET ended_at = ? WHERE id = ? AND ${ENDED_CALL} AND ended_at IS NULL`, time, id);
    for (const id of old) await remove(sql, id, before);
  });
  return Math.max(undated.length, old.length) === BATCH_SIZE;
}

async function remove(sql: Sql, id: string, before: string): Promise<void> {
  // Checked again: a further job may have reopened the call.
  const changed = await sql.run(`DELETE FROM calls WHERE id = ? AND ${ENDED_CALL} AND ended_at < ?`, id, before);
  if (changed > 0) await sql.run('DELETE FROM jobs WHERE call = ?', id);
}
