/** Queries that run with each call or command must find their rows by an index, however many rows there are. */
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { toConditions } from '../../../src/store/catalog/artifact-query.ts';
import { createStore } from '../../../src/store/index.ts';
import { FIND_BY_PROMPT } from '../../../src/store/ledger/forget-prompt.ts';
import { FIND, FIND_CALL, LIST_OPEN } from '../../../src/store/ledger/persistent-job-records.ts';
import { FIND_OLD, FIND_UNDATED } from '../../../src/store/ledger/prune-ended-calls.ts';
import { createDialect } from '../../../src/store/sql/postgres/dialect.ts';
import { openSqlite } from '../../../src/store/sql/sqlite.ts';
import { CATALOG_SCHEMA, LEDGER_SCHEMA, upgradeTables } from '../../../src/store/sql/tables.ts';
import { openTestDatabase } from '../../support/postgres-server.ts';
import { schemaOf } from '../databases.ts';
import { useFolder } from '../support.ts';

const database = await openTestDatabase();
afterAll(database.close);
const folder = useFolder();

const ROWS = 5_000;
const byId = toConditions({ id: 'image-77' }, undefined);

const queries: readonly (readonly [name: string, text: string, ...values: (string | number)[]])[] = [
  ['a record by either id', FIND, 'job-77', 'job-77', 'job-77', 'job-77'],
  ['all submits of a call', FIND_CALL, 'call-77', 'call-77-', 'call-77.', 12],
  ['open calls', LIST_OPEN],
  ['images of a call', 'SELECT id FROM artifacts WHERE call = ?', 'call-77'],
  ['calls that ended long ago', FIND_OLD, '2026-1'],
  ['ended calls of an earlier version', FIND_UNDATED],
  ['ended jobs with a prompt', FIND_BY_PROMPT, 'hash-77'],
  ['jobs of an earlier version', 'SELECT call FROM jobs WHERE prompt_hash IS NULL LIMIT 1'],
  [
    'the beginning of an id',
    `SELECT id, file FROM artifacts${byId.where} ORDER BY created_at DESC, id DESC LIMIT 100`,
    ...byId.values.map(String),
  ],
  [
    'results of an image',
    'DELETE FROM results WHERE key IN (SELECT key FROM result_images WHERE artifact = ?)',
    'image-77',
  ],
  ['links of a result', 'DELETE FROM result_images WHERE key = ?', 'key-77'],
  ['results of an earlier version', 'SELECT key, result FROM results WHERE linked IS NULL LIMIT 200'],
];

/** The same questions, asked so that every row is read. */
const slow: readonly string[] = [
  "SELECT * FROM calls c LEFT JOIN jobs j ON j.call = c.id WHERE c.id = 'job-77' OR j.job = 'job-77'",
  "SELECT id FROM artifacts WHERE SUBSTR(id, 1, 8) = 'image-77'",
  "DELETE FROM results WHERE result LIKE '%image-77%'",
];

/** Statements that fill the tables. One call of a thousand is open. */
const NUMBERS = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})`;
const filled = (of: (table: string) => string) => [
  `INSERT INTO ${of('calls')} (id, provider, model, reservation, state, started_at, owner, ended_at) ${NUMBERS}
   SELECT 'call-' || i, 'p', 'm', 'r-' || i, CASE WHEN i % 1000 = 0 THEN 'running' ELSE 'done' END, '2026-' || i, '', '2026-' || i FROM n`,
  `INSERT INTO ${of('spendings')} (id, at, provider, model, images, micros, state, scopes) ${NUMBERS}
   SELECT 'r-' || i, '2026', 'p', 'm', 1, 1, 'spent', '[]' FROM n`,
  `INSERT INTO ${of('jobs')} (call, job, handle, prompt_hash) ${NUMBERS}
   SELECT 'call-' || i, 'job-' || i, '{}', 'hash-' || i FROM n`,
  `INSERT INTO ${of('artifacts')} (id, folder, file, created_at, provider, model, prompt, words, format, width, height, bytes, sha256)
   ${NUMBERS} SELECT 'image-' || i, '', 'f', '2026-' || i, 'p', 'm', '', '', 'png', 1, 1, 1, '' FROM n`,
  `INSERT INTO ${of('results')} (key, made_at, result, linked) ${NUMBERS} SELECT 'key-' || i, '2026', '{}', 1 FROM n`,
  `INSERT INTO ${of('result_images')} (artifact, key) ${NUMBERS} SELECT 'image-' || i, 'key-' || i FROM n`,
];

it('queries of a file find their rows by an index', async () => {
  const file = await openSqlite(join(folder(), 'x.db'), CATALOG_SCHEMA + LEDGER_SCHEMA);
  await upgradeTables(file);
  for (const statement of filled((table) => table)) await file.run(statement);
  const scansOf = async (text: string, ...values: readonly (string | number)[]) =>
    (await file.all(`EXPLAIN QUERY PLAN ${text}`, ...values))
      .map(({ detail }) => String(detail))
      // An index that holds only the open calls is read from its beginning to its end.
      .filter(
        (step) =>
          /^SCAN (?!CONSTANT)/.test(step) && !/USING (?:COVERING )?INDEX (?:calls_open|results_unlinked)/.test(step),
      );
  for (const [name, ...query] of queries) expect([name, await scansOf(...query)]).toEqual([name, []]);
  for (const query of slow) expect([query, await scansOf(query)]).not.toEqual([query, []]);
  await file.close();
});

it('queries in PostgreSQL find their rows by an index', async () => {
  const directory = join(folder(), 'images');
  const schema = schemaOf(directory);
  const store = createStore({ directory, database: { pool: database.pool, schema } });
  await store.usage();
  const { pool } = database;
  for (const statement of filled((table) => `"${schema}".${table}`)) await pool.query(statement);
  for (const table of ['calls', 'spendings', 'jobs', 'artifacts', 'results', 'result_images'])
    await pool.query(`ANALYZE "${schema}".${table}`);
  const dialect = createDialect(schema);
  const scansOf = async (text: string, ...values: readonly (string | number)[]) =>
    (await pool.query(`EXPLAIN ${dialect(text)}`, [...values])).rows
      .map((row) => String(Object.values(row as object)[0]))
      .filter((step) => /Seq Scan|artifacts_by_time/.test(step));
  for (const [name, ...query] of queries) expect([name, await scansOf(...query)]).toEqual([name, []]);
  for (const query of slow) expect([query, await scansOf(query)]).not.toEqual([query, []]);
  await store.close();
});
