/** Delivers what calls cost to sinks, in the background. Records wait in the store until each sink has them. */
import { randomUUID } from 'node:crypto';
import { AiImageError } from '../../providers/protocol/errors.ts';
import type { Store } from '../../store/index.ts';
import { withJitter } from '../../store/jitter.ts';
import { ledgerAccessOf } from '../../store/ledger-access.ts';
import type { Database } from '../../store/sql/sql.ts';
import type { UsageSink } from '../usage-sink.ts';
import { describeFailure } from './describe-failure.ts';
import { findForgotten, readSinkStates, registerSinks, removeSinks, type UsageSinkState } from './outbox.ts';
import { createSinkRunner } from './sink-runner.ts';

/** What went wrong in the background. The records stay in the store. */
export interface UsageTrouble {
  /** The name of the sink; `undefined`: the store cannot be read. */
  readonly sink: string | undefined;
  /** What happened, at most 300 characters, without secrets. */
  readonly message: string;
  /** Failed deliveries of the sink since the last successful one. */
  readonly failures: number;
}

export interface UsageDeliverySettings {
  /** A store of `createStore`. Its ledger keeps the records that wait. */
  readonly store: Store;
  /** The sinks, each with a name of its own. */
  readonly sinks: readonly UsageSink[];
  /** Called after each failure, also when a sink that no process has any more is removed. */
  readonly onTrouble?: (trouble: UsageTrouble) => void;
  /** Most records in one batch, from 1 to 1000. @default 100 */
  readonly batchSize?: number;
  /** How long a sink may take for a batch, in milliseconds. @default 10_000 */
  readonly timeoutMs?: number;
  /** How often to look for records of other processes, in milliseconds. Records of this process are delivered at once. @default 5_000 */
  readonly intervalMs?: number;
  /** After this time without a process that has it, a sink is removed, and so are its records. In milliseconds. @default 2_592_000_000, 30 days */
  readonly forgetAfterMs?: number;
}

/** A limit of time. */
export interface UsageWait {
  /** Milliseconds. */
  readonly timeoutMs?: number;
}

export interface UsageDelivery extends AsyncDisposable {
  /**
   * Delivers what waits now, also what other processes recorded. A sink that failed before is tried when its time has come.
   * @param wait how long to wait for slow sinks @default 30 seconds
   * @returns the number of records that still wait, in all sinks of this delivery
   * @throws AiImageError `storage_failed`: the ledger cannot be read
   */
  flush(wait?: UsageWait): Promise<number>;
  /**
   * Delivers what it can in a short time, then stops. What is left is delivered by the next process. Close the manager before it and the
   * store after it.
   * @param wait how long to wait for slow sinks @default 2 seconds
   */
  close(wait?: UsageWait): Promise<void>;
}

/** Waits for further records of the same moment, so that they arrive as one batch. */
const GATHER_MS = 100;
/** How long `close` waits for the database, at least. */
const RELEASE_MS = 1_000;
const DAY_MS = 86_400_000;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/;

/**
 * Delivers the cost of every call that is recorded in the store from now on. Opens nothing before the first call or the first `flush`.
 * @throws AiImageError `not_configured`: a name is invalid or used twice, or the store is not from `createStore`
 * @example
 * const usage = createUsageDelivery({ store, sinks: [jsonLinesSink({ path: 'usage.jsonl' })] });
 */
