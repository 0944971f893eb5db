/** Applies the rules of a ledger to stored entries, whose state `spent` is the basis `reported`. */
import {
  type LedgerChange,
  type LedgerEntry,
  releaseEntry,
  type SpendingBasis,
  settleEntry,
} from '../../providers/protocol/shared/ledger-rules.ts';
import type { SpendingEntry } from './spendings.ts';

type StoredChange = Pick<SpendingEntry, 'micros' | 'state'>;

/** @returns the new amount and state; `undefined` when the entry stays as it is */
export const settle = (entry: SpendingEntry, micros: number | undefined, basis: SpendingBasis) =>
  toStoredChange(settleEntry(toLedgerEntry(entry), micros, basis));

/** @returns the new amount and state; `undefined` when the entry stays as it is */
export const release = (entry: SpendingEntry, basis: 'decided' | 'reported') =>
  toStoredChange(releaseEntry(toLedgerEntry(entry), basis));

const toLedgerEntry = ({ state, ...entry }: SpendingEntry): LedgerEntry => ({
  ...entry,
  basis: state === 'spent' ? 'reported' : state,
});

const toStoredChange = (change: LedgerChange | undefined): StoredChange | undefined =>
  change && { micros: change.micros, state: change.basis === 'reported' ? 'spent' : change.basis };
