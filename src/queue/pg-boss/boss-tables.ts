/** The tables that the engine adds to the schema of pg-boss, and its indexes on the jobs. */
import type { Connections } from '../../store/sql/postgres/connect.ts';

/**
 * The names of what the statements use. All jobs of queues without a partition of their own are in `job_common`, so an index on it holds
 * across lanes. `now`: the clock of pg-boss, which is that of the database.
 */
export const tablesOf = (schema: string) => ({
  jobs: `"${schema}".job_common`,
  state: `"${schema}".job_state`,
  bossQueues: `"${schema}".queue`,
  lanes: `"${schema}".ai_image_lanes`,
  pauses: `"${schema}".ai_image_pauses`,
  now: `"${schema}".job_now()`,
});
export type BossTables = ReturnType<typeof tablesOf>;

/** Order of lists: the latest first. */
export const LIST_KEY = `((data ->> 'createdAtMs')::bigint), ((data ->> 'id') COLLATE "C")`;

const statements = ({ jobs, lanes, pauses }: BossTables): readonly string[] => [
  `CREATE TABLE IF NOT EXISTS ${lanes} (
     name TEXT PRIMARY KEY, queue TEXT COLLATE "C" NOT NULL, provider TEXT COLLATE "C" NOT NULL, version INTEGER NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS ${pauses} (
     kind TEXT COLLATE "C" NOT NULL, name TEXT COLLATE "C" NOT NULL, until_ms BIGINT, reason TEXT NOT NULL, PRIMARY KEY (kind, name))`,
  // The primary key of pg-boss begins with the name of the queue: the same id could be added once per lane.
  `CREATE UNIQUE INDEX IF NOT EXISTS ai_image_work_once ON ${jobs} (id)`,
  `CREATE INDEX IF NOT EXISTS ai_image_work_by_time ON ${jobs} (${LIST_KEY})`,
  // Last: it shows that the others exist.
  `CREATE INDEX IF NOT EXISTS ai_image_work_ended ON ${jobs} (completed_on) WHERE completed_on IS NOT NULL`,
];

/** Creates what is missing, once, even when several processes start at the same time. @throws DatabaseFault */
export async function createBossTables({ query, transaction }: Connections, schema: string): Promise<void> {
  const isComplete = async (ask: Connections['query']) => {
    const { rows } = await ask('SELECT 1 FROM pg_indexes WHERE schemaname = $1 AND indexname = $2', [
      schema,
      'ai_image_work_ended',
    ]);
    return rows.length > 0;
  };
  if (await isComplete(query)) return;
  await transaction(async (locked) => {
    await locked('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`ai-image queue ${schema}`]);
    if (await isComplete(locked)) return;
    for (const statement of statements(tablesOf(schema))) await locked(statement, []);
  });
}
