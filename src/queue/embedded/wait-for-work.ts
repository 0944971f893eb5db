/** Waits until work may have been added: by this process, by another one, or because its time has come. */
import { watch } from 'node:fs';
import { type Database, readInteger, type Sql } from '../../store/sql/sql.ts';
import { SCHEDULED } from './claim-work.ts';

/** How long to sleep between two looks at the database. */
const MIN_POLL_MS = 250;
const MAX_POLL_MS = 2_000;
/** From the first write of another process to its commit. */
const COMMIT_MS = 20;

export interface Waiting {
  readonly database: Database;
  /** The path of the database file. */
  readonly file: string;
  /** The last claim. Changes after it end the wait. */
  readonly lastClaim: { readonly changes: number; readonly atMs: number };
  /** Ends every wait of this process. */
  readonly signals: WorkSignals;
  /** Aborts when the engine is closed. */
  readonly isClosed: AbortSignal;
  readonly now: () => number;
}

/** Tells the waits of this process that it added work. */
export interface WorkSignals {
  readonly notify: () => void;
  /** @returns a function that removes the listener */
  readonly listen: (listener: () => void) => () => void;
}

export function createWorkSignals(): WorkSignals {
  const listeners = new Set<() => void>();
  return {
    notify() {
      for (const listener of [...listeners]) listener();
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Returns a number that changes when another connection has changed the database. */
export async function changesOf(database: Sql): Promise<number> {
  const [row] = await database.all('PRAGMA data_version');
  return row === undefined ? 0 : readInteger(row, 'data_version');
}

/** Resolves when work may have been added, when the signal aborts, and after `maxMs` at the latest. */
export async function waitForWork(
  { database, file, lastClaim, signals, isClosed, now }: Waiting,
  maxMs: number,
  signal: AbortSignal,
): Promise<void> {
  const endAt = performance.now() + maxMs;
  let pollMs = MIN_POLL_MS;
  let isAdded = false;
  let wake: () => void = () => undefined;
  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const removeListener = signals.listen(() => {
    isAdded = true;
    wake();
  });
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);
  let isTouched = false;
  const stopWatching = watchFile(`${file}-wal`, () => {
    isTouched = true;
    wake();
  });
  try {
    while (!signal.aborted && !isClosed.aborted && !isAdded && performance.now() < endAt) {
      if ((await changesOf(database)) !== lastClaim.changes) return;
      const nextAt = await nextEventAt(database, lastClaim.atMs);
      const untilEvent = nextAt === undefined ? Number.POSITIVE_INFINITY : nextAt - now();
      if (untilEvent <= 0) return;
      if (signal.aborted || isAdded) return;
      const pauseMs = isTouched ? COMMIT_MS : pollMs;
      isTouched = false;
      await sleep(Math.max(1, Math.min(pauseMs, untilEvent, endAt - performance.now())));
      pollMs = Math.min(pollMs * 2, MAX_POLL_MS);
    }
  } finally {
    removeListener();
    signal.removeEventListener('abort', onAbort);
    stopWatching();
  }
}

/** When scheduled work is due, a lease ends or a pause ends. @param since milliseconds since the epoch */
async function nextEventAt(database: Database, since: number): Promise<number | undefined> {
  const [row] = await database.all(
    `SELECT MIN(at) AS at FROM (
       SELECT MIN(run_at) AS at FROM ${SCHEDULED}
       UNION ALL SELECT MIN(lease_until) FROM work INDEXED BY work_leases WHERE state = 'active'
       UNION ALL SELECT MIN(until_ms) FROM queue_pauses WHERE until_ms > ?)`,
    since,
  );
  return row?.at == null ? undefined : readInteger(row, 'at');
}

/** A hint only: not every file system reports changes. */
function watchFile(path: string, onChange: () => void): () => void {
  try {
    const watcher = watch(path, { persistent: false }, onChange);
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => undefined;
  }
}
