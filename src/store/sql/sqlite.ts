/** Databases in a file, through Node's built-in SQLite. No other file imports `node:sqlite`, because its API may still change. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { createQueue } from '../concurrency.ts';
import { withJitter } from '../jitter.ts';
import type { Database, Row, Sql } from './sql.ts';

const BUSY = 5;
const CORRUPT = 11;
const NOT_A_DATABASE = 26;
/** Removes SQLite's extended part of the code. For example 261: busy, because another process recovers after a crash. */
const reasonOf = (error: unknown): number => ((error as { errcode?: number }).errcode ?? 0) & 0xff;

/** Checks whether SQLite reported the error. */
export const isSqliteError = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR';

/** Checks whether another process held the lock of the database for too long. */
export const isBusy = (error: unknown): boolean => reasonOf(error) === BUSY;

/** Checks whether a file is damaged or not a database. False for a busy, full or inaccessible one. */
export const isCorrupt = (error: unknown): boolean => [CORRUPT, NOT_A_DATABASE].includes(reasonOf(error));

/** How long to wait for another process. */
const MAX_BUSY_MS = 15_000;

/**
 * Opens a database file; creates it when it does not exist. Committed data survives a power failure.
 * @param schema statements that create missing tables; without it the file is used as it is
 * @throws Error when the file is damaged or not a database
 */
export async function openSqlite(path: string, schema?: string): Promise<Database> {
  const { DatabaseSync } = await loadSqlite();
  const db = new DatabaseSync(path);
  const statements = new Map<string, StatementSync>();
  const prepare = (text: string) => {
    const known = statements.get(text) ?? db.prepare(text);
    statements.set(text, known);
    return known;
  };
  try {
    // First, because setting the journal mode may itself have to wait.
    db.exec('PRAGMA busy_timeout = 20');
    await retryWhileBusy(() => db.exec('PRAGMA journal_mode = WAL'));
    db.exec('PRAGMA synchronous = FULL');
    // Overwrites deleted data, which may contain prompts.
    db.exec('PRAGMA secure_delete = ON');
    if (schema !== undefined) {
      await retryWhileBusy(
        () => db.exec(`BEGIN IMMEDIATE; ${schema}; COMMIT`),
        () => rollBack(db),
      );
    }
  } catch (error) {
    db.close();
    throw error;
  }
  const direct: Sql = {
    all: (text, ...values) => retryWhileBusy(() => prepare(text).all(...values) as Row[]),
    run: (text, ...values) => retryWhileBusy(() => Number(prepare(text).run(...values).changes)),
  };
  // A connection has one transaction at a time, so other statements wait for its end.
  const enqueue = createQueue();
  return {
    all: (text, ...values) => enqueue(() => direct.all(text, ...values)),
    run: (text, ...values) => enqueue(() => direct.run(text, ...values)),
    transaction: (work) =>
      enqueue(async () => {
        await retryWhileBusy(() => db.exec('BEGIN IMMEDIATE'));
        try {
          const result = await work(direct);
          await retryWhileBusy(() => db.exec('COMMIT'));
          return result;
        } catch (error) {
          rollBack(db);
          throw error;
        }
      }),
    close: () => enqueue(async () => db.close()),
  };
}

function rollBack(db: DatabaseSync): void {
  try {
    db.exec('ROLLBACK');
  } catch {
    // No transaction is open, or the error ended it. Node before 22.16 cannot tell whether one is open.
  }
}

/** Waits for other processes without blocking the event loop for long. */
async function retryWhileBusy<T>(work: () => T, onError: () => void = () => undefined): Promise<T> {
  const deadlineAt = performance.now() + MAX_BUSY_MS;
  for (let waitMs = 2; ; waitMs = Math.min(waitMs * 2, 100)) {
    try {
      return work();
    } catch (error) {
      onError();
      if (reasonOf(error) !== BUSY || performance.now() > deadlineAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, withJitter(waitMs)));
    }
  }
}

let loading: Promise<typeof import('node:sqlite')> | undefined;

/** Loads the module without Node's warning that it is experimental. Other warnings are printed. */
function loadSqlite(): Promise<typeof import('node:sqlite')> {
  loading ??= (async () => {
    const { emitWarning } = process;
    const filtered = (warning: string | Error, ...more: unknown[]) => {
      if (/SQLite is an experimental feature/.test(String(warning))) return;
      (emitWarning as (...args: unknown[]) => void)(warning, ...more);
    };
    process.emitWarning = filtered as typeof process.emitWarning;
    try {
      return await import('node:sqlite');
    } finally {
      process.emitWarning = emitWarning;
    }
  })();
  return loading;
}

/**
 * Locks a file. The operating system releases the lock when the process ends, however it ends.
 * @returns a function that releases the lock; `undefined` when another process holds it, or when that cannot be determined
 */
export async function tryLockFile(path: string): Promise<(() => void) | undefined> {
  const { DatabaseSync } = await loadSqlite();
  try {
    const db = new DatabaseSync(path);
    try {
      // Keeps the journal in memory: nothing is ever written, so no journal file is needed.
      db.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
      return () => db.close();
    } catch {
      db.close();
      return undefined;
    }
  } catch {
    return undefined; // it cannot be opened, for example with too many open files
  }
}
