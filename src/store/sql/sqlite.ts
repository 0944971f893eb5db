/** SQL in a file, by the database that Node brings along. The only place that names it: its names are still moving. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Database, Row, Sql } from './sql.ts';

const BUSY = 5;
const CORRUPT = 11;
const NO_DATABASE = 26;
/** Its codes have finer ones, e.g. 261: busy, since another process is mending what a dead one left. */
const reasonOf = (error: unknown): number => ((error as { errcode?: number }).errcode ?? 0) & 0xff;

/** Whether a file is no database, or no longer one. What is busy, full or out of reach is not. */
export const isTorn = (error: unknown): boolean => [CORRUPT, NO_DATABASE].includes(reasonOf(error));

/** How long another process is waited for. */
const PATIENCE_MS = 15_000;

/**
 * Opens a file, and makes it where there is none. What was said to be written survives a power failure.
 * @param schema statements that make the tables, where they are not there yet; without them the file is taken as it is
 * @throws Error where the file is none of this database, or torn
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
    // First of all: setting the journal's kind may have to wait itself.
    db.exec('PRAGMA busy_timeout = 20');
    await patiently(() => db.exec('PRAGMA journal_mode = WAL'));
    db.exec('PRAGMA synchronous = FULL');
    // What was deleted is overwritten: prompts are nobody's business any more.
    db.exec('PRAGMA secure_delete = ON');
    if (schema !== undefined) {
      await patiently(
        () => db.exec(`BEGIN IMMEDIATE; ${schema}; COMMIT`),
        () => undo(db),
      );
    }
  } catch (error) {
    db.close();
    throw error;
  }
  const direct: Sql = {
    all: (text, ...values) => patiently(() => prepare(text).all(...values) as Row[]),
    run: (text, ...values) => patiently(() => Number(prepare(text).run(...values).changes)),
  };
  // One connection holds one transaction: whoever comes meanwhile waits for its end.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work, work);
    last = turn.catch(() => undefined);
    return turn;
  };
  return {
    all: (text, ...values) => inTurn(() => direct.all(text, ...values)),
    run: (text, ...values) => inTurn(() => direct.run(text, ...values)),
    transaction: (work) =>
      inTurn(async () => {
        await patiently(() => db.exec('BEGIN IMMEDIATE'));
        try {
          const result = await work(direct);
          await patiently(() => db.exec('COMMIT'));
          return result;
        } catch (error) {
          undo(db);
          throw error;
        }
      }),
    close: () => inTurn(async () => db.close()),
  };
}

function undo(db: DatabaseSync): void {
  try {
    db.exec('ROLLBACK');
  } catch {
    // There was none, or the error has ended it. Whether one is open can be asked only since Node 22.16.
  }
}

/** Waits for other processes without holding the event loop for long. */
async function patiently<T>(work: () => T, before: () => void = () => undefined): Promise<T> {
  const until = performance.now() + PATIENCE_MS;
  for (let waitMs = 2; ; waitMs = Math.min(waitMs * 2, 100)) {
    try {
      return work();
    } catch (error) {
      before();
      if (reasonOf(error) !== BUSY || performance.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, waitMs * (0.5 + spread())));
    }
  }
}

/** Between 0 and 1, so that two who wait do not meet again. */
const spread = (): number => (crypto.getRandomValues(new Uint8Array(1))[0] ?? 0) / 255;

let loading: Promise<typeof import('node:sqlite')> | undefined;

/** Node warns once that the module is experimental. It is known, and of no use to whoever runs the program; other warnings pass. */
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
 * Locks a file as long as this process lives; the system lets go of it however the process ends.
 * @returns lets go of it; `undefined` where somebody else holds it, or nobody can tell
 */
export async function takeLock(path: string): Promise<(() => void) | undefined> {
  const { DatabaseSync } = await loadSqlite();
  try {
    const db = new DatabaseSync(path);
    try {
      // No journal file beside it: nothing is ever written.
      db.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
      return () => db.close();
    } catch {
      db.close();
      return undefined;
    }
  } catch {
    return undefined; // it cannot even be opened, e.g. for want of handles
  }
}
