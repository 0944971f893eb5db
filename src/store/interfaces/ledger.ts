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
export interface Spending {
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
 * Spending in whole micro-dollars. A reserved amount counts as spent until it is settled or released.
 * `settle` and `release` update an entry: a stronger basis replaces a weaker one, and of two equally strong ones the first stays. So an
 * estimate is replaced by the real amount once, and nothing is counted twice.
 */
export interface Ledger {
  /** Reserves an amount in all scopes, or in none. @returns the id of the entry, or the budget it would exceed */
  reserve(spending: Spending, scopes: readonly BudgetScope[]): Promise<string | Refused>;
  /**
   * Records what the call cost, even when that is more than was reserved.
   * With `promised` the amount is a minimum and the reservation stays open. Of two estimates the higher one counts. An amount recorded
   * after a release counts: an image that arrives shows that the release was wrong.
   * @param micros @default the current amount of the entry; after a release, the reserved amount
   * @param basis @default 'reported'
   */
  settle(id: string, micros: number | undefined, basis?: SpendingBasis): Promise<void>;
  /** Records that nothing was charged. @param basis who says so @default 'reported' */
  release(id: string, basis?: 'decided' | 'reported'): Promise<void>;
  /**
   * Moves a part of an open reservation to a new entry, in one step, so that the sum stays the same. Moves what is left when that is
   * less, and nothing when the entry is settled or released.
   * @returns the id of the new entry
   */
  split(id: string, part: Pick<Spending, 'micros' | 'images'>): Promise<string>;
  /** Spent or reserved in this scope, in micro-dollars. */
  taken(scope: string): Promise<number>;
}
