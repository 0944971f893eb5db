/** Copies the tables that ledgers of earlier versions lack: what waits for the usage sinks, and the requests of servers. */
import type { Sql } from '../sql/sql.ts';
import type { ADDED_TABLES } from '../sql/tables.ts';
import { insertRows } from './insert-rows.ts';

const COLUMNS: Readonly<Record<keyof typeof ADDED_TABLES, readonly string[]>> = {
  usage_sinks: ['name', 'seen_at', 'owner', 'owned_until', 'failures', 'retry_at', 'error', 'error_at'],
  usage_outbox: ['sink', 'entry', 'revision', 'first_revision', 'added_at', 'content'],
  server_requests: ['identity', 'call', 'hash', 'expires_at'],
};

/** Copies their rows from a ledger file. Rows that exist in the target stay. */
export async function copyAddedTables(from: Sql, into: Sql): Promise<void> {
  const known = await from.all("SELECT name FROM sqlite_master WHERE type = 'table'");
  for (const [table, columns] of Object.entries(COLUMNS)) {
    if (!known.some(({ name }) => name === table)) continue;
    await insertRows(into, table, columns, await from.all(`SELECT * FROM ${table}`));
  }
}
