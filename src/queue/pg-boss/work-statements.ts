/**
 * The statements on the jobs of pg-boss. Its methods cannot say these things exactly: a lease in milliseconds that each claim chooses, the
 * order over several lanes, work that is asked to be cancelled, repeats and ended leases that the engine counts, a claim that is also the
 * end of leases. Each is one statement, so it is atomic, and works through pgbouncer.
 *
 * How work is a job:
 * - `data`: what was added, with the real id, because `id` is a UUID. `output`: what changes (`WorkProgress`). When work is done,
 *   `donePayload` in `data` replaces the payload.
 * - waiting: `created` or `retry`; active, cancelled: the same; done: `completed`; dead and unknown: `failed`, told apart in `output`.
 * - `retry_count`: pg-boss counts claims after the first. The attempt is one more.
 * - `start_after`: the earliest start; while it is active the end of its lease, after which any worker may start it again.
 * - `created_on`: since when it waits, for its age: never before it may start. `data` has when it was added.
 */
import { DIED, MAX_EXPIRATIONS } from '../queue-engine.ts';
import type { BossTables } from './boss-tables.ts';

/** Ended leases that one claim hands back, and ended work that one call removes. */
const MAX_ROWS = 500;
/** Candidates beyond those that are wanted, because other workers claim at the same time. */
const SPARE_CANDIDATES = 32;
/** The largest integer of PostgreSQL. */
const ABOVE_ALL_PRIORITIES = 2_147_483_647;

const msOf = (time: string) => `floor(extract(epoch FROM ${time}) * 1000)::bigint`;
const timeOf = (ms: string) => `to_timestamp(${ms}::float8 / 1000)`;
/** The key of a JSON object as text. */
const field = (column: string, name: string) => `(${column} ->> '${name}')`;
const number = (column: string, name: string) => `coalesce(${field(column, name)}::bigint, 0)`;
const quoted = (value: unknown) => `'${JSON.stringify(value).replaceAll("'", "''")}'::jsonb`;
const texts = (json: string) => `(SELECT value FROM jsonb_array_elements_text(${json}::jsonb))`;

