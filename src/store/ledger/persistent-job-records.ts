/** Records of calls and jobs on disk, in the database of the ledger. A method resolves after its change survives a power failure. */
import type { JobHandle } from '../../providers/protocol/index.ts';
import { withoutHandlePrompt } from '../artifacts/prompt-placeholder.ts';
import type { CallState, CallSum, JobRecord, JobRecords, LastAttempt, Settlement } from '../interfaces/job-records.ts';
import { type Database, type Row, readInteger, readText, type Sql } from '../sql/sql.ts';
import { ENDED_CALL, OPEN_CALL } from '../sql/tables.ts';
import { NO_PROMPT, promptHashOf } from './forget-prompt.ts';

export interface RecordSettings {
  /** Identifies this opened store as the owner of its calls. */
  readonly owner: string;
  readonly isAlive: (owner: string) => Promise<boolean>;
  readonly now: () => number;
  /** Whether handles contain their prompts, or only hashes. */
  readonly prompts: 'text' | 'hash';
}

const RECORD = `SELECT c.id, c.provider, c.model, c.reservation, COALESCE(j.state, c.state) AS state, c.started_at, c.owner,
  c.decision, COALESCE(j.last_try, c.last_try) AS last_try, j.handle
  FROM calls c LEFT JOIN jobs j ON j.call = c.id`;

/** Finds a record by the id of its call or its job. An `OR` alone would read all rows, because it covers two tables. */
export const FIND: string = `${RECORD} WHERE c.id IN (SELECT ? UNION ALL SELECT call FROM jobs WHERE job = ?) AND (c.id = ? OR j.job = ?)
  ORDER BY c.started_at DESC LIMIT 1`;
export const LIST_OPEN: string = `${RECORD} WHERE c.${OPEN_CALL} ORDER BY c.started_at DESC, c.id`;

/** The owner of an open call that no process works on. */
const NO_OWNER = '';
/** How many ended calls `list` returns. */
const MAX_ENDED = 1_000;

