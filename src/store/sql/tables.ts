/** The tables in SQLite. `postgres/schema.ts` has the same tables for PostgreSQL. */
import { type Database, readText, type Sql } from './sql.ts';

/**
 * The index. `artifacts.words`: what `search({ text })` looks in, in lower case. `artifacts.job_picture`: job id and position in the job, so that
 * one image of a job is stored once. `result_images`: the images of each cached result. `results.linked`: 1 when `result_images` has them; rows
 * of an earlier version have none.
 */
export const CATALOG_SCHEMA = `
CREATE TABLE IF NOT EXISTS artifacts (
  id TEXT PRIMARY KEY, folder TEXT NOT NULL, file TEXT NOT NULL, created_at TEXT NOT NULL, provider TEXT NOT NULL,
  model TEXT NOT NULL, prompt TEXT NOT NULL, words TEXT NOT NULL, format TEXT NOT NULL, width INTEGER NOT NULL,
  height INTEGER NOT NULL, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL, cost_micros INTEGER, selection TEXT,
  job_picture TEXT, call TEXT);
CREATE INDEX IF NOT EXISTS artifacts_by_time ON artifacts (created_at, id);
CREATE INDEX IF NOT EXISTS artifacts_by_job ON artifacts (job_picture);
CREATE TABLE IF NOT EXISTS tags (artifact TEXT NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (tag, artifact));
CREATE TABLE IF NOT EXISTS parents (child TEXT NOT NULL, parent TEXT NOT NULL, PRIMARY KEY (child, parent));
CREATE INDEX IF NOT EXISTS parents_by_parent ON parents (parent);
CREATE TABLE IF NOT EXISTS results (key TEXT PRIMARY KEY, made_at TEXT NOT NULL, result TEXT NOT NULL, linked INTEGER);
CREATE TABLE IF NOT EXISTS result_images (artifact TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (artifact, key));
`;

/** Condition for calls that have not ended. A query with exactly this text uses the index `calls_open`. */
export const OPEN_CALL = "state IN ('submitting', 'running', 'unknown')";

/** Condition for calls that have ended. A query with exactly this text uses the index `calls_ended`. */
export const ENDED_CALL = "state IN ('done', 'failed')";

/** Condition for ended calls that `list` shows. A query with exactly this text uses the index `calls_listed`. */
export const LISTED_CALL = `${ENDED_CALL} AND unlisted IS NULL`;

/**
 * Tables that ledgers of earlier versions lack, with their columns. `usage_sinks`: the sinks that get a row for each recorded cost; times are
 * milliseconds since the epoch. `usage_outbox`: rows that a sink does not have yet. `server_requests`: the call of each HTTP request that a
 * server may get again.
 */
export const ADDED_TABLES = {
  usage_sinks: `name TEXT PRIMARY KEY, seen_at BIGINT NOT NULL, owner TEXT, owned_until BIGINT, failures BIGINT NOT NULL,
  retry_at BIGINT NOT NULL, error TEXT, error_at BIGINT`,
  usage_outbox: `sink TEXT NOT NULL, entry TEXT NOT NULL, revision BIGINT NOT NULL, first_revision BIGINT NOT NULL,
  added_at BIGINT NOT NULL, content TEXT NOT NULL, PRIMARY KEY (sink, entry)`,
  server_requests: `identity TEXT PRIMARY KEY, call TEXT NOT NULL, hash TEXT NOT NULL, expires_at BIGINT NOT NULL`,
} as const;

/**
 * The ledger. `scopes.taken_micros`: spent and reserved in a budget scope, in millionths of a dollar. `spendings`: one row for a call that was
 * reserved or paid; `micros` is its amount, `promised` what was reserved for it (older rows
 * have none: there `micros` is the reserved amount until the call ends). `spendings.revision`: how often the cost was
 * recorded; `spendings.call`: the record of its call, once it was. `jobs.prompt_hash`: of the prompt in the handle; empty when the
 * handle has none; older rows lack it. `calls.unlisted`: 1 for an ended call that had no job, which
 * `list` leaves out.
 */
