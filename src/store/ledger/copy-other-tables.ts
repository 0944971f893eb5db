/** Copies the tables that other modules keep in the file of the ledger, for example the work of a queue, when the ledger is repaired. */
import { type Database, readText, type Sql } from '../sql/sql.ts';

const ROWS_AT_ONCE = 500;

/**
 * @param into has the tables of the ledger itself, which are not copied
 * @returns the tables that could not be copied completely
 * @throws Error the list of tables cannot be read
 */
export async function copyOtherTables(from: Sql, into: Database): Promise<readonly string[]> {
  const own = await into.all("SELECT name FROM sqlite_master WHERE type = 'table'");
  const parts = await from.all(
    `SELECT type, name, tbl_name AS owner, sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL
     AND substr(name, 1, 7) <> 'sqlite_' AND tbl_name NOT IN (SELECT value FROM json_each(?)) ORDER BY type DESC`,
    JSON.stringify(own.map((row) => readText(row, 'name'))),
  );
  // Tables before their indexes, see the order above.
  const lost = new Set<string>();
  for (const part of parts) {
    try {
      await into.run(readText(part, 'sql'));
      if (part.type === 'table') await copyRows(from, into, readText(part, 'name'));
    } catch {
      // A damaged page belongs to one table; the others may be complete.
      lost.add(readText(part, 'owner'));
    }
  }
  return [...lost];
}

async function copyRows(from: Sql, into: Database, table: string): Promise<void> {
  const quoted = `"${table.replaceAll('"', '""')}"`;
  for (let offset = 0; ; offset += ROWS_AT_ONCE) {
    const rows = await from.all(`SELECT * FROM ${quoted} LIMIT ? OFFSET ?`, ROWS_AT_ONCE, offset);
    if (rows.length === 0) return;
    await into.transaction(async (sql) => {
      for (const row of rows) {
        const values = Object.values(row);
        await sql.run(`INSERT INTO ${quoted} VALUES (${values.map(() => '?').join(', ')})`, ...values);
      }
    });
  }
}
