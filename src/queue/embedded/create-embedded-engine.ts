/**
 * The engine for one machine: work is in the SQLite file of the ledger. Each change is one transaction, so several processes can share it.
 * Do not use it on a network file system: all processes must have the same clock, and SQLite's locks.
 */
import { dirname } from 'node:path';
import type { DoneListener, QueueLedger } from '../../store/ledger-access.ts';
import type { Database, Sql } from '../../store/sql/sql.ts';
import { isStorageFault, toStorageError } from '../../store/storage-error.ts';
import type { Claim, QueueEngine, WorkResult } from '../queue-engine.ts';
import { addWork } from './add-work.ts';
import { claimWork, IN_FORCE } from './claim-work.ts';
import { countWork, findWork, listWork } from './find-work.ts';
import { type Commit, createGroupCommit } from './group-commit.ts';
import { changesOf, createWorkSignals, type WorkSignals, waitForWork } from './wait-for-work.ts';
import { toPause } from './work-rows.ts';
import { AGEING_MS, createWorkTables } from './work-tables.ts';

/** Ended work that one call of `prune` removes at most. */
const MAX_PRUNED = 500;

/** The claim with this id and attempt. */
const HELD = "id = ? AND attempt = ? AND state = 'active'";
/** What every ended state has. */
const END = 'ended_at = ?, lease_until = NULL, is_ready = 0';
const DONE = `state = 'done', result = ?, error = NULL, payload = COALESCE(done_payload, payload), done_payload = NULL, ${END}`;

/** Engines of one process on one ledger share a connection, which does not see its own changes as changes. */
const sharedByAccess = new WeakMap<QueueLedger, { readonly signals: WorkSignals; readonly commit: Commit }>();

