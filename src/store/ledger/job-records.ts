/** Calls and jobs on record, beside the ledger. What was said to be written here survives a power failure. */
import type { JobHandle } from '../../providers/protocol/index.ts';
import { withoutPrompt } from '../artifacts/prompt-mark.ts';
import type { CallState, CallSum, Decision, JobRecord, JobRecords, LastTry } from '../interfaces.ts';
import { type Database, type Row, type Sql, text, whole } from '../sql/sql.ts';
import { IS_OPEN } from './ledger.ts';

export interface RecordSettings {
  /** Of this opening of the store. */
  readonly token: string;
  readonly isAlive: (token: string) => Promise<boolean>;
  readonly now: () => number;
  /** Whether handles keep their prompts. */
  readonly prompts: 'text' | 'hash';
}

const RECORD = `SELECT c.id, c.provider, c.model, c.reservation, COALESCE(j.state, c.state) AS state, c.started_at, c.owner,
  c.decision, COALESCE(j.last_try, c.last_try) AS last_try, j.handle
  FROM calls c LEFT JOIN jobs j ON j.call = c.id`;

/** Of a call that is open and that no process works on. */
const NO_OWNER = '';
/** Ended calls that are listed. */
const MAX_ENDED = 1_000;

export function createPersistentJobRecords(db: Database, { token, isAlive, now, prompts }: RecordSettings): JobRecords {
  const isOther = async (owner: string, alive: RecordSettings['isAlive']) =>
    owner !== token && owner !== NO_OWNER && (await alive(owner));
  const toRecord = async (row: Row, alive = isAlive): Promise<JobRecord> => {
    const owner = text(row, 'owner');
    const isOpen = row.state === 'submitting' || row.state === 'running';
    const isHeld = isOpen && (await isOther(owner, alive));
    // Nobody will ever say how it ended.
    const isLost = row.state === 'submitting' && owner !== token && !isHeld;
    return {
      id: text(row, 'id'),
      provider: text(row, 'provider'),
      model: text(row, 'model'),
      reservation: text(row, 'reservation'),
      state: isLost ? 'unknown' : (text(row, 'state') as CallState),
      startedAt: text(row, 'started_at'),
      isHeld,
      // All of it was written below.
      ...(row.handle != null && { handle: JSON.parse(text(row, 'handle')) as JobHandle }),
      ...(row.last_try != null && { lastTry: JSON.parse(text(row, 'last_try')) as LastTry }),
      ...(row.decision != null && { decision: JSON.parse(text(row, 'decision')) as Decision }),
    };
  };
  return {
    async begin({ id, provider, model, reservation }) {
      await db.run(
        `INSERT INTO calls (id, provider, model, reservation, state, started_at, owner)
         VALUES (?, ?, ?, ?, 'submitting', ?, ?) ON CONFLICT (id) DO NOTHING`,
        ...[id, provider, model, reservation, new Date(now()).toISOString(), token],
      );
    },
    submitted: (id, handle) =>
      db.transaction(async (sql) => {
        await sql.run(
          'INSERT INTO jobs (call, job, handle) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
          ...[id, handle.id, JSON.stringify(prompts === 'text' ? handle : withoutPrompt(handle))],
        );
        await sql.run("UPDATE calls SET state = 'running' WHERE id = ?", id);
      }),
    end: (id, state) =>
      db.transaction(async (sql) => {
        const jobs = await sql.all('SELECT job FROM jobs WHERE call = ?', id);
        if (jobs.length === 0 && state !== 'unknown') await sql.run('DELETE FROM calls WHERE id = ?', id);
        else await sql.run('UPDATE calls SET state = ? WHERE id = ?', state, id);
      }),
    endJob: (id, job, { state, micros = null, basis }) =>
      db.transaction(async (sql) => {
        // Locks the call: of two jobs that end at once, one sees that it is the last.
        await sql.run('UPDATE calls SET owner = owner WHERE id = ?', id);
        await sql.run(
          'UPDATE jobs SET state = ?, micros = ?, basis = ? WHERE call = ? AND job = ? AND state IS NULL',
          ...[state, micros, basis, id, job],
        );
        const jobs = await sql.all('SELECT state, micros, basis FROM jobs WHERE call = ?', id);
        const sum = sumOf(jobs.length === 0 ? [{ state, micros, basis }] : jobs);
        const isDone = jobs.some((each) => each.state === 'done');
        if (sum.isOver) await sql.run('UPDATE calls SET state = ? WHERE id = ?', isDone ? 'done' : 'failed', id);
        return sum;
      }),
    leaveOpen: (id, lastTry, job) =>
      db.transaction(async (sql) => {
        const told = JSON.stringify(lastTry);
        await sql.run(
          'UPDATE calls SET owner = CASE WHEN owner = ? THEN ? ELSE owner END, last_try = COALESCE(?, last_try) WHERE id = ?',
          ...[token, NO_OWNER, job === undefined ? told : null, id],
        );
        if (job !== undefined) await sql.run('UPDATE jobs SET last_try = ? WHERE call = ? AND job = ?', told, id, job);
      }),
    decide: (id, decision) => db.transaction((sql) => decide(sql, id, decision)),
    async claim(id) {
      const ownerOf = async () =>
        (await db.all('SELECT owner FROM calls WHERE id = ?', id)).map((row) => text(row, 'owner'))[0];
      const owner = await ownerOf();
      if (owner === undefined || owner === token) return owner === token;
      if (await isOther(owner, isAlive)) return false;
      await db.run('UPDATE calls SET owner = ? WHERE id = ? AND owner = ?', token, id, owner);
      // Another job of the same call may have brought it to us meanwhile.
      return (await ownerOf()) === token;
    },
    async find(id) {
      const [row] = await db.all(`${RECORD} WHERE c.id = ? OR j.job = ? ORDER BY c.started_at DESC LIMIT 1`, id, id);
      return row && toRecord(row);
    },
    async list() {
      const open = await db.all(`${RECORD} WHERE c.${IS_OPEN} ORDER BY c.started_at DESC, c.id`);
      const ended = await db.all(
        `${RECORD} WHERE c.state IN ('done', 'failed') ORDER BY c.started_at DESC, c.id LIMIT ${MAX_ENDED}`,
      );
      const rows = [...open, ...ended].sort((one, other) =>
        compare(text(other, 'started_at'), text(one, 'started_at')),
      );
      const alive = remembering(isAlive);
      return Promise.all(rows.map((row) => toRecord(row, alive)));
    },
  };
}

