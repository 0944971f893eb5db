/** Names of the tables in the schema of pg-boss: its own, and those that the engine adds. */

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