export function createEmbeddedEngine(access: QueueLedger): QueueEngine {
  const { now } = access;
  const shared = sharedByAccess.get(access) ?? { signals: createWorkSignals(), commit: createGroupCommit() };
  sharedByAccess.set(access, shared);
  const { signals, commit } = shared;
  const closing = new AbortController();
  const files = new WeakMap<Database, Promise<string>>();
  let file = '';
  let lastClaim = { changes: -1, atMs: 0 };
  let stopListening: (() => void) | undefined;

  /** The store opens another database when it was repaired. */
  async function open(): Promise<Database> {
    const database = await access.database();
    const creating = files.get(database) ?? createWorkTables(database);
    files.set(database, creating);
    creating.catch(() => files.delete(database));
    file = await creating;
    if (!closing.signal.aborted) stopListening ??= access.onCallDone(completeCall);
    return database;
  }

  async function withDatabase<T>(work: (database: Database) => Promise<T>): Promise<T> {
    try {
      return await work(await open());
    } catch (error) {
      throw isStorageFault(error)
        ? toStorageError(file === '' ? '(not open yet)' : dirname(dirname(file)), error)
        : error;
    }
  }

  const commitChange = <T>(work: (sql: Sql) => Promise<T>) => withDatabase((database) => commit(database, work));
  const change = (text: string, ...values: readonly (string | number | null)[]) =>
    commitChange((sql) => sql.run(text, ...values));
  const changeClaim = async (
    { id, attempt }: Claim,
    assignments: string,
    ...values: readonly (string | number | null)[]
  ) => (await change(`UPDATE work SET ${assignments} WHERE ${HELD}`, ...values, id, attempt)) > 0;

  /** Runs in the transaction in which the call ends. */
  const completeCall: DoneListener = async (sql, { id, artifacts }) => {
    // A repaired ledger is a new file. The call was paid for, so it ends all the same.
    const [table] = await sql.all("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'work'");
    if (table === undefined) return;
    await sql.run(
      `UPDATE work SET ${DONE} WHERE id = ? AND state != 'done'`,
      ...[JSON.stringify({ artifacts } satisfies WorkResult), now(), id],
    );
  };

  /** The call may have completed the work already, without notes. */
  async function isCompleted({ id, attempt }: Claim, { notes = [] }: WorkResult): Promise<boolean> {
    const work = await withDatabase((database) => findWork(database, id));
    if (work?.state !== 'done' || work.attempt !== attempt) return false;
    if (notes.length > 0 && work.result?.notes === undefined) {
      const text = JSON.stringify({ ...work.result, notes });
      await change("UPDATE work SET result = ? WHERE id = ? AND attempt = ? AND state = 'done'", text, id, attempt);
    }
    return true;
  }

  return {
    async add(work) {
      const outcomes = await commitChange((sql) => addWork(sql, work, now()));
      if (outcomes.includes('added')) signals.notify();
      return outcomes;
    },
    claim: (params) =>
      commitChange(async (sql) => {
        const atMs = now();
        const changes = await changesOf(sql);
        const claims = await claimWork(sql, params, atMs);
        lastClaim = { changes, atMs };
        return claims;
      }),
    extend: ({ id, attempt }, leaseMs) =>
      commitChange(async (sql) => {
        const [row] = await sql.all(
          `UPDATE work SET lease_until = ? WHERE ${HELD} RETURNING is_cancel_requested`,
          ...[now() + leaseMs, id, attempt],
        );
        if (row === undefined) return 'lost';
        return row.is_cancel_requested === 1 ? 'cancel' : 'held';
      }),
    complete: async (claim, result) =>
      (await changeClaim(claim, DONE, JSON.stringify(result), now())) || isCompleted(claim, result),
    fail: (claim, error, state) =>
      changeClaim(claim, `state = ?, error = ?, ${END}`, state, JSON.stringify(error), now()),
    async release(claim, { delayMs = 0, error, countsAsFailure = false } = {}) {
      const isHeld = await changeClaim(
        claim,
        "state = 'waiting', is_ready = ?, run_at = ?, error = ?, failures = failures + ?, lease_until = NULL",
        delayMs > 0 ? 0 : 1,
        now() + delayMs,
        error === undefined ? null : JSON.stringify(error),
        countsAsFailure ? 1 : 0,
      );
      if (isHeld) signals.notify();
      return isHeld;
    },
    cancel: (id) =>
      commitChange(async (sql) => {
        const [row] = await sql.all(
          `UPDATE work SET is_cancel_requested = state = 'active',
             ended_at = CASE state WHEN 'waiting' THEN ? END, is_ready = 0,
             state = CASE state WHEN 'waiting' THEN 'cancelled' ELSE state END
           WHERE id = ? AND state IN ('waiting', 'active') RETURNING state`,
          ...[now(), id],
        );
        if (row === undefined) return 'gone';
        return row.state === 'active' ? 'asked' : 'removed';
      }),
    async retry(id) {
      const at = now();
      const changed = await change(
        `UPDATE work SET state = 'waiting', is_ready = 1, run_at = ?, waiting_since = ?, rank = ? - priority * ${AGEING_MS},
           failures = 0, expirations = 0, is_cancel_requested = 0, error = NULL, ended_at = NULL
         WHERE id = ? AND state IN ('dead', 'unknown', 'cancelled')`,
        ...[at, at, at, id],
      );
      if (changed > 0) signals.notify();
      return changed > 0;
    },
    find: (id) => withDatabase((database) => findWork(database, id)),
    list: (query = {}) => withDatabase((database) => listWork(database, query)),
    counts: (versions) => withDatabase((database) => countWork(database, versions, now())),
    async pause({ kind, name, untilMs, reason }) {
      await change(
        `INSERT INTO queue_pauses (kind, name, until_ms, reason) VALUES (?, ?, ?, ?)
         ON CONFLICT (kind, name) DO UPDATE SET until_ms = excluded.until_ms, reason = excluded.reason`,
        ...[kind, name, untilMs ?? null, reason],
      );
      signals.notify(); // it may have ended an earlier pause
    },
    async resume({ kind, name }) {
      const removed = await change(
        `DELETE FROM queue_pauses WHERE kind = ? AND name = ? AND ${IN_FORCE}`,
        ...[kind, name, now()],
      );
      if (removed > 0) signals.notify();
      return removed > 0;
    },
    pauses: () =>
      withDatabase(async (database) => {
        const rows = await database.all(`SELECT * FROM queue_pauses WHERE ${IN_FORCE} ORDER BY kind, name`, now());
        return rows.map(toPause);
      }),
    prune: (endedBeforeMs) =>
      change(
        `DELETE FROM work WHERE rowid IN
           (SELECT rowid FROM work WHERE ended_at < ? ORDER BY ended_at LIMIT ${MAX_PRUNED})`,
        endedBeforeMs,
      ),
    wait: (maxMs, signal) =>
      withDatabase((database) =>
        waitForWork({ database, file, lastClaim, signals, isClosed: closing.signal, now }, maxMs, signal),
      ),
    async close() {
      closing.abort();
      stopListening?.();
      signals.notify();
    },
  };
}
