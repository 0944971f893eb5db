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
  job_picture TEXT);
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

/**
 * The ledger. `scopes.taken_micros`: spent and reserved in a budget scope, in millionths of a dollar. `spendings`: one row for a call that was
 * reserved or paid; `micros` is its amount, `promised` what was reserved for it (older rows
 * have none: there `micros` is the reserved amount until the call ends). `jobs.prompt_hash`: of the prompt in the handle; empty when the
 * handle has none; older rows lack it.
 */
export const LEDGER_SCHEMA = `
CREATE TABLE IF NOT EXISTS scopes (name TEXT PRIMARY KEY, taken_micros BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS spendings (
  id TEXT PRIMARY KEY, at TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL, images INTEGER NOT NULL,
  micros BIGINT NOT NULL, state TEXT NOT NULL, scopes TEXT NOT NULL, promised BIGINT);
CREATE INDEX IF NOT EXISTS spendings_by_time ON spendings (at);
CREATE TABLE IF NOT EXISTS calls (
  id TEXT PRIMARY KEY, provider TEXT NOT NULL, model TEXT NOT NULL, reservation TEXT NOT NULL, state TEXT NOT NULL,
  started_at TEXT NOT NULL, owner TEXT NOT NULL, last_try TEXT, decision TEXT, ended_at TEXT);
CREATE TABLE IF NOT EXISTS jobs (
  call TEXT NOT NULL, job TEXT NOT NULL, handle TEXT NOT NULL, state TEXT, micros BIGINT, basis TEXT, last_try TEXT,
  prompt_hash TEXT, PRIMARY KEY (call, job));
CREATE INDEX IF NOT EXISTS jobs_by_id ON jobs (job);
`;

/**
 * Columns that tables of earlier versions lack. They are nullable and earlier versions ignore them, so the version number of the tables
 * stays the same.
 */
export const ADDED_COLUMNS = [
  ['spendings', 'promised', 'BIGINT'],
  ['calls', 'last_try', 'TEXT'],
  ['calls', 'decision', 'TEXT'],
  ['calls', 'ended_at', 'TEXT'],
  ['jobs', 'state', 'TEXT'],
  ['jobs', 'micros', 'BIGINT'],
  ['jobs', 'basis', 'TEXT'],
  ['jobs', 'last_try', 'TEXT'],
  ['jobs', 'prompt_hash', 'TEXT'],
  ['results', 'linked', 'INTEGER'],
] as const;

/** Indexes that tables of earlier versions lack, the same for every database. They may use added columns, so they are created last. */
export const ADDED_INDEXES = [
  ['calls', 'calls_by_time', '(started_at)'],
  ['calls', 'calls_open', `(started_at) WHERE ${OPEN_CALL}`],
  ['calls', 'calls_ended', `(ended_at) WHERE ${ENDED_CALL}`],
  ['jobs', 'jobs_by_prompt', '(prompt_hash)'],
  ['results', 'results_unlinked', '(key) WHERE linked IS NULL'],
  ['result_images', 'result_images_by_key', '(key)'],
] as const;

/** Adds the columns and indexes that the tables in a file lack. */
export async function upgradeTables(db: Database): Promise<void> {
  const missing = async (sql: Sql) => {
    const found = await sql.all(
      `SELECT name FROM sqlite_master UNION ALL
       SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'`,
    );
    const names = new Set(found.map((row) => readText(row, 'name')));
    return [
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
