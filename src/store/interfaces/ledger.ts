/** The ledger: what calls cost, counted against budgets. */
import type { SpendingBasis } from '../../providers/protocol/shared/ledger-rules.ts';

/** A budget that spending counts towards, e.g. `day 2026-11-25`. */
export interface BudgetScope {
  /** The name of the budget. */
  readonly name: string;
  /** The budget, in whole micro-dollars. Without it, spending is counted and never refused. */
  readonly limitMicros?: number;
}

/** What a call is expected to cost, and for what. */
export interface ExpectedCost {
  /** The expected cost, in micro-dollars. */
  readonly micros: number;
  /** The provider's name in the settings. */
  readonly provider: string;
  /** The vendor's model id. */
  readonly model: string;
  /** Number of images requested. */
  readonly images: number;
}

/** A reservation that was refused, because it would exceed a budget. */
export interface Refused {
  /** The budget that would be exceeded. */
  readonly scope: BudgetScope & { readonly limitMicros: number };
  /** Already spent or reserved in this scope, in micro-dollars. */
  readonly takenMicros: number;
}

export type { SpendingBasis } from '../../providers/protocol/shared/ledger-rules.ts';

/**
 * What calls cost, in whole micro-dollars. A reserved amount counts as spent until the cost is recorded, or the reservation is released.
 * A more reliable amount replaces a less reliable one (see `SpendingBasis`). Of two amounts of the same kind, the first counts. Estimates
 * are different: the higher one counts. So an estimate is replaced by the real amount once, and nothing is counted twice.
 */
export interface Ledger {
  /**
   * The clock of a database that several machines share, in milliseconds since the epoch. Days and months of budgets follow it, because the
   * clocks of the machines may differ. `undefined`: there is none, and the manager's clock counts.
   */
  now?(): Promise<number | undefined>;
  /**
   * Reserves an amount in all scopes, or in none.
   * @param call the call id, if the caller chose it: see `releaseLost`
   * @returns the id of the entry, or the budget it would exceed
   */
  reserve(expected: ExpectedCost, scopes: readonly BudgetScope[], call?: string): Promise<string | Refused>;
  /**
   * Releases what earlier attempts of a call reserved before they could record the call: their processes died in between. Call it when this
   * attempt has recorded the call, because no other attempt can send anything from then on.
   */
  releaseLost?(call: string): Promise<void>;
  /**
   * Raises an entry to a minimum, e.g. before its cost is recorded in parts. Never lowers it, and changes nothing after the vendor's
   * amount. Opens a released reservation again.
   */
  raiseReservation(id: string, minMicros: number): Promise<void>;
  /**
   * Records what the call cost, even when that is more than was reserved. An estimate or a vendor's amount counts after a release too:
   * an image that arrives shows that the release was wrong.
   * @param micros @default the current amount of the entry; after a release, the reserved amount
   * @param basis @default 'reported'
   */
  recordCost(id: string, micros: number | undefined, basis?: SpendingBasis): Promise<void>;
  /** Records that nothing was charged. @param basis who says so @default 'reported' */
  release(id: string, basis?: 'settled' | 'reported'): Promise<void>;
  /**
   * Moves a part of an open reservation to a new entry, in one step, so that the sum stays the same. Moves what is left when that is
   * less, and nothing when the cost is recorded or the reservation is released.
   * @returns the id of the new entry
   */
  split(id: string, part: Pick<ExpectedCost, 'micros' | 'images'>): Promise<string>;
  /** Spent or reserved in this scope, in micro-dollars. */
  taken(scope: string): Promise<number>;
}