export const LEDGER_SCHEMA = `
CREATE TABLE IF NOT EXISTS scopes (name TEXT PRIMARY KEY, taken_micros BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS spendings (
  id TEXT PRIMARY KEY, at TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL, images INTEGER NOT NULL,
  micros BIGINT NOT NULL, state TEXT NOT NULL, scopes TEXT NOT NULL, promised BIGINT, revision BIGINT, call TEXT);
CREATE INDEX IF NOT EXISTS spendings_by_time ON spendings (at);
CREATE TABLE IF NOT EXISTS calls (
  id TEXT PRIMARY KEY, provider TEXT NOT NULL, model TEXT NOT NULL, reservation TEXT NOT NULL, state TEXT NOT NULL,
  started_at TEXT NOT NULL, owner TEXT NOT NULL, last_try TEXT, decision TEXT, ended_at TEXT, request TEXT,
  artifacts TEXT, charged TEXT, unlisted INTEGER);
CREATE TABLE IF NOT EXISTS jobs (
  call TEXT NOT NULL, job TEXT NOT NULL, handle TEXT NOT NULL, state TEXT, micros BIGINT, basis TEXT, last_try TEXT,
  prompt_hash TEXT, PRIMARY KEY (call, job));
CREATE INDEX IF NOT EXISTS jobs_by_id ON jobs (job);
${Object.entries(ADDED_TABLES)
  .map(([table, columns]) => `CREATE TABLE IF NOT EXISTS ${table} (${columns});`)
  .join('\n')}
`;

/**
 * Columns that tables of earlier versions lack. They are nullable and earlier versions ignore them, so the version number of the tables
 * stays the same.
 */
export const ADDED_COLUMNS = [
  ['spendings', 'promised', 'BIGINT'],
  ['spendings', 'revision', 'BIGINT'],
  ['spendings', 'call', 'TEXT'],
  ['calls', 'last_try', 'TEXT'],
  ['calls', 'decision', 'TEXT'],
  ['calls', 'ended_at', 'TEXT'],
  ['calls', 'request', 'TEXT'],
  ['calls', 'artifacts', 'TEXT'],
  ['calls', 'charged', 'TEXT'],
  ['calls', 'unlisted', 'INTEGER'],
  ['jobs', 'state', 'TEXT'],
  ['jobs', 'micros', 'BIGINT'],
  ['jobs', 'basis', 'TEXT'],
  ['jobs', 'last_try', 'TEXT'],
  ['jobs', 'prompt_hash', 'TEXT'],
  ['results', 'linked', 'INTEGER'],
  ['artifacts', 'call', 'TEXT'],
] as const;

/** Indexes that tables of earlier versions lack, the same for every database. They may use added columns, so they are created last. */
export const ADDED_INDEXES = [
  ['calls', 'calls_by_time', '(started_at)'],
  ['calls', 'calls_open', `(started_at) WHERE ${OPEN_CALL}`],
  ['calls', 'calls_by_reservation', '(reservation)'],
  ['calls', 'calls_ended', `(ended_at) WHERE ${ENDED_CALL}`],
  ['calls', 'calls_listed', `(started_at) WHERE ${LISTED_CALL}`],
  ['jobs', 'jobs_by_prompt', '(prompt_hash)'],
  ['artifacts', 'artifacts_by_call', '(call)'],
  ['results', 'results_unlinked', '(key) WHERE linked IS NULL'],
  ['result_images', 'result_images_by_key', '(key)'],
  ['usage_outbox', 'usage_outbox_by_time', '(sink, added_at, entry)'],
  ['server_requests', 'server_requests_by_time', '(expires_at)'],
] as const;

/** Adds the tables, columns and indexes that a file lacks. */
export async function upgradeTables(db: Database): Promise<void> {
  const missing = async (sql: Sql) => {
    const found = await sql.all(
      `SELECT name FROM sqlite_master UNION ALL
       SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'`,
    );
    const names = new Set(found.map((row) => readText(row, 'name')));
    // The index has none of them.
    const tables = names.has('spendings') ? Object.entries(ADDED_TABLES) : [];
    const lacking = tables.filter(([table]) => !names.has(table));
    for (const [table] of lacking) names.add(table);
    return [
      ...lacking.map(([table, columns]) => `CREATE TABLE ${table} (${columns})`),
      ...ADDED_COLUMNS.filter(([table, column]) => names.has(table) && !names.has(`${table}.${column}`)).map(
        ([table, column, type]) => `ALTER TABLE ${table} ADD COLUMN ${column} ${type}`,
      ),
      ...ADDED_INDEXES.filter(([table, index]) => names.has(table) && !names.has(index)).map(
        ([table, index, content]) => `CREATE INDEX ${index} ON ${table} ${content}`,
      ),
    ];
  };
  if ((await missing(db)).length === 0) return;
  await db.transaction(async (sql) => {
    // Looked up again: another process may have added them in the meantime.
    for (const statement of await missing(sql)) await sql.run(statement);
  });
}
