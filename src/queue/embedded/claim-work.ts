/** Takes the next work: first hands back the work of dead workers, then chooses by priority and age. */
import { type Row, readInteger, readText, type Sql } from '../../store/sql/sql.ts';
import { type Claim, type ClaimParams, DIED, MAX_EXPIRATIONS } from '../queue-engine.ts';
import { CLAIM_COLUMNS, toClaim } from './work-rows.ts';

/**
 * Work with an index that holds nothing else. The index is named, because SQLite would take the one on the state alone, which makes it read
 * all waiting work.
 */
export const READY = "work INDEXED BY work_ready WHERE state = 'waiting' AND is_ready = 1";
export const SCHEDULED = "work INDEXED BY work_scheduled WHERE state = 'waiting' AND is_ready = 0";

/** A pause counts until its time. */
export const IN_FORCE = '(until_ms IS NULL OR until_ms > ?)';

/** The largest number of SQLite. */
const MAX_INTEGER = '9223372036854775807';

/** Scheduled work that one claim makes ready at most. The next claim continues. */
const MAX_PROMOTED = 1_000;

/** The index has the work of one queue, provider and version together. With the highest rank, the search skips the rest of a group. */
export const NEXT_GROUP = `SELECT queue, provider, version FROM ${READY}
  AND (queue, provider, version, rank) > (?, ?, ?, ${MAX_INTEGER}) ORDER BY queue, provider, version, rank LIMIT 1`;
export const FIRST_OF_GROUP = `SELECT rowid AS place, rank FROM ${READY}
  AND queue = ? AND provider = ? AND version = ? ORDER BY rank, waiting_since, rowid LIMIT ?`;

/** What a pause, a queue or a version selects. */
export interface WorkGroup {
  readonly queue: string;
  /** Empty when the work names none. */
  readonly provider: string;
  readonly version: number;
}

export const DUE = `SELECT rowid FROM ${SCHEDULED} AND run_at <= ? ORDER BY run_at LIMIT ${MAX_PROMOTED}`;
export const EXPIRED = `SELECT rowid FROM work INDEXED BY work_leases WHERE state = 'active' AND lease_until <= ?`;
/** Leases that end later than any worker asks for. */
export const AHEAD = `SELECT rowid FROM work INDEXED BY work_leases WHERE state = 'active' AND lease_until > ?`;

/** A lease that ends later than in a day was written by a clock that was ahead. Ending it early is safe: a call is sent once. */
const MAX_LEASE_MS = 86_400_000;

/** Runs in a transaction that locks the database for writing. @param now milliseconds since the epoch */
export async function claimWork(
  sql: Sql,
  { worker, leaseMs, queues, count = 1, versions }: ClaimParams,
  now: number,
): Promise<readonly Claim[]> {
  await reapExpired(sql, now, now + Math.max(leaseMs, MAX_LEASE_MS));
  await promoteScheduled(sql, now);
  const paused = await pausedNames(sql, now);
  const candidates: Row[] = [];
  for (const group of await readyGroups(sql)) {
    const { queue, provider, version } = group;
    if (!(queues?.includes(queue) ?? true) || !canRun(group, versions, paused)) continue;
    candidates.push(...(await sql.all(FIRST_OF_GROUP, ...[queue, provider, version, count])));
  }
  const claims: Claim[] = [];
  for (const { place = null } of candidates.sort(byRank).slice(0, count)) {
    const [row] = await sql.all(
      `UPDATE work SET state = 'active', attempt = attempt + 1, worker = ?, lease_until = ? WHERE rowid = ?
       RETURNING ${CLAIM_COLUMNS}`,
      ...[worker, now + leaseMs, place],
    );
    if (row) claims.push(toClaim(row));
  }
  return claims;
}

export const canRun = (
  { queue, provider, version }: WorkGroup,
  versions: readonly number[],
  paused: ReadonlySet<string>,
): boolean => versions.includes(version) && !paused.has(`queue ${queue}`) && !paused.has(`provider ${provider}`);

const byRank = (one: Row, other: Row): number =>
  readInteger(one, 'rank') - readInteger(other, 'rank') || readInteger(one, 'place') - readInteger(other, 'place');

/** Work whose worker died or froze waits again, also when its cancellation was requested: its next worker sends nothing. */
async function reapExpired(sql: Sql, now: number, latest: number): Promise<void> {
  await sql.run(`UPDATE work SET lease_until = ? WHERE rowid IN (${AHEAD})`, now, latest);
  await sql.run(
    `UPDATE work SET state = 'dead', expirations = expirations + 1, lease_until = NULL, ended_at = ?, error = ?
     WHERE rowid IN (${EXPIRED}) AND expirations + 1 >= ${MAX_EXPIRATIONS}`,
    ...[now, JSON.stringify(DIED), now],
  );
  await sql.run(
    `UPDATE work SET state = 'waiting', is_ready = 1, expirations = expirations + 1, lease_until = NULL
     WHERE rowid IN (${EXPIRED})`,
    now,
  );
}

async function promoteScheduled(sql: Sql, now: number): Promise<void> {
  await sql.run(`UPDATE work SET is_ready = 1 WHERE rowid IN (${DUE})`, now);
}

/** @returns what is paused, as `queue name` and `provider name` */
export async function pausedNames(sql: Sql, now: number): Promise<ReadonlySet<string>> {
  const rows = await sql.all(`SELECT kind || ' ' || name AS paused FROM queue_pauses WHERE ${IN_FORCE}`, now);
  return new Set(rows.map((row) => readText(row, 'paused')));
}

/** Jumps from group to group, so that the time does not depend on how much work waits. */
export async function readyGroups(sql: Sql): Promise<readonly WorkGroup[]> {
  const groups: WorkGroup[] = [];
  let last: WorkGroup = { queue: '', provider: '', version: -1 };
  for (;;) {
    const [row] = await sql.all(NEXT_GROUP, ...[last.queue, last.provider, last.version]);
    if (row === undefined) return groups;
    last = toGroup(row);
    groups.push(last);
  }
}

export const toGroup = (row: Row): WorkGroup => ({
  queue: readText(row, 'queue'),
  provider: readText(row, 'provider'),
  version: readInteger(row, 'version'),
});
