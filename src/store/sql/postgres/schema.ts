/** The tables in PostgreSQL: the columns of `../tables.ts`, with indexes of their own. */
import { AiImageError } from '../../../providers/protocol/errors.ts';
import { ADDED_COLUMNS, ADDED_INDEXES, ADDED_TABLES } from '../tables.ts';
import type { Connections } from './connect.ts';

const VERSION = 1;

/**
 * Collation "C" compares text byte by byte, as SQLite does, whatever the locale of the database. Jobs, tags and parents may be longer than
 * a B-tree index accepts, so they have hash indexes.
 */
const statements = (schema: string): readonly string[] => {
  const of = (table: string) => `"${schema}".${table}`;
  return [
    `CREATE TABLE ${of('facts')} (name TEXT PRIMARY KEY, value TEXT NOT NULL)`,
    `CREATE TABLE ${of('owners')} (token TEXT PRIMARY KEY, seen_at TIMESTAMPTZ NOT NULL, lease_ms BIGINT NOT NULL)`,
    `CREATE TABLE ${of('scopes')} (name TEXT COLLATE "C" PRIMARY KEY, taken_micros BIGINT NOT NULL)`,
    `CREATE TABLE ${of('spendings')} (
       id TEXT COLLATE "C" PRIMARY KEY, at TEXT COLLATE "C" NOT NULL, provider TEXT COLLATE "C" NOT NULL,
       model TEXT COLLATE "C" NOT NULL, images BIGINT NOT NULL, micros BIGINT NOT NULL, state TEXT COLLATE "C" NOT NULL,
       scopes TEXT COLLATE "C" NOT NULL, promised BIGINT, revision BIGINT, call TEXT COLLATE "C")`,
    `CREATE INDEX spendings_by_time ON ${of('spendings')} (at)`,
    `CREATE TABLE ${of('calls')} (
       id TEXT COLLATE "C" PRIMARY KEY, provider TEXT COLLATE "C" NOT NULL, model TEXT COLLATE "C" NOT NULL,
       reservation TEXT COLLATE "C" NOT NULL, state TEXT COLLATE "C" NOT NULL, started_at TEXT COLLATE "C" NOT NULL,
       owner TEXT COLLATE "C" NOT NULL, last_try TEXT COLLATE "C", decision TEXT COLLATE "C",
       ended_at TEXT COLLATE "C", request TEXT COLLATE "C", artifacts TEXT COLLATE "C", charged TEXT COLLATE "C",
       unlisted INTEGER)`,
    `CREATE TABLE ${of('jobs')} (
       call TEXT COLLATE "C" NOT NULL, job TEXT COLLATE "C" NOT NULL, handle TEXT COLLATE "C" NOT NULL,
       state TEXT COLLATE "C", micros BIGINT, basis TEXT COLLATE "C", last_try TEXT COLLATE "C",
       prompt_hash TEXT COLLATE "C")`,
    `CREATE UNIQUE INDEX jobs_once ON ${of('jobs')} (call, hashtextextended(job, 0))`,
    `CREATE INDEX jobs_by_id ON ${of('jobs')} USING hash (job)`,
    `CREATE TABLE ${of('artifacts')} (
       id TEXT COLLATE "C" PRIMARY KEY, folder TEXT COLLATE "C" NOT NULL, file TEXT COLLATE "C" NOT NULL,
       created_at TEXT COLLATE "C" NOT NULL, provider TEXT COLLATE "C" NOT NULL, model TEXT COLLATE "C" NOT NULL,
       prompt TEXT COLLATE "C" NOT NULL, words TEXT COLLATE "C" NOT NULL, format TEXT COLLATE "C" NOT NULL,
       width BIGINT NOT NULL, height BIGINT NOT NULL, bytes BIGINT NOT NULL, sha256 TEXT COLLATE "C" NOT NULL,
       cost_micros BIGINT, selection TEXT COLLATE "C", job_picture TEXT COLLATE "C",
       call TEXT COLLATE "C")`,
    `CREATE INDEX artifacts_by_time ON ${of('artifacts')} (created_at, id)`,
    `CREATE INDEX artifacts_by_job ON ${of('artifacts')} USING hash (job_picture)`,
    `CREATE TABLE ${of('tags')} (artifact TEXT COLLATE "C" NOT NULL, tag TEXT COLLATE "C" NOT NULL)`,
    `CREATE INDEX tags_by_artifact ON ${of('tags')} (artifact)`,
    `CREATE INDEX tags_by_tag ON ${of('tags')} USING hash (tag)`,
    `CREATE TABLE ${of('parents')} (child TEXT COLLATE "C" NOT NULL, parent TEXT COLLATE "C" NOT NULL)`,
    `CREATE INDEX parents_by_child ON ${of('parents')} (child)`,
    `CREATE INDEX parents_by_parent ON ${of('parents')} USING hash (parent)`,
    `CREATE TABLE ${of('results')} (
       key TEXT COLLATE "C" PRIMARY KEY, made_at TEXT COLLATE "C" NOT NULL, result TEXT COLLATE "C" NOT NULL,
       linked INTEGER)`,
    ...addedTables(schema),
    ...addedIndexes(schema),
    `INSERT INTO ${of('facts')} (name, value) VALUES ('version', '${VERSION}')`,
  ];
};

