/** The rules by which an entry of a ledger changes. Every ledger uses them: the manager's in memory and the store's in a database. */

/**
 * Where a cost comes from, from least to most reliable: computed from the price table after the image arrived; recorded by a person who
 * settled the call; reported by the vendor.
 */
export type SpendingBasis = 'estimated' | 'settled' | 'reported';

export interface LedgerEntry {
  /** The expected cost of the call, in micro-dollars. */
  readonly reserved: number;
  /** What counts as spent, in micro-dollars. */
  readonly micros: number;
  /** `reserved`: the cost is not known yet. `released`: nothing was charged. */
  readonly basis: 'reserved' | SpendingBasis | 'released';
}

export type LedgerChange = Pick<LedgerEntry, 'micros' | 'basis'>;

/**
 * Changes an entry to what the call cost. A more reliable amount replaces a less reliable one. Of two amounts of the same kind, the first
 * counts. Estimates are different: the higher one counts. After a release, a
 * person's amount is ignored.
 * @param given in micro-dollars @default the entry's amount; after a release, the reserved amount
 * @returns undefined when the entry stays as it is
 */
export function applyCost(
  entry: LedgerEntry,
  given: number | undefined,
  basis: SpendingBasis,
): LedgerChange | undefined {
  const { reserved, micros: before, basis: known } = entry;
  const micros = given ?? (known === 'released' ? reserved : before);
  if (known === 'reported') return undefined;
  switch (basis) {
    case 'estimated':
      if (known === 'settled' || (known === 'estimated' && micros <= before)) return undefined;
      return { micros, basis };
    case 'settled':
      return known === 'reserved' || known === 'estimated' ? { micros, basis } : undefined;
    case 'reported':
      return { micros, basis };
    default:
      return basis satisfies never;
  }
}

/** Raises an entry to a minimum, unless the vendor reported its amount. Never lowers it. @returns undefined when the entry stays as it is */
export function applyMinimum({ micros, basis }: LedgerEntry, minMicros: number): LedgerChange | undefined {
  if (basis === 'reported' || minMicros <= micros) return undefined;
  return { micros: minMicros, basis: basis === 'released' ? 'reserved' : basis };
}

/** Releases an entry: nothing was charged. @returns undefined when the entry stays as it is */
export function applyRelease({ basis: known }: LedgerEntry, basis: 'settled' | 'reported'): LedgerChange | undefined {
  const mayRelease = known === 'reserved' || known === 'estimated' || (known === 'settled' && basis === 'reported');
  return mayRelease ? { micros: 0, basis: 'released' } : undefined;
}
