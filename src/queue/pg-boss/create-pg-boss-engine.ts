/** The engine for several machines: work is in PostgreSQL, in the tables of pg-boss beside those of the store. */
import { randomUUID } from 'node:crypto';
import type { PgBoss } from 'pg-boss';
import { AiImageError } from '../../providers/protocol/errors.ts';
import type { QueueLedger } from '../../store/ledger-access.ts';
import { retryTransient } from '../../store/sql/postgres/database.ts';
import { toJson } from '../../store/sql/postgres/to-json.ts';
import { type Database, type Row, readInteger, readText, type SqlValue } from '../../store/sql/sql.ts';
import { type Claim, type QueueCounts, type QueueEngine, WORK_STATES, type WorkResult } from '../queue-engine.ts';
import { functionsOf } from './boss-functions.ts';
import { bossSchemaOf, type LaneOf, laneNameOf } from './boss-names.ts';
import { tablesOf } from './boss-tables.ts';
import { joinCalls } from './join-calls.ts';
import { openBoss } from './open-boss.ts';
import { createWorkWait } from './wait-for-jobs.ts';
import { toClaim, toHolder, toNewJob, toPause, toStoredWork } from './work-jobs.ts';
import { toWorkKey } from './work-key.ts';
import { createStatements } from './work-statements.ts';

const DEFAULT_LIMIT = 100;
/** A claim first hands back work whose lease ended. In the last round it does not wait for another worker that does so at the same time. */
const MAX_ROUNDS = 4;

/**
 * What pg-boss would decide is decided by the engine: it repeats, ends leases and removes ended work. So these limits are the highest that
 * pg-boss accepts; they would matter only if another program ran the maintenance of pg-boss on this schema.
 */
const LANE_SETTINGS = {
  policy: 'standard',
  retryLimit: 1_000_000,
  expireInSeconds: 24 * 3_600,
  retentionSeconds: 10 * 365 * 86_400,
  deleteAfterSeconds: 0,
} as const;

/** What runs a statement: at once, or in a transaction with settings. */
type Run = (text: string, ...values: readonly SqlValue[]) => Promise<readonly Row[]>;

interface OpenedBoss {
  readonly boss: PgBoss;
  readonly read: Run;
  readonly write: Run;
  /** Lanes that exist for certain. */
  readonly lanes: Set<string>;
  /** How long a lost connection is tried again, in milliseconds. */
  readonly timeoutMs: number;
}

