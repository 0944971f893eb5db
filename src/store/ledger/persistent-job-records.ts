/** Records of calls and jobs on disk, in the database of the ledger. A method resolves after its change survives a power failure. */
import type { Charged, JobHandle } from '../../providers/protocol/index.ts';
import { callOf, submitOf } from '../../providers/protocol/shared/call-ids.ts';
import { withoutHandlePrompt } from '../artifacts/prompt-placeholder.ts';
import type {
  CallEnd,
  CallState,
  CallSum,
  JobRecord,
  JobRecords,
  LastAttempt,
  Settlement,
} from '../interfaces/job-records.ts';
import type { DoneListener } from '../ledger-access.ts';
import { type Database, type Row, readInteger, readText, type Sql } from '../sql/sql.ts';
import { LISTED_CALL, OPEN_CALL } from '../sql/tables.ts';
import { NO_PROMPT, promptHashOf } from './forget-prompt.ts';

export interface RecordSettings {
  /** Identifies this opened store as the owner of its calls. */
  readonly owner: string;
  readonly isAlive: (owner: string) => Promise<boolean>;
  readonly now: () => number;
  /** Whether handles contain their prompts, or only hashes. */
  readonly prompts: 'text' | 'hash';
  /** Called in the transaction in which a call ends as done. */
  readonly onCallDone?: DoneListener;
}

const RECORD = `SELECT c.id, c.provider, c.model, c.reservation, COALESCE(j.state, c.state) AS state, c.started_at, c.owner,
  c.decision, COALESCE(j.last_try, c.last_try) AS last_try, j.handle, c.request, c.ended_at, c.artifacts, c.charged
  FROM calls c LEFT JOIN jobs j ON j.call = c.id`;

/** Finds a record by the id of its call or its job. An `OR` alone would read all rows, because it covers two tables. */
export const FIND: string = `${RECORD} WHERE c.id IN (SELECT ? UNION ALL SELECT call FROM jobs WHERE job = ?) AND (c.id = ? OR j.job = ?)
  ORDER BY c.started_at DESC LIMIT 1`;
/** Ids of all submits of a call. Ids are compared by their bytes, so a range of the key has them; longer ones are of other calls. */
const SUBMITS = 'SELECT ? UNION ALL SELECT id FROM calls WHERE id > ? AND id < ? AND length(id) <= ?';
/** Finds the records of all submits of a call. Not one may be missing: the next submit has the number after the last one. */
export const FIND_CALL: string = `${RECORD} WHERE c.id IN (${SUBMITS})`;
const FIND_SUBMITS = `SELECT id, state, artifacts FROM calls WHERE id IN (${SUBMITS})`;
const LIST_ENDED: string = `${RECORD} WHERE c.${LISTED_CALL} ORDER BY c.started_at DESC, c.id LIMIT 1000`;
export const LIST_OPEN: string = `${RECORD} WHERE c.${OPEN_CALL} ORDER BY c.started_at DESC, c.id`;

/** The owner of an open call that no process works on. */
const NO_OWNER = '';

/** Values of `SUBMITS`. The numbers of submits have four digits at most. */
const submitsOf = (call: string) => [call, `${call}-`, `${call}.`, call.length + '-9999'.length] as const;

