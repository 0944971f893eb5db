/** Reads and writes rows of the table `spendings`. */
import type { ExpectedCost } from '../interfaces/ledger.ts';
import { type Row, readInteger, readText, type Sql } from '../sql/sql.ts';
import { toScopeKey } from './scope-key.ts';

/** Where the amount of an entry comes from, in the words of the tables. `stored-entry.ts` has those of the rules. */
type SpendingState = 'promised' | 'estimated' | 'decided' | 'spent' | 'released';

export interface SpendingEntry {
  readonly micros: number;
  /** The reserved amount, in micro-dollars. */
  readonly promised: number;
  readonly state: SpendingState;
  readonly scopes: readonly string[];
}

export const readSpending = (row: Row): SpendingEntry => ({
  micros: readInteger(row, 'micros'),
  // Tables of earlier versions have no column `promised`: there `micros` holds the reserved amount until the cost is known.
  promised: readInteger(row, row.promised == null ? 'micros' : 'promised'),
  state: readText(row, 'state') as SpendingState, // written below
  scopes: readScopes(row),
});

export const readScopes = (row: Row): readonly string[] => JSON.parse(readText(row, 'scopes')) as readonly string[]; // written below

export interface NewSpending extends ExpectedCost {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly state: Exclude<SpendingState, 'released'>;
  readonly scopes: readonly string[];
  /** The reserved amount. @default micros */
  readonly promised?: number;
  /** How often the cost was recorded. @default 0 */
  readonly revision?: number;
  /** The id of the call's record, once the cost is recorded. */
  readonly call?: string | null;
}

/** A forged sidecar may have a longer time, which an index of PostgreSQL could not hold. */
const MAX_TIME_LENGTH = 40;

/** @returns false when an entry with this id exists */
export async function insertSpending(sql: Sql, spending: NewSpending): Promise<boolean> {
  const { id, at, provider, model, images, micros, state, scopes, promised = micros } = spending;
  const { revision = 0, call = null } = spending;
  const changed = await sql.run(
    `INSERT INTO spendings (id, at, provider, model, images, micros, state, scopes, promised, revision, call)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    ...[id, at.slice(0, MAX_TIME_LENGTH), provider, model, images, micros, state],
    ...[JSON.stringify(scopes.map(toScopeKey)), promised, revision, call],
  );
  return changed > 0;
}

/** Inserts an entry and adds it to the sums of its scopes, whatever the budgets are. An entry that exists is not counted again. */
export async function recordSpending(sql: Sql, spending: NewSpending): Promise<void> {
  if (!(await insertSpending(sql, spending))) return;
  for (const name of spending.scopes) {
    await sql.run(
      `INSERT INTO scopes AS known (name, taken_micros) VALUES (?, ?)
       ON CONFLICT (name) DO UPDATE SET taken_micros = known.taken_micros + excluded.taken_micros`,
      ...[toScopeKey(name), spending.micros],
    );
  }
}
