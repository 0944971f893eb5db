/** Copies a ledger into another one: for a repair, and when a store moves to PostgreSQL. */
import { type Database, type Row, readInteger, readText, type Sql } from '../sql/sql.ts';
import { copyAddedTables } from './copy-added-tables.ts';
import { insertRows } from './insert-rows.ts';
import { type NewSpending, readSpending, recordSpending } from './spendings.ts';

const CALL_COLUMNS = [
  ...['id', 'provider', 'model', 'reservation', 'state', 'started_at', 'owner', 'last_try', 'decision', 'ended_at'],
  ...['request', 'artifacts', 'charged', 'unlisted'],
];
const JOB_COLUMNS = ['call', 'job', 'handle', 'state', 'micros', 'basis', 'last_try', 'prompt_hash'];

/**
 * Copies the records of calls and jobs, open reservations, the cost of calls without an image, what
 * waits for the usage sinks, and the requests of servers. Rows that exist in the target stay.
 * @param includesSpent also copies what was spent on images
 * @throws Error the source cannot be read to the end
 */
export async function copyRecords(from: Sql, into: Database, includesSpent = false): Promise<void> {
  const calls = await from.all('SELECT * FROM calls');
  const jobs = await from.all('SELECT * FROM jobs');
  await into.transaction(async (sql) => {
    await insertRows(sql, 'calls', CALL_COLUMNS, calls);
    await insertRows(sql, 'jobs', JOB_COLUMNS, jobs);
  });
  // A call that is done has an image, whose sidecar records the cost.
  const notDone = new Set(calls.filter(({ state }) => state !== 'done').map((row) => readText(row, 'reservation')));
  const isCopied = (row: Row) => includesSpent || row.state === 'promised' || notDone.has(readText(row, 'id'));
  const spendings = (await from.all("SELECT * FROM spendings WHERE state <> 'released'")).filter(isCopied);
  await into.transaction(async (sql) => {
    for (const row of spendings) {
      await recordSpending(sql, {
        ...readSpending(row),
        id: readText(row, 'id'),
        at: readText(row, 'at'),
        provider: readText(row, 'provider'),
        model: readText(row, 'model'),
        images: readInteger(row, 'images'),
        revision: readInteger(row, 'revision'),
        call: row.call == null ? null : readText(row, 'call'),
        state: readText(row, 'state') as NewSpending['state'], // the query excludes `released`
      });
    }
    await copyAddedTables(from, sql);
  });
}
