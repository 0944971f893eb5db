/** Delivers the waiting records of one sink, batch by batch. */
import type { Store } from '../../store/index.ts';
import { withJitter } from '../../store/jitter.ts';
import type { Database } from '../../store/sql/sql.ts';
import { toUsageRecord } from '../usage-record.ts';
import type { UsageSink } from '../usage-sink.ts';
import { artifactsOf } from './artifacts-of.ts';
import { describeFailure } from './describe-failure.ts';
import { readRows, recordFailure, releaseSink, removeRows, takeSink } from './outbox.ts';

export interface RunnerParams {
  readonly store: Store;
  /** Opens the ledger's database. */
  readonly database: () => Promise<Database>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Identifies this delivery. */
  readonly owner: string;
  readonly batchSize: number;
  readonly timeoutMs: number;
  /** Called after each failed delivery. */
  readonly onFailure: (sink: string, error: unknown, failures: number) => void;
}

/** Waits of one second, doubled after each failure, up to five minutes. */
const MIN_RETRY_MS = 1_000;
const MAX_RETRY_MS = 300_000;
/** Timers may fire a little early, and then the sink would not be tried. */
const RETRY_MARGIN_MS = 20;
/** How much longer than one batch the right to deliver lasts, for the statements before and after it. */
const LEASE_MARGIN_MS = 20_000;

export interface SinkRunner {
  /**
   * Delivers until nothing waits, the sink fails, or the signal fires. Runs once at a time: a run that is asked for during another one
   * starts after it.
   * @returns milliseconds until the next try after a failure
   */
  readonly run: (signal: AbortSignal) => Promise<number | undefined>;
}

export function createSinkRunner(sink: UsageSink, params: RunnerParams): SinkRunner {
  const { store, database, now, owner, batchSize, timeoutMs } = params;
  const { name } = sink;
  /** When this process may try a failed sink again, on the clock of `performance`. */
  let retryAt = 0;
  let last: Promise<unknown> = Promise.resolve();

  async function deliver(signal: AbortSignal): Promise<number | undefined> {
    const db = await database();
    const timeNow = async () => (await db.now?.()) ?? now();
    if ((await readRows(db, name, 1)).length === 0) return undefined;
    for (;;) {
      const time = await timeNow();
      const isOurs =
        !signal.aborted && (await takeSink(db, name, { owner, now: time, until: time + timeoutMs + LEASE_MARGIN_MS }));
      if (!isOurs) return retryAt === 0 ? undefined : Math.max(retryAt - performance.now(), RETRY_MARGIN_MS);
      const rows = await readRows(db, name, batchSize);
      if (rows.length === 0) break;
      try {
        const records = [];
        for (const row of rows) {
          signal.throwIfAborted();
          records.push(toUsageRecord(row, await artifactsOf(row, store)));
        }
        signal.throwIfAborted();
        await recordInTime(sink, records, timeoutMs, signal);
      } catch (error) {
        if (signal.aborted) break;
        return await fail(db, error, await timeNow());
      }
      await removeRows(db, name, rows);
      retryAt = 0;
    }
    await releaseSink(db, name, owner);
    return undefined;
  }

  async function fail(db: Database, error: unknown, time: number): Promise<number> {
    let retryMs = MIN_RETRY_MS;
    const failures = await recordFailure(db, name, {
      owner,
      message: describeFailure(error),
      now: time,
      retryAtOf(count) {
        retryMs = Math.ceil(Math.min(withJitter(MIN_RETRY_MS * 2 ** Math.min(count - 1, 20)), MAX_RETRY_MS));
        return time + retryMs;
      },
    });
    retryAt = performance.now() + retryMs + RETRY_MARGIN_MS;
    params.onFailure(name, error, failures);
    return retryMs + RETRY_MARGIN_MS;
  }

  return {
    run(signal) {
      const next = last.then(() => deliver(signal));
      last = next.catch(() => undefined);
      return next;
    },
  };
}

/** A sink that does not answer in time, or ignores its signal, counts as failed. */
async function recordInTime(
  sink: UsageSink,
  records: Parameters<UsageSink['record']>[0],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const controller = new AbortController();
  const abort = () => controller.abort(signal.reason);
  signal.addEventListener('abort', abort);
  const timer = setTimeout(() => controller.abort(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
  const aborted = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason));
  });
  try {
    await Promise.race([sink.record(records, controller.signal), aborted]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}
