/** Access to the database of a store's ledger, for modules of this package that keep their tables in it: the queue and the usage sinks. */
import { AiImageError } from '../providers/protocol/errors.ts';
import type { ManagerStore } from './interfaces/manager-store.ts';
import type { LedgerHooks } from './ledger/ledger-hooks.ts';
import type { SharedDatabase } from './open/open-postgres.ts';
import type { Database, Sql } from './sql/sql.ts';

/** A call that ended with images. */
export interface DoneCall {
  /** The call id. */
  readonly id: string;
  /** Ids of its stored images. */
  readonly artifacts: readonly string[];
}

export interface LedgerAccess {
  /** Where the ledger is. */
  readonly kind: 'sqlite' | 'postgres';
  /** The schema of the tables in PostgreSQL. */
  readonly schema: string | undefined;
  /** Opens the ledger. Statements use `?` for values, and the same text for both kinds. */
  readonly database: () => Promise<Database>;
  /** PostgreSQL only: statements in its own SQL. */
  readonly shared: () => Promise<SharedDatabase>;
  /** Runs the listener in the transaction in which a call ends as done. @returns a function that removes the listener */
  readonly onCallDone: (listener: DoneListener) => () => void;
  /** Runs the work before the first statement of the ledger, each time it is opened. @returns a function that removes the work */
  readonly beforeFirstUse: LedgerHooks['beforeFirstUse'];
  /** Calls the listener after this process added rows to the outbox of the usage sinks. @returns a function that removes the listener */
  readonly onUsage: LedgerHooks['onUsage'];
  /** Whether the store keeps prompts as text, or only their hashes. */
  readonly prompts: 'text' | 'hash';
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What the engine of a queue needs of a ledger. */
export type QueueLedger = Omit<LedgerAccess, 'beforeFirstUse' | 'onUsage' | 'prompts'>;

export type DoneListener = (sql: Sql, call: DoneCall) => Promise<void>;

const accessByStore = new WeakMap<object, LedgerAccess>();

export function rememberLedgerAccess(store: ManagerStore, access: LedgerAccess): void {
  accessByStore.set(store, access);
}

/** @param what needs the access, for the error message @throws AiImageError `not_configured`: `createStore` did not return this store */
export function ledgerAccessOf(store: ManagerStore, what: string): LedgerAccess {
  const access = accessByStore.get(store);
  if (access) return access;
  throw new AiImageError('not_configured', `${what} needs the object that createStore of this package returned`, {
    charged: 'no',
    hint: 'Pass the store itself, not a copy of it or another implementation.',
  });
}