export function createPersistentJobRecords(
  db: Database,
  { owner: thisStore, isAlive, now, prompts, onCallDone }: RecordSettings,
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
      ...(row.request != null && { request: readText(row, 'request') }),
      ...(row.ended_at != null && { endedAt: readText(row, 'ended_at') }),
      ...(row.artifacts != null && { artifacts: JSON.parse(readText(row, 'artifacts')) as string[] }),
      ...(row.charged != null && { charged: readText(row, 'charged') as Charged }),
    };
  };
  const timeNow = () => new Date(now()).toISOString();
  /** A call without a job is not listed after its end. */
  const endCall = (sql: Sql, id: string, state: 'done' | 'failed' | 'unknown', { charged, error }: CallEnd = {}) =>
    sql.run(
      `UPDATE calls SET state = ?, ended_at = ?, charged = ?, last_try = COALESCE(?, last_try),
       unlisted = CASE WHEN ? = 'unknown' OR EXISTS (SELECT 1 FROM jobs WHERE jobs.call = calls.id) THEN NULL ELSE 1 END
       WHERE id = ?`,
      ...[state, state === 'unknown' ? null : timeNow(), charged ?? null, error ? JSON.stringify(error) : null],
      ...[state, id],
    );
  /** Adds the images of a job to those of the call. */
  const addArtifacts = async (sql: Sql, id: string, artifacts: readonly string[] = []) => {
    if (artifacts.length === 0) return;
    const [row] = await sql.all('SELECT artifacts FROM calls WHERE id = ?', id);
    const known = row?.artifacts == null ? [] : (JSON.parse(readText(row, 'artifacts')) as string[]);
    await sql.run(
      'UPDATE calls SET artifacts = ? WHERE id = ?',
      JSON.stringify([...new Set([...known, ...artifacts])]),
      id,
    );
  };
  /** Tells that the call is done, once none of its submits can bring further images. */
  const tellDone = async (sql: Sql, id: string) => {
    if (onCallDone === undefined) return;
    const call = callOf(id);
    const rows = (await sql.all(FIND_SUBMITS, ...submitsOf(call)))
      .map((row) => ({ id: readText(row, 'id'), row }))
      .filter((each) => callOf(each.id) === call)
      .sort((one, other) => submitOf(one.id) - submitOf(other.id));
    if (rows.some(({ row }) => row.state === 'submitting' || row.state === 'running')) return;
    const artifacts = rows.flatMap(({ row }) =>
      row.artifacts == null ? [] : (JSON.parse(readText(row, 'artifacts')) as string[]),
    );
    if (artifacts.length > 0) await onCallDone(sql, { id: call, artifacts: [...new Set(artifacts)] });
  };
  return {
    async begin({ id, provider, model, reservation, request = null }) {
      const added = await db.run(
        `INSERT INTO calls (id, provider, model, reservation, state, started_at, owner, request)
         VALUES (?, ?, ?, ?, 'submitting', ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
        ...[id, provider, model, reservation, timeNow(), thisStore, request],
      );
      if (added > 0) return true;
      // The statement may have been repeated after a lost answer.
      const [row] = await db.all('SELECT reservation, owner FROM calls WHERE id = ?', id);
      return row?.reservation === reservation && row.owner === thisStore;
    },
    submitted: (id, handle) =>
      db.transaction(async (sql) => {
        await sql.run(
          'INSERT INTO jobs (call, job, handle, prompt_hash) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
          ...[id, handle.id, JSON.stringify(prompts === 'text' ? handle : withoutHandlePrompt(handle))],
          prompts === 'text' ? promptHashOf(handle) : NO_PROMPT,
        );
        await sql.run("UPDATE calls SET state = 'running', ended_at = NULL, unlisted = NULL WHERE id = ?", id);
      }),
    end: (id, state, end = {}) =>
      db.transaction(async (sql) => {
        await endCall(sql, id, state, end);
        await addArtifacts(sql, id, end.artifacts);
        await tellDone(sql, id);
      }),
    endJob: (id, job, { state, micros = null, basis, ...end }) =>
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
        if (sum.isOver) await endCall(sql, id, isDone ? 'done' : 'failed', isDone ? {} : end);
        await addArtifacts(sql, id, end.artifacts);
        if (sum.isOver) await tellDone(sql, id);
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
          await sql.run('UPDATE jobs SET last_try = ? WHERE call = ? AND job = ? AND state IS NULL', reason, id, job);
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
    async findCall(call) {
      const rows = await db.all(FIND_CALL, ...submitsOf(call));
      const own = rows.filter((row) => callOf(readText(row, 'id')) === call || readText(row, 'id') === call);
      const alive = memoize(isAlive);
      const records = await Promise.all(own.map((row) => toRecord(row, alive)));
      return records.sort((one, other) => submitOf(one.id) - submitOf(other.id));
    },
    async list() {
      const open = await db.all(LIST_OPEN);
      const ended = await db.all(LIST_ENDED);
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
