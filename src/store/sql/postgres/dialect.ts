/** From the store's SQL to that of PostgreSQL, and back with the rows. The one place where the two databases differ in their words. */
import type { Row, SqlValue } from '../sql.ts';

/** Where a table is named, and which there are: see `schema.ts`. */
const NAMED =
  /\b(FROM|INTO|UPDATE|JOIN|LOCK TABLE) (artifacts|tags|parents|results|scopes|spendings|calls|jobs|owners|facts)\b/g;

/** @param schema a name that needs no more than quotes @returns turns `?` into `$1`, `$2`, …, and names tables by their schema */
export function createDialect(schema: string): (text: string) => string {
  const known = new Map<string, string>();
  const translate = (text: string) => {
    let count = 0;
    return text.replace(NAMED, `$1 "${schema}".$2`).replace(/\?/g, () => `$${++count}`);
  };
  return (text) => {
    const found = known.get(text) ?? translate(text);
    // Searches have many shapes: the usual ones are enough.
    if (known.size < 500) known.set(text, found);
    return found;
  };
}

/** It keeps every character but one. */
export const toValue = (value: SqlValue): SqlValue =>
  typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value;

/** Large numbers come as text, from some clients as `bigint`; `whole` reads the first. */
export function toRow(row: unknown): Row {
  const entries = Object.entries(row as Readonly<Record<string, unknown>>); // both clients give objects
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : (value as SqlValue)]),
  );
}
