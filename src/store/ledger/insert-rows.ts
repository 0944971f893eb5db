import type { Row, Sql } from '../sql/sql.ts';

/** Of one statement. SQLite takes 32766 values, PostgreSQL 65535, and a table here has at most 14 columns. */
const ROWS_AT_ONCE = 500;

/** Inserts rows with few statements: a database on another machine answers each one. Rows that exist stay; missing columns are null. */
export async function insertRows(
  sql: Sql,
  table: string,
  columns: readonly string[],
  rows: readonly Row[],
): Promise<void> {
  const row = `(${columns.map(() => '?').join(', ')})`;
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
    const some = rows.slice(at, at + ROWS_AT_ONCE);
    await sql.run(
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${some.map(() => row).join(', ')} ON CONFLICT DO NOTHING`,
      ...some.flatMap((each) => columns.map((name) => each[name] ?? null)),
    );
  }
}