const addedTables = (schema: string): readonly string[] => [
  `CREATE TABLE IF NOT EXISTS "${schema}".result_images (
     artifact TEXT COLLATE "C" NOT NULL, key TEXT COLLATE "C" NOT NULL, PRIMARY KEY (artifact, key))`,
  ...Object.entries(ADDED_TABLES).map(
    ([table, columns]) =>
      `CREATE TABLE IF NOT EXISTS "${schema}".${table} (${columns.replaceAll(' TEXT', ' TEXT COLLATE "C"')})`,
  ),
];

const addedIndexes = (schema: string): readonly string[] =>
  ADDED_INDEXES.map(
    ([table, index, content]) => `CREATE INDEX IF NOT EXISTS ${index} ON "${schema}".${table} ${content}`,
  );

/** Updates tables of an earlier version: see `ADDED_COLUMNS`. */
const additions = (schema: string): readonly string[] => [
  ...ADDED_COLUMNS.map(([table, column, type]) => {
    const collation = type === 'TEXT' ? ' COLLATE "C"' : '';
    return `ALTER TABLE "${schema}".${table} ADD COLUMN IF NOT EXISTS ${column} ${type}${collation}`;
  }),
  ...addedTables(schema),
  ...addedIndexes(schema),
];

/**
 * Creates the tables when they do not exist: all or none, once, even when several processes start at the same time. When the tables exist,
 * the user needs no permission to create any.
 * @throws AiImageError `not_configured`: the tables are of a later version; DatabaseFault
 */
export async function createTables({ query, transaction }: Connections, schema: string): Promise<void> {
  if ((await hasTables(query, schema)) && (await isComplete(query, schema))) return;
  await transaction(async (locked) => {
    await locked('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`ai-image tables ${schema}`]);
    if (await hasTables(locked, schema)) {
      if (await isComplete(locked, schema)) return;
      for (const statement of additions(schema)) await locked(statement, []);
      return;
    }
    const { rows } = await locked('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
    if (rows.length === 0) await locked(`CREATE SCHEMA "${schema}"`, []);
    for (const statement of statements(schema)) await locked(statement, []);
  });
}

async function isComplete(query: Connections['query'], schema: string): Promise<boolean> {
  const { rows } = await query(
    `SELECT c.relname || '.' || a.attname AS name FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
     JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND NOT a.attisdropped
     UNION ALL SELECT indexname FROM pg_indexes WHERE schemaname = $1`,
    [schema],
  );
  const names = new Set(rows.map((row) => (row as { readonly name: unknown }).name)); // both clients return objects
  return (
    ADDED_COLUMNS.every(([table, column]) => names.has(`${table}.${column}`)) &&
    ADDED_INDEXES.every(([, index]) => names.has(index))
  );
}

async function hasTables(query: Connections['query'], schema: string): Promise<boolean> {
  const there = await query("SELECT 1 FROM pg_tables WHERE schemaname = $1 AND tablename = 'facts'", [schema]);
  if (there.rows.length === 0) return false;
  const { rows } = await query(`SELECT value FROM "${schema}".facts WHERE name = 'version'`, []);
  const version = Number((rows[0] as { readonly value?: unknown } | undefined)?.value); // written above
  if (version === VERSION) return true;
  throw new AiImageError(
    'not_configured',
    version > VERSION
      ? `the tables in ${schema} were made by a later version of the library`
      : `the tables in ${schema} were not made by this library`,
    {
      charged: 'no',
      hint:
        version > VERSION
          ? 'Nothing was sent or changed. Install that version of the library, or set another database.schema.'
          : 'Nothing was sent or changed. Set database.schema to a schema that this library may use.',
    },
  );
}