export function createPersistentJobRecords(
  db: Database,
  { owner: thisStore, isAlive, now, prompts }: RecordSettings,
): JobRecords {
  const isOwnedByOther = async (owner: string, alive: RecordSettings['isAlive']) =>
    owner !== thisStore && owner !== NO_OWNER && (await alive(owner));
  const toRecord = async (row: Row, alive = isAlive): Promise<JobRecord> => {
    const owner = readText(row, 'owner');
    const isOpen = row.state === 'submitting' || row.state === 'running';
    const isHeld = isOpen && (await isOwnedByOther(owner, alive));
    // Its process died without recording an outcome.
    const isLost = row.state === 'submitting' && owner !== thisStore && !isHeld;
    return {
      id: readText(row, 'id'),
      provider: readText(row, 'provider'),
      model: readText(row, 'model'),
      reservation: readText(row, 'reservation'),
      state: isLost ? 'unknown' : (readText(row, 'state') as CallState),
      startedAt: readText(row, 'started_at'),
      isHeld,
      // These columns are written below.
      ...(row.handle != null && { handle: JSON.parse(readText(row, 'handle')) as JobHandle }),
      ...(row.last_try != null && { lastAttempt: JSON.parse(readText(row, 'last_try')) as LastAttempt }),
      ...(row.decision != null && { settlement: JSON.parse(readText(row, 'decision')) as Settlement }),
    };
  };
  const timeNow = () => new Date(now()).toISOString();
  const endCall = (sql: Sql, id: string, state: 'done' | 'failed' | 'unknown') =>
    sql.run(
      'UPDATE calls SET state = ?, ended_at = ? WHERE id = ?',
      ...[state, state === 'unknown' ? null : timeNow(), id],
    );
  return {
    async begin({ id, provider, model, reservation }) {
      await db.run(
        `INSERT INTO calls (id, provider, model, reservation, state, started_at, owner)
         VALUES (?, ?, ?, ?, 'submitting', ?, ?) ON CONFLICT (id) DO NOTHING`,
        ...[id, provider, model, reservation, timeNow(), thisStore],
      );
    },
    submitted: (id, handle) =>
      db.transaction(async (sql) => {
        await sql.run(
          'INSERT INTO jobs (call, job, handle, prompt_hash) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
          ...[id, handle.id, JSON.stringify(prompts === 'text' ? handle : withoutHandlePrompt(handle))],
          prompts === 'text' ? promptHashOf(handle) : NO_PROMPT,
        );
        await sql.run("UPDATE calls SET state = 'running', ended_at = NULL WHERE id = ?", id);
      }),
    end: (id, state) =>
      db.transaction(async (sql) => {
        const jobs = await sql.all('SELECT job FROM jobs WHERE call = ?', id);
        if (jobs.length === 0 && state !== 'unknown') await sql.run('DELETE FROM calls WHERE id = ?', id);
        else await endCall(sql, id, state);
      }),
    endJob: (id, job, { state, micros = null, basis }) =>
      db.transaction(async (sql) => {
        // Locks the call, so that of two jobs that end at the same time one is the last.
        await sql.run('UPDATE calls SET owner = owner WHERE id = ?', id);
        await sql.run(
          'UPDATE jobs SET state = ?, micros = ?, basis = ? WHERE call = ? AND job = ? AND state IS NULL',
          ...[state, micros, basis, id, job],
        );
        const jobs = await sql.all('SELECT state, micros, basis FROM jobs WHERE call = ?', id);
        const sum = sumOf(jobs.length === 0 ? [{ state, micros, basis }] : jobs);
        const isDone = jobs.some((each) => each.state === 'done');
        if (sum.isOver) await endCall(sql, id, isDone ? 'done' : 'failed');
        return sum;
      }),
    leaveOpen: (id, lastAttempt, job) =>
      db.transaction(async (sql) => {
        const reason = JSON.stringify(lastAttempt);
        await sql.run(
          'UPDATE calls SET owner = CASE WHEN owner = ? THEN ? ELSE owner END, last_try = COALESCE(?, last_try) WHERE id = ?',
          ...[thisStore, NO_OWNER, job === undefined ? reason : null, id],
        );
        if (job !== undefined)
          await sql.run('UPDATE jobs SET last_try = ? WHERE call = ? AND job = ?', reason, id, job);
      }),
    settle: (id, settlement) => db.transaction((sql) => settleCall(sql, id, settlement, timeNow())),
    async claim(id) {
      const ownerOf = async () =>
        (await db.all('SELECT owner FROM calls WHERE id = ?', id)).map((row) => readText(row, 'owner'))[0];
      const owner = await ownerOf();
      if (owner === undefined || owner === thisStore) return owner === thisStore;
      if (await isOwnedByOther(owner, isAlive)) return false;
      await db.run('UPDATE calls SET owner = ? WHERE id = ? AND owner = ?', thisStore, id, owner);
      // This process may have taken the call in the meantime, for another of its jobs.
      return (await ownerOf()) === thisStore;
    },
    async find(id) {
      const [row] = await db.all(FIND, ...[id, id, id, id]);
      return row && toRecord(row);
    },
    async list() {
      const open = await db.all(LIST_OPEN);
      const ended = await db.all(`${RECORD} WHERE c.${ENDED_CALL} ORDER BY c.started_at DESC, c.id LIMIT ${MAX_ENDED}`);
      const rows = [...open, ...ended].sort((one, other) =>
        compare(readText(other, 'started_at'), readText(one, 'started_at')),
      );
      const alive = memoize(isAlive);
      return Promise.all(rows.map((row) => toRecord(row, alive)));
    },
  };
}

/** @returns the settlement that counts; `undefined` when the call ended without one, or is not recorded */
async function settleCall(
  sql: Sql,
  id: string,
  settlement: Settlement,
  endedAt: string,
): Promise<Settlement | undefined> {
  const changed = await sql.run(
    `UPDATE calls SET decision = ?, state = 'failed', ended_at = ? WHERE id = ? AND decision IS NULL AND ${OPEN_CALL}`,
    ...[JSON.stringify(settlement), endedAt, id],
  );
  if (changed > 0) return settlement;
  const [row] = await sql.all('SELECT decision FROM calls WHERE id = ?', id);
  return row?.decision == null ? undefined : (JSON.parse(readText(row, 'decision')) as Settlement); // written above
}

function sumOf(jobs: readonly Row[]): CallSum {
  const ended = jobs.filter(({ state }) => state != null);
  const isKnown = ended.every(({ micros }) => micros != null);
  return {
    isOver: ended.length === jobs.length,
    micros: isKnown ? ended.reduce((sum, row) => sum + readInteger(row, 'micros'), 0) : undefined,
    basis: ended.every(({ basis }) => basis === 'reported') ? 'reported' : 'estimated',
  };
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** Checks each process only once. */
function memoize(isAlive: RecordSettings['isAlive']): RecordSettings['isAlive'] {
  const known = new Map<string, Promise<boolean>>();
  return (owner) => {
    const answer = known.get(owner) ?? isAlive(owner);
    known.set(owner, answer);
    return answer;
  };
}