/** Needs the package `pg-boss`. Opens it with the first call. */
export function createPgBossEngine(access: QueueLedger): QueueEngine {
  const schema = bossSchemaOf(access.schema ?? 'ai_image');
  const statements = createStatements(tablesOf(schema));
  const functions = functionsOf(schema);
  const waiting = createWorkWait(access);
  let opening: Promise<OpenedBoss> | undefined;
  let isClosed = false;
  let stopListening: (() => void) | undefined;

  function opened(): Promise<OpenedBoss> {
    if (isClosed) return Promise.reject(closedError());
    opening ??= open();
    opening.catch(() => {
      opening = undefined;
    });
    return opening;
  }

  async function open(): Promise<OpenedBoss> {
    const shared = await access.shared();
    const boss = await openBoss(shared, schema);
    stopListening ??= access.onCallDone(async (sql, { id, artifacts }) => {
      await sql.run(statements.completeCall, toWorkKey(id), toJson({ result: { artifacts } }));
    });
    const write = (await mayWriteAtOnce(shared.ledger)) ? shared.ledger.all : inTransaction(shared.ledger);
    return { boss, read: shared.ledger.all, write, lanes: new Set(), timeoutMs: shared.timeoutMs };
  }

  const read: Run = async (text, ...values) => (await opened()).read(text, ...values);
  const write: Run = async (text, ...values) => (await opened()).write(text, ...values);
  const writeClaim = async (claim: Claim, text: string, ...values: readonly SqlValue[]) =>
    (await write(text, ...toHolder(claim), ...values)).length > 0;

  async function createLanes(
    { boss, write: run, lanes, timeoutMs }: OpenedBoss,
    wanted: readonly LaneOf[],
  ): Promise<void> {
    for (const lane of wanted) {
      const name = laneNameOf(lane);
      if (lanes.has(name)) continue;
      // Its work is claimed once the lane is in the engine's own table.
      await retryTransient(() => boss.createQueue(name, LANE_SETTINGS), timeoutMs);
      await run(statements.addLane, name, lane.queue, lane.provider ?? '', lane.version);
      lanes.add(name);
    }
  }

  const complete = joinCalls(async (ended: readonly { readonly claim: Claim; readonly result: WorkResult }[]) => {
    const jobs = ended.map(({ claim, result }) => ({ key: toWorkKey(claim.id), attempt: claim.attempt, result }));
    const rows = await write(functions.complete.call, toJson(jobs));
    const done = new Set(rows.map((row) => readText(row, 'id')));
    return jobs.map(({ key }) => done.has(key));
  });

  return {
    async add(work) {
      if (work.length === 0) return [];
      const boss = await opened();
      await createLanes(boss, work);
      const rows = await boss.write(functions.add.call, toJson(work.map(toNewJob)), randomUUID());
      const added = new Set(rows.map((row) => readText(row, 'id')));
      if (added.size > 0) waiting.wake();
      // The same id twice: the first was added.
      return work.map(({ id }) => (added.delete(id) ? 'added' : 'known'));
    },
    async claim({ worker, leaseMs, queues, count = 1, versions }) {
      const wanted = [JSON.stringify(versions), queues === undefined ? null : JSON.stringify(queues)] as const;
      waiting.beginClaim();
      for (let round = 1; ; round++) {
        const isLast = round === MAX_ROUNDS;
        const rows = await write(functions.claim.call, ...wanted, count, leaseMs, worker, isLast ? 1 : 0);
        if (rows.some((row) => readInteger(row, 'expired') > 0)) {
          await write(statements.expire);
          continue;
        }
        const claims = rows.filter((row) => row.data != null).map(toClaim);
        waiting.endClaim(claims.length);
        return claims;
      }
    },
    async extend(claim, leaseMs) {
      const [row] = await write(statements.extend, ...toHolder(claim), leaseMs);
      if (row === undefined) return 'lost';
      return readText(row, 'cancel') === 'true' ? 'cancel' : 'held';
    },
    complete: (claim, result) => complete({ claim, result }),
    fail: (claim, error, state) =>
      state === 'cancelled'
        ? writeClaim(claim, statements.fail, 'cancelled', toJson({ error }))
        : writeClaim(claim, statements.fail, 'failed', toJson({ error, outcome: state })),
    async release(claim, { delayMs = 0, error, countsAsFailure = false } = {}) {
      const isHeld = await writeClaim(claim, statements.release, delayMs, toJson({ error }), countsAsFailure ? 1 : 0);
      if (isHeld) waiting.wake();
      return isHeld;
    },
    async cancel(id) {
      const [row] = await write(statements.cancel, toWorkKey(id));
      if (row === undefined) return 'gone';
      return readText(row, 'state') === 'active' ? 'asked' : 'removed';
    },
    async retry(id) {
      const changed = await write(statements.retry, toWorkKey(id));
      if (changed.length > 0) waiting.wake();
      return changed.length > 0;
    },
    async find(id) {
      const [row] = await read(statements.find, toWorkKey(id));
      return row && toStoredWork(row);
    },
    async list({ queue = null, state = null, id = null, limit = DEFAULT_LIMIT, after } = {}) {
      const last = [after?.createdAtMs ?? null, after?.id ?? null];
      return (await read(statements.list, queue, state, id, ...last, limit)).map(toStoredWork);
    },
    async counts(versions) {
      const rows = await read(statements.counts);
      const oldest = await read(statements.oldest, JSON.stringify(versions));
      const waits = new Map(oldest.map((row) => [readText(row, 'queue'), readInteger(row, 'waits')]));
      return [...Map.groupBy(rows, (row) => readText(row, 'queue'))].map(([queue, counted]) =>
        toCounts(queue, counted, versions, waits.get(queue) ?? 0),
      );
    },
    async pause({ kind, name, untilMs = null, reason }) {
      await write(statements.pause, kind, name, untilMs, reason);
      waiting.wake(); // it may have ended an earlier pause
    },
    async resume({ kind, name }) {
      const removed = await write(statements.resume, kind, name);
      if (removed.length > 0) waiting.wake();
      return removed.length > 0;
    },
    pauses: async () => (await read(statements.pauses)).map(toPause),
    prune: async (endedBeforeMs) => (await write(statements.prune, endedBeforeMs)).length,
    wait: waiting.wait,
    async close() {
      isClosed = true;
      waiting.close();
      // An engine that is still opening listens once it is open.
      const boss = await opening?.catch(() => undefined);
      stopListening?.();
      await boss?.boss.stop({ graceful: false });
    },
  };
}

/**
 * A statement alone is a transaction of its own, and needs one answer instead of three. Not where the database was told to begin
 * transactions read-only, or to lose the last ones in a power failure: there each transaction has to set it right.
 */
async function mayWriteAtOnce(database: Database): Promise<boolean> {
  const [row] = await database.all(
    "SELECT current_setting('default_transaction_read_only') AS is_read_only, current_setting('synchronous_commit') AS is_synced",
  );
  return row?.is_read_only === 'off' && row.is_synced !== 'off';
}

const inTransaction =
  (database: Database): Run =>
  (text, ...values) =>
    database.transaction((sql) => sql.all(text, ...values));

function toCounts(
  queue: string,
  rows: readonly Row[],
  versions: readonly number[],
  oldestWaitingMs: number,
): QueueCounts {
  const sum = (some: readonly Row[]) => some.reduce((total, row) => total + readInteger(row, 'jobs'), 0);
  const numbers = WORK_STATES.map((state) => [state, sum(rows.filter((row) => row.state === state))]);
  const isUnreadable = (row: Row) => row.state === 'waiting' && !versions.includes(readInteger(row, 'version'));
  return {
    queue,
    states: Object.fromEntries(numbers) as QueueCounts['states'], // has every state
    unreadable: sum(rows.filter(isUnreadable)),
    oldestWaitingMs: Math.max(0, oldestWaitingMs),
  };
}

const closedError = () =>
  new AiImageError('invalid_request', 'the queue is closed', {
    charged: 'no',
    hint: 'Create a new one with createQueue({ store }).',
  });
