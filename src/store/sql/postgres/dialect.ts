/** Translates the store's SQL to that of PostgreSQL, and converts its rows back. */
import type { Row, SqlValue } from '../sql.ts';

/** A table name after a keyword that precedes one. The tables are those of `schema.ts`. */
const TABLE_NAMES =
  /\b(FROM|INTO|UPDATE|JOIN|LOCK TABLE) (artifacts|tags|parents|results|result_images|scopes|spendings|calls|jobs|owners|facts|usage_sinks|usage_outbox|server_requests)\b/g;

const MAX_CACHED_STATEMENTS = 500;

/**
 * @param schema a valid schema name, checked before
 * @returns a function that replaces `?` by `$1`, `$2`, …, and adds the schema to table names
 */
export function createDialect(schema: string): (text: string) => string {
  const cached = new Map<string, string>();
  const translate = (text: string) => {
    let count = 0;
    return text.replace(TABLE_NAMES, `$1 "${schema}".$2`).replace(/\?/g, () => `$${++count}`);
  };
  return (text) => {
    const translated = cached.get(text) ?? translate(text);
    // Searches have many forms, so the cache is limited.
    if (cached.size < MAX_CACHED_STATEMENTS) cached.set(text, translated);
    return translated;
  };
}

/** Replaces NUL, the only character that PostgreSQL cannot store in text. */
export const toValue = (value: SqlValue): SqlValue =>
  typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value;

/** Large numbers arrive as text, or from some clients as `bigint`. `readInteger` reads text; `bigint` is converted here. */
export function toRow(row: unknown): Row {
  const entries = Object.entries(row as Readonly<Record<string, unknown>>); // both clients return objects
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : (value as SqlValue)]),
  );
}