export function createStatements({ jobs, state, bossQueues, lanes, pauses, now }: BossTables) {
  const is = (name: string) => `'${name}'::${state}`;
  const waiting = (job: string) => `${job}.state < ${is('active')} AND NOT ${job}.blocked`;
  /** In lane `l`; the index of pg-boss on live jobs has them. */
  const ended = (job: string) =>
    `${job}.name = l.name AND ${job}.state = ${is('active')} AND NOT ${job}.blocked AND ${job}.start_after <= ${now}`;
  /** The claim with this job ($1) and attempt ($2). */
  const held = `id = $1::uuid AND retry_count = $2::int - 1 AND state = ${is('active')}`;
  const pausedUntil = `(p.until_ms IS NULL OR p.until_ms > ${msOf(now)})`;
  const notPaused = `NOT EXISTS (SELECT 1 FROM ${pauses} p WHERE ${pausedUntil}
    AND ((p.kind = 'queue' AND p.name = l.queue) OR (p.kind = 'provider' AND p.name = l.provider)))`;
  const readable = (versions: string) =>
    `l.version IN (SELECT value::int FROM jsonb_array_elements_text(${versions}::jsonb))`;
  const columns = (job: string) => `${job}.data::text AS data, ${job}.output::text AS progress,
    CASE WHEN ${job}.started_on IS NULL THEN 0 ELSE ${job}.retry_count + 1 END AS attempt`;
  const all = `${columns('j')}, j.state::text AS state, j.priority, ${msOf('j.start_after')} AS start_after,
    ${msOf('j.completed_on')} AS completed_on`;
  /** The state as in `WorkState`. */
  const workState = `CASE WHEN j.state < ${is('active')} THEN 'waiting' WHEN j.state = ${is('completed')} THEN 'done'
    WHEN j.state = ${is('failed')} THEN coalesce(j.output ->> 'outcome', 'dead') ELSE j.state::text END`;
  const listKey = `(j.data ->> 'createdAtMs')::bigint, (j.data ->> 'id') COLLATE "C"`;
  const lastKey = `(j.data ->> 'createdAtMs')::bigint DESC, (j.data ->> 'id') COLLATE "C" DESC`;

  /** `data` of work that is done. */
  const doneData = (data: string) => `CASE WHEN ${data} -> 'donePayload' IS NULL THEN ${data}
    ELSE jsonb_set(${data}, '{payload}', ${data} -> 'donePayload') - 'donePayload' END`;

  return {
    addLane: `INSERT INTO ${lanes} (name, queue, provider, version) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING`,

    /**
     * $1: the work as JSON, $2: a name of this call, so that repeating it after a lost answer says the same.
     * Returns the ids of added work. Settings come from the queue of pg-boss, as in its own insert.
     */
    add: `WITH given AS (
        SELECT key::uuid AS id, lane, priority, run_at, data,
          greatest(${now}, ${timeOf('run_at')}) AS waits_since
        FROM jsonb_to_recordset($1::jsonb) AS g (key text, lane text, priority int, run_at bigint, data jsonb)
      ), added AS (
        INSERT INTO ${jobs} AS j (id, name, data, priority, start_after, created_on, expire_seconds, deletion_seconds,
          keep_until, retry_limit, retry_delay, retry_backoff, policy)
        SELECT g.id, g.lane, g.data || jsonb_build_object('createdAtMs', ${msOf(now)}, 'addedBy', $2::text), g.priority,
          ${timeOf('g.run_at')}, g.waits_since, q.expire_seconds, q.deletion_seconds,
          g.waits_since + q.retention_seconds * interval '1s', q.retry_limit, q.retry_delay, q.retry_backoff, q.policy
        FROM given g JOIN ${bossQueues} q ON q.name = g.lane
        ON CONFLICT DO NOTHING RETURNING j.data
      )
      SELECT data ->> 'id' AS id FROM added
      UNION ALL SELECT j.data ->> 'id' FROM given g JOIN ${jobs} j ON j.id = g.id WHERE j.data ->> 'addedBy' = $2::text`,

    /**
     * $1: versions and $2: queues, or null, as JSON; $3: count; $4: lease in ms; $5: worker; $6: 1 to claim also while ended leases
     * are not handed back. One row without data when nothing is claimed.
     * The order is the smallest \`created_on - priority * 1 minute\`: \`levels\` jumps through the priorities that wait in each lane, and the
     * index of pg-boss gives the oldest of each, so that the time does not depend on how much work waits. \`picked\` locks candidates one by
     * one in their order until it has enough. \`unnest(ARRAY(…))\`: PostgreSQL then expects few lanes and priorities; else it compiles
     * the statement (JIT), which takes up to a second, because it overestimates small tables and recursion.
     */
    claim: `WITH RECURSIVE expired (is_any) AS MATERIALIZED (
        SELECT $6::int = 0 AND EXISTS (SELECT 1 FROM unnest(ARRAY(SELECT name FROM ${lanes})) l (name)
          CROSS JOIN LATERAL (SELECT 1 FROM ${jobs} x WHERE ${ended('x')} LIMIT 1) one)
      ), open_lanes (name) AS (
        SELECT unnest(ARRAY(SELECT l.name FROM ${lanes} l
          WHERE NOT (SELECT is_any FROM expired) AND ${readable('$1')}
            AND ($2::jsonb IS NULL OR l.queue IN ${texts('$2')}) AND ${notPaused}))
      ), levels (name, priority) AS (
        SELECT l.name, ${ABOVE_ALL_PRIORITIES} FROM open_lanes l
        UNION ALL
        SELECT v.name, (SELECT j.priority FROM ${jobs} j WHERE j.name = v.name AND ${waiting('j')}
          AND j.priority < v.priority ORDER BY j.priority DESC LIMIT 1) FROM levels v WHERE v.priority IS NOT NULL
      ), candidates AS MATERIALIZED (
        SELECT c.* FROM unnest(ARRAY(SELECT name FROM levels WHERE priority < ${ABOVE_ALL_PRIORITIES}),
          ARRAY(SELECT priority FROM levels WHERE priority < ${ABOVE_ALL_PRIORITIES})) v (name, priority) CROSS JOIN LATERAL (
          SELECT j.id, j.created_on - j.priority * interval '1 minute' AS rank, j.ctid AS place FROM ${jobs} j
          WHERE j.name = v.name AND j.priority = v.priority AND ${waiting('j')} AND j.start_after <= ${now}
          ORDER BY j.created_on LIMIT $3::int + ${SPARE_CANDIDATES}) c
        ORDER BY rank, place LIMIT $3::int + ${SPARE_CANDIDATES}
      ), picked AS MATERIALIZED (
        SELECT j.id, c.rank, c.place FROM candidates c CROSS JOIN LATERAL (
          SELECT w.id FROM ${jobs} w WHERE w.id = c.id AND ${waiting('w')} FOR UPDATE SKIP LOCKED) j
        LIMIT $3::int
      ), claimed AS (
        UPDATE ${jobs} j SET state = ${is('active')}, started_on = ${now}, heartbeat_on = ${now},
          retry_count = CASE WHEN j.started_on IS NULL THEN j.retry_count ELSE j.retry_count + 1 END,
          start_after = ${now} + $4::float8 * interval '1 millisecond',
          output = coalesce(j.output, '{}'::jsonb) || jsonb_build_object('worker', $5::text, 'runAtMs', ${msOf('j.start_after')})
        FROM picked p WHERE j.id = p.id
        RETURNING ${columns('j')}, p.rank, p.place
      )
      SELECT e.is_any::int AS expired, c.data, c.progress, c.attempt FROM expired e LEFT JOIN claimed c ON true ORDER BY c.rank, c.place`,

    /** Work whose lease ended waits again, or is dead. */
    expire: `UPDATE ${jobs} j SET
        state = CASE WHEN e.expirations >= ${MAX_EXPIRATIONS} THEN ${is('failed')} ELSE ${is('retry')} END,
        completed_on = CASE WHEN e.expirations >= ${MAX_EXPIRATIONS} THEN ${now} END,
        start_after = ${timeOf(number('j.output', 'runAtMs'))},
        output = j.output || jsonb_build_object('expirations', e.expirations) || CASE
          WHEN e.expirations >= ${MAX_EXPIRATIONS} THEN ${quoted({ outcome: 'dead', error: DIED })} ELSE '{}'::jsonb END
      FROM (
        SELECT found.id, ${number('found.output', 'expirations')} + 1 AS expirations
        FROM unnest(ARRAY(SELECT name FROM ${lanes})) l (name) CROSS JOIN LATERAL (
          SELECT x.id, x.output FROM ${jobs} x WHERE ${ended('x')} LIMIT ${MAX_ROWS} FOR UPDATE SKIP LOCKED) found
      ) e WHERE j.id = e.id RETURNING 1 AS one`,

    /** $3: lease in ms. */
    extend: `UPDATE ${jobs} SET start_after = ${now} + $3::float8 * interval '1 millisecond', heartbeat_on = ${now} WHERE ${held}
      RETURNING coalesce(output ->> 'isCancelRequested', 'false') AS cancel`,

    /** $3: the state of pg-boss, $4: what is added to the progress. */
    fail: `UPDATE ${jobs} SET state = $3::${state}, completed_on = ${now}, start_after = ${timeOf(number('output', 'runAtMs'))},
        output = (output - 'error') || $4::jsonb WHERE ${held} RETURNING 1 AS one`,

    /**
     * $1: claims with their results as JSON. Returns the jobs that are done by these attempts. A call can complete its work before its
     * worker does: then only notes are added.
     */
    complete: `UPDATE ${jobs} j SET state = ${is('completed')}, completed_on = coalesce(j.completed_on, ${now}),
        start_after = ${timeOf(number('j.output', 'runAtMs'))}, data = ${doneData('j.data')},
        output = CASE WHEN j.state = ${is('active')} THEN (j.output - 'error') || jsonb_build_object('result', g.result)
          WHEN j.output #> '{result,notes}' IS NULL AND g.result -> 'notes' IS NOT NULL
          THEN jsonb_set(j.output, '{result,notes}', g.result -> 'notes') ELSE j.output END
      FROM jsonb_to_recordset($1::jsonb) AS g (key uuid, attempt int, result jsonb)
      WHERE j.id = g.key AND j.retry_count = g.attempt - 1 AND j.state IN (${is('active')}, ${is('completed')})
      RETURNING j.id::text AS id`,

    /** $1: the job, $2: the result. In the transaction in which the call ends. */
    completeCall: `UPDATE ${jobs} SET state = ${is('completed')}, completed_on = ${now}, data = ${doneData('data')},
        output = (coalesce(output, '{}'::jsonb) - 'error' - 'outcome') || $2::jsonb WHERE id = $1::uuid AND state <> ${is('completed')}`,

    /** $3: delay in ms, $4: what is added to the progress, $5: 1 when it counts as a failure. */
    release: `UPDATE ${jobs} SET state = ${is('retry')}, start_after = ${now} + $3::float8 * interval '1 millisecond',
        output = (output - 'error') || $4::jsonb || jsonb_build_object('failures', ${number('output', 'failures')} + $5::int)
      WHERE ${held} RETURNING 1 AS one`,

    /** $1: the job. */
    cancel: `UPDATE ${jobs} SET
        state = CASE WHEN state = ${is('active')} THEN state ELSE ${is('cancelled')} END,
        completed_on = CASE WHEN state = ${is('active')} THEN NULL ELSE ${now} END,
        output = coalesce(output, '{}'::jsonb) || jsonb_build_object('isCancelRequested', state = ${is('active')})
      WHERE id = $1::uuid AND state <= ${is('active')} RETURNING state::text AS state`,

    /** $1: the job. */
    retry: `UPDATE ${jobs} SET state = ${is('retry')}, completed_on = NULL, start_after = ${now}, created_on = ${now},
        output = coalesce(output, '{}'::jsonb) - '{error,outcome,failures,expirations,isCancelRequested}'::text[]
      WHERE id = $1::uuid AND state IN (${is('cancelled')}, ${is('failed')}) RETURNING 1 AS one`,

    /** $1: the job. */
    find: `SELECT ${all} FROM ${jobs} j WHERE j.id = $1::uuid`,

    /** $1: queue, $2: state, $3: beginning of the id, $4 and $5: the last of the page before, each or null; $6: limit. */
    list: `SELECT ${all} FROM ${jobs} j WHERE ($1::text IS NULL OR j.data ->> 'queue' = $1)
        AND ($2::text IS NULL OR ${workState} = $2)
        AND ($3::text IS NULL OR starts_with(j.data ->> 'id', $3))
        AND ($4::bigint IS NULL OR (${listKey}) < ($4::bigint, $5::text COLLATE "C"))
      ORDER BY ${lastKey} LIMIT $6::int`,

    counts: `SELECT l.queue, l.version, number.state, sum(number.jobs)::bigint AS jobs FROM (
        SELECT j.name, ${workState} AS state, count(*) AS jobs FROM ${jobs} j GROUP BY 1, 2
      ) number JOIN ${lanes} l ON l.name = number.name GROUP BY 1, 2, 3 ORDER BY 1`,

    /** $1: versions. How long the oldest work that a worker could take now has waited, per queue. */
    oldest: `SELECT l.queue, ${msOf(now)} - ${msOf('min(j.created_on)')} AS waits FROM ${lanes} l
      JOIN ${jobs} j ON j.name = l.name AND ${waiting('j')} AND j.start_after <= ${now}
      WHERE ${readable('$1')} AND ${notPaused} GROUP BY 1`,

    pause: `INSERT INTO ${pauses} (kind, name, until_ms, reason) VALUES ($1, $2, $3, $4)
      ON CONFLICT (kind, name) DO UPDATE SET until_ms = excluded.until_ms, reason = excluded.reason`,
    resume: `DELETE FROM ${pauses} p WHERE p.kind = $1 AND p.name = $2 AND ${pausedUntil} RETURNING 1 AS one`,
    pauses: `SELECT kind, name, until_ms, reason FROM ${pauses} p WHERE ${pausedUntil} ORDER BY kind, name`,

    /** $1: milliseconds since the epoch. */
    prune: `DELETE FROM ${jobs} WHERE id IN (SELECT j.id FROM ${jobs} j
        WHERE j.completed_on < ${timeOf('$1')} AND j.state > ${is('active')} ORDER BY j.completed_on LIMIT ${MAX_ROWS}
        FOR UPDATE SKIP LOCKED) RETURNING 1 AS one`,
  };
}
