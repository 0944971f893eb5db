/** Reads work: one piece, lists and counts. */
import { type Row, readInteger, readText, type Sql, type SqlValue } from '../../store/sql/sql.ts';
import { type QueueCounts, type StoredWork, WORK_STATES, type WorkQuery } from '../queue-engine.ts';
import { canRun, pausedNames, READY, SCHEDULED, toGroup } from './claim-work.ts';
import { toStoredWork } from './work-rows.ts';

const DEFAULT_LIMIT = 100;

export async function findWork(sql: Sql, id: string): Promise<StoredWork | undefined> {
  const [row] = await sql.all('SELECT * FROM work WHERE id = ?', id);
  return row && toStoredWork(row);
}

export async function listWork(
  sql: Sql,
  { queue, state, id, limit = DEFAULT_LIMIT, after }: WorkQuery,
): Promise<readonly StoredWork[]> {
  const conditions: readonly (readonly [text: string, ...values: readonly SqlValue[]])[] = [
    ...(queue === undefined ? [] : [['queue = ?', queue] as const]),
    ...(state === undefined ? [] : [['state = ?', state] as const]),
    // A range, because an index cannot find the beginning of a text otherwise. No id has a character above the last one.
    ...(id === undefined ? [] : [['id >= ? AND id < ?', id, `${id}\u{10ffff}`] as const]),
    ...(after === undefined ? [] : [['(created_at, id) < (?, ?)', after.createdAtMs, after.id] as const]),
  ];
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.map(([text]) => text).join(' AND ')}`;
  const values = conditions.flatMap(([, ...each]) => each);
  const rows = await sql.all(
    `SELECT * FROM work ${where} ORDER BY created_at DESC, id DESC LIMIT ?`,
    ...[...values, limit],
  );
  return rows.map(toStoredWork);
}

export async function countWork(sql: Sql, versions: readonly number[], now: number): Promise<readonly QueueCounts[]> {
  const rows = await sql.all(
    'SELECT queue, state, version, COUNT(*) AS number FROM work GROUP BY queue, state, version ORDER BY queue',
  );
  const oldest = await oldestOf(sql, versions, now);
  return [...Map.groupBy(rows, (row) => readText(row, 'queue'))].map(([queue, counts]) => ({
    queue,
    states: statesOf(counts),
    unreadable: sumOf(
      counts.filter((row) => row.state === 'waiting' && !versions.includes(readInteger(row, 'version'))),
    ),
    oldestWaitingMs: Math.max(0, now - (oldest.get(queue) ?? now)),
  }));
}

const sumOf = (counts: readonly Row[]): number => counts.reduce((sum, row) => sum + readInteger(row, 'number'), 0);

function statesOf(counts: readonly Row[]): QueueCounts['states'] {
  const numbers = WORK_STATES.map((state) => [state, sumOf(counts.filter((row) => row.state === state))]);
  return Object.fromEntries(numbers) as QueueCounts['states']; // has every state
}

/** Returns when the oldest work that a worker could take now began to wait, per queue. */
async function oldestOf(sql: Sql, versions: readonly number[], now: number): Promise<ReadonlyMap<string, number>> {
  const paused = await pausedNames(sql, now);
  const due = await sql.all(
    `SELECT queue, provider, version, MIN(waiting_since) AS since FROM ${SCHEDULED} AND run_at <= ?
     GROUP BY queue, provider, version`,
    now,
  );
  const groups = await sql.all(
    `SELECT queue, provider, version, MIN(waiting_since) AS since FROM ${READY} GROUP BY queue, provider, version`,
  );
  const oldest = new Map<string, number>();
  for (const row of [...due, ...groups]) {
    const group = toGroup(row);
    const since = readInteger(row, 'since');
    if (canRun(group, versions, paused)) oldest.set(group.queue, Math.min(since, oldest.get(group.queue) ?? since));
  }
  return oldest;
}
