/** Creates what the engine adds to the schema of pg-boss: tables, indexes on the jobs, functions. */
import type { Connections } from '../../store/sql/postgres/connect.ts';
import { functionsOf } from './boss-functions.ts';
import { type BossTables, LIST_KEY, tablesOf } from './boss-tables.ts';

/** Created last, so it shows that the tables and the other indexes exist. */
const LAST_INDEX = 'ai_image_work_ended';

const statements = ({ jobs, lanes, pauses }: BossTables): readonly string[] => [
  `CREATE TABLE IF NOT EXISTS ${lanes} (
     name TEXT PRIMARY KEY, queue TEXT COLLATE "C" NOT NULL, provider TEXT COLLATE "C" NOT NULL, version INTEGER NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS ${pauses} (
     kind TEXT COLLATE "C" NOT NULL, name TEXT COLLATE "C" NOT NULL, until_ms BIGINT, reason TEXT NOT NULL, PRIMARY KEY (kind, name))`,
  // The primary key of pg-boss begins with the name of the queue: the same id could be added once per lane.
  `CREATE UNIQUE INDEX IF NOT EXISTS ai_image_work_once ON ${jobs} (id)`,
  `CREATE INDEX IF NOT EXISTS ai_image_work_by_time ON ${jobs} (${LIST_KEY})`,
  `CREATE INDEX IF NOT EXISTS ${LAST_INDEX} ON ${jobs} (completed_on) WHERE completed_on IS NOT NULL`,
];

/** Creates what is missing, once, even when several processes start at the same time. @throws DatabaseFault */
export async function createBossTables({ query, transaction }: Connections, schema: string): Promise<void> {
  const functions = Object.values(functionsOf(schema));
  const findMissing = async (ask: Connections['query']): Promise<readonly string[]> => {
    const { rows } = await ask(EXISTING, [schema]);
    const names = new Set(rows.map((row) => (row as { readonly name: string }).name)); // selected below
    const tables = names.has(LAST_INDEX) ? [] : statements(tablesOf(schema));
    return [...tables, ...functions.filter(({ name }) => !names.has(name)).map(({ create }) => create)];
  };
  if ((await findMissing(query)).length === 0) return;
  await transaction(async (locked) => {
    await locked('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`ai-image queue ${schema}`]);
    for (const statement of await findMissing(locked)) await locked(statement, []);
  });
}

const EXISTING = `SELECT indexname::text AS name FROM pg_indexes WHERE schemaname = $1
  UNION ALL SELECT p.proname::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE n.nspname = $1 AND p.proname LIKE 'ai\\_image\\_%'`;