export function createUsageDelivery(settings: UsageDeliverySettings): UsageDelivery {
  const { store, sinks, onTrouble, batchSize = 100, timeoutMs = 10_000, intervalMs = 5_000 } = settings;
  const { forgetAfterMs = 30 * DAY_MS } = settings;
  checkNames(sinks);
  checkNumber('batchSize', batchSize, 1, 1_000);
  checkNumber('timeoutMs', timeoutMs, 1, DAY_MS);
  checkNumber('intervalMs', intervalMs, 1, DAY_MS);
  checkNumber('forgetAfterMs', forgetAfterMs, 0, Number.MAX_SAFE_INTEGER);
  const access = ledgerAccessOf(store, 'the delivery of usage');
  const names = sinks.map(({ name }) => name);
  const closing = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let isOpen = false;
  let registeredAt = 0;

  const tell = (trouble: UsageTrouble) => {
    try {
      onTrouble?.(trouble);
    } catch {
      // An error of the host's listener must not stop the delivery.
    }
  };

  async function register(database: Database): Promise<void> {
    const now = (await database.now?.()) ?? access.now();
    await registerSinks(database, names, now);
    registeredAt = now;
    isOpen = true;
    schedule(GATHER_MS);
  }

  const stopPreparing = access.beforeFirstUse(register);
  const stopListening = access.onUsage(() => schedule(GATHER_MS));

  async function database(): Promise<Database> {
    const db = await access.database();
    const now = (await db.now?.()) ?? access.now();
    // Also renews the time at which a process last had the sinks.
    if (!isOpen || now - registeredAt > DAY_MS / 24) {
      await register(db);
      await forget(db, now);
    }
    return db;
  }

  async function forget(db: Database, now: number): Promise<void> {
    const forgotten = (await findForgotten(db, now - forgetAfterMs)).filter((name) => !names.includes(name));
    if (forgotten.length === 0) return;
    const count = await removeSinks(db, forgotten);
    const message = `no process has ${forgotten.join(', ')} any more: removed, with ${count} records`;
    tell({ sink: forgotten[0], message, failures: 0 });
  }

  const runners = sinks.map((sink) =>
    createSinkRunner(sink, {
      ...{ store, database, now: access.now, owner: randomUUID(), batchSize, timeoutMs },
      onFailure: (name, error, failures) => tell({ sink: name, message: describeFailure(error), failures }),
    }),
  );

  /** The next look at the outbox. An earlier one that is planned stays. */
  let plannedAt = Number.POSITIVE_INFINITY;
  function schedule(waitMs: number): void {
    const at = performance.now() + waitMs;
    if (closing.signal.aborted || at >= plannedAt) return;
    plannedAt = at;
    clearTimeout(timer);
    timer = setTimeout(() => void tick(), waitMs);
    // Waiting records do not keep the process running: `close` delivers them.
    timer.unref();
  }

  /** Runs all sinks. A failed one is tried again by itself. @throws AiImageError the store cannot be read */
  async function runAll(): Promise<void> {
    await Promise.all(
      runners.map(async (runner) => {
        const retryMs = await runner.run(closing.signal);
        if (retryMs !== undefined) schedule(retryMs);
      }),
    );
  }

  async function tick(): Promise<void> {
    plannedAt = Number.POSITIVE_INFINITY;
    await runAll().catch((error: unknown) => tell({ sink: undefined, message: describeFailure(error), failures: 0 }));
    schedule(withJitter(intervalMs));
  }

  const waitingNow = async () =>
    (await readSinkStates(await database()))
      .filter(({ name }) => names.includes(name))
      .reduce((sum, { waiting }) => sum + waiting, 0);

  let closed: Promise<void> | undefined;
  async function close(limitMs: number): Promise<void> {
    stopPreparing();
    stopListening();
    clearTimeout(timer);
    plannedAt = Number.NEGATIVE_INFINITY;
    // A process that used no ledger does not open one at its end.
    if (isOpen) {
      const runs = Promise.allSettled(runners.map((runner) => runner.run(closing.signal)));
      await within(limitMs, runs);
      closing.abort(new Error('the delivery is closed'));
      // A sink is not waited for any more; only the statements that give up the right to deliver are.
      await within(Math.max(limitMs, RELEASE_MS), runs);
    }
    closing.abort(new Error('the delivery is closed'));
    await Promise.allSettled(sinks.map((sink) => sink.close?.()));
  }

  const delivery: UsageDelivery = {
    async flush({ timeoutMs: limitMs = 30_000 } = {}) {
      if (closing.signal.aborted) throw closedError();
      await within(limitMs, runAll());
      return waitingNow();
    },
    close({ timeoutMs: limitMs = 2_000 } = {}) {
      closed ??= close(limitMs);
      return closed;
    },
    [Symbol.asyncDispose]: () => delivery.close(),
  };
  return delivery;
}

/** Returns every sink that gets records from this store, with the number that wait. @throws AiImageError as `store.usage` */
export async function usageSinkStates(store: Store): Promise<readonly UsageSinkState[]> {
  return readSinkStates(await ledgerAccessOf(store, 'usageSinkStates').database());
}

/**
 * Removes a sink that is used no more, with the records that wait for it. Otherwise it is removed after 30 days.
 * @returns the number of removed records
 */
export async function removeUsageSink(store: Store, name: string): Promise<number> {
  return removeSinks(await ledgerAccessOf(store, 'removeUsageSink').database(), [name]);
}

/** Waits until the work is done or the time is over. @throws the error of the work */
async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  try {
    await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

function checkNames(sinks: readonly UsageSink[]): void {
  for (const [at, { name }] of sinks.entries()) {
    if (typeof name !== 'string' || !NAME.test(name))
      throw invalidError('the name of a sink must be at most 60 letters, digits, "-", "_" and "."');
    if (sinks.findIndex((other) => other.name === name) !== at)
      throw invalidError(`two sinks have the name ${name}`, 'Give each sink a name of its own: records wait under it.');
  }
}

function checkNumber(name: string, value: number, min: number, max: number): void {
  if (Number.isFinite(value) && value >= min && value <= max) return;
  throw invalidError(`${name} must be a number from ${min} to ${max}`, `Leave out ${name} to use the default.`);
}

const invalidError = (message: string, hint = 'For example name: "accounting".') =>
  new AiImageError('not_configured', `usage: ${message}`, { charged: 'no', hint });

const closedError = () =>
  new AiImageError('invalid_request', 'usage: the delivery is closed', {
    charged: 'no',
    hint: 'Create another one. Records that wait are in the store.',
  });