/** @returns the decision that counts; `undefined` where the call has ended by itself, or is not there */
async function decide(sql: Sql, id: string, decision: Decision): Promise<Decision | undefined> {
  const changed = await sql.run(
    `UPDATE calls SET decision = ?, state = 'failed' WHERE id = ? AND decision IS NULL AND ${IS_OPEN}`,
    ...[JSON.stringify(decision), id],
  );
  if (changed > 0) return decision;
  const [row] = await sql.all('SELECT decision FROM calls WHERE id = ?', id);
  return row?.decision == null ? undefined : (JSON.parse(text(row, 'decision')) as Decision); // written above
}

function sumOf(jobs: readonly Row[]): CallSum {
  const ended = jobs.filter(({ state }) => state != null);
  const isKnown = ended.every(({ micros }) => micros != null);
  return {
    isOver: ended.length === jobs.length,
    micros: isKnown ? ended.reduce((sum, row) => sum + whole(row, 'micros'), 0) : undefined,
    basis: ended.every(({ basis }) => basis === 'reported') ? 'reported' : 'estimated',
  };
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** Asks about each process once. */
function remembering(isAlive: RecordSettings['isAlive']): RecordSettings['isAlive'] {
  const known = new Map<string, Promise<boolean>>();
  return (token) => {
    const answer = known.get(token) ?? isAlive(token);
    known.set(token, answer);
    return answer;
  };
}
