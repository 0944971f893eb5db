/** Applies the rules of a ledger to stored entries. */
import {
  applyCost,
  applyMinimum,
  applyRelease,
  type LedgerChange,
  type LedgerEntry,
  type SpendingBasis,
} from '../../providers/protocol/shared/ledger-rules.ts';
import type { SpendingEntry } from './spendings.ts';

type StoredChange = Pick<SpendingEntry, 'micros' | 'state'>;

/** The words of the tables. They are older than those of the rules, and stay because stores have them. */
const STATES = {
  reserved: 'promised',
  estimated: 'estimated',
  settled: 'decided',
  reported: 'spent',
  released: 'released',
} as const satisfies Record<LedgerEntry['basis'], SpendingEntry['state']>;

const BASES = {
  promised: 'reserved',
  estimated: 'estimated',
  decided: 'settled',
  spent: 'reported',
  released: 'released',
} as const satisfies Record<SpendingEntry['state'], LedgerEntry['basis']>;

/** The basis of an amount, in the words of the rules. @param state of an entry whose cost is known */
export const basisOf = (state: SpendingEntry['state']): SpendingBasis | 'released' => {
  const basis = BASES[state];
  if (basis === 'reserved') throw new Error('the cost of a reservation is not known');
  return basis;
};

/** @returns the new amount and state; `undefined` when the entry stays as it is */
export const recordStoredCost = (entry: SpendingEntry, micros: number | undefined, basis: SpendingBasis) =>
  toStoredChange(applyCost(toLedgerEntry(entry), micros, basis));

/** @returns the new amount and state; `undefined` when the entry stays as it is */
export const raiseStored = (entry: SpendingEntry, minMicros: number) =>
  toStoredChange(applyMinimum(toLedgerEntry(entry), minMicros));

/** @returns the new amount and state; `undefined` when the entry stays as it is */
export const releaseStored = (entry: SpendingEntry, basis: 'settled' | 'reported') =>
  toStoredChange(applyRelease(toLedgerEntry(entry), basis));

const toLedgerEntry = ({ micros, promised, state }: SpendingEntry): LedgerEntry => ({
  micros,
  reserved: promised,
  basis: BASES[state],
});

const toStoredChange = (change: LedgerChange | undefined): StoredChange | undefined =>
  change && { micros: change.micros, state: STATES[change.basis] };
