/** Lets other modules of this package prepare the ledger's database, and learn of recorded costs. */
import type { Database } from '../sql/sql.ts';

export interface LedgerHooks {
  /** Runs the work before the first statement of the ledger, each time it is opened. @returns a function that removes the work */
  readonly beforeFirstUse: (work: (database: Database) => Promise<void>) => () => void;
  /** Calls the listener after this process added rows to the outbox of the usage sinks. @returns a function that removes the listener */
  readonly onUsage: (listener: () => void) => () => void;
  /** Runs the work of `beforeFirstUse` that was not run for this database yet. @throws the error of the work; the next call repeats it */
  readonly prepare: (database: Database) => Promise<void>;
  readonly tellUsage: () => void;
}

export function createLedgerHooks(): LedgerHooks {
  const works = new Map<(database: Database) => Promise<void>, WeakMap<Database, Promise<void>>>();
  const listeners = new Set<() => void>();
  return {
    beforeFirstUse(work) {
      works.set(work, new WeakMap());
      return () => void works.delete(work);
    },
    onUsage(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async prepare(database) {
      for (const [work, running] of works) {
        const prepared = running.get(database) ?? work(database);
        running.set(database, prepared);
        // The next call tries again.
        await prepared.catch((error: unknown) => {
          running.delete(database);
          throw error;
        });
      }
    },
    tellUsage() {
      for (const listener of listeners) listener();
    },
  };
}
