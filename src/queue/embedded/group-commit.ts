/** Commits changes that are made at the same time together: the disk is the slowest part of a change, and one write of it serves them all. */
import type { Database, Sql } from '../../store/sql/sql.ts';
import { isBusy } from '../../store/sql/sqlite.ts';

/** Changes per transaction. Other processes wait that long for the lock. */
const MAX_CHANGES = 50;

/** Makes a change in a transaction. @param change may run twice: when another change of its transaction failed, it runs in one of its own */
export type Commit = <T>(database: Database, change: (sql: Sql) => Promise<T>) => Promise<T>;

interface Pending {
  readonly database: Database;
  readonly run: (sql: Sql) => Promise<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export function createGroupCommit(): Commit {
  const pending: Pending[] = [];
  let isRunning = false;

  async function commitAll(): Promise<void> {
    isRunning = true;
    while (pending.length > 0) {
      // The callers of the last commit continue first, so that their next changes are in this one.
      await new Promise((resolve) => setImmediate(resolve));
      const { database } = pending[0]!; // not empty
      const others = pending.findIndex((each) => each.database !== database);
      await commitTogether(database, pending.splice(0, Math.min(others === -1 ? MAX_CHANGES : others, MAX_CHANGES)));
    }
    isRunning = false;
  }

  return <T>(database: Database, change: (sql: Sql) => Promise<T>) =>
    new Promise<T>((resolve, reject) => {
      // `run` and `resolve` belong together.
      pending.push({ database, run: change, resolve: resolve as (result: unknown) => void, reject });
      if (!isRunning) void commitAll();
    });
}

/** Settles every change. */
async function commitTogether(database: Database, changes: readonly Pending[]): Promise<void> {
  try {
    const results = await database.transaction(async (sql) => {
      const made: unknown[] = [];
      for (const { run } of changes) made.push(await run(sql));
      return made;
    });
    for (const [index, { resolve }] of changes.entries()) resolve(results[index]);
  } catch (error) {
    // A database that another process locks fails for all of them, and each would wait for it again.
    if (changes.length === 1 || isBusy(error)) for (const { reject } of changes) reject(error);
    else for (const change of changes) await commitTogether(database, [change]);
  }
}
