/** The rules by which an entry of a ledger changes. Every ledger uses them: the manager's in memory and the store's in a database. */

/**
 * Where the amount of an entry comes from, the weakest first: what the call was expected to cost; the price table, once the image has
 * arrived; a person's decision; the vendor.
 */
export type SpendingBasis = 'promised' | 'estimated' | 'decided' | 'reported';

export interface LedgerEntry {
  /** What the call was expected to cost, in micro-dollars. */
  readonly promised: number;
  /** What counts as spent, in micro-dollars. */
  readonly micros: number;
  readonly basis: SpendingBasis | 'released';
}

export type LedgerChange = Pick<LedgerEntry, 'micros' | 'basis'>;

/**
 * Settles an entry: a stronger basis replaces a weaker one, and of two equally strong ones the first counts.
 * @param given in micro-dollars @default the entry's amount; after a release, the reserved amount
 * @returns undefined when the entry stays as it is
 */
export function settleEntry(
  entry: LedgerEntry,
  given: number | undefined,
  basis: SpendingBasis,
): LedgerChange | undefined {
  const { promised, micros: before, basis: known } = entry;
  const micros = given ?? (known === 'released' ? promised : before);
  if (known === 'reported') return undefined;
  switch (basis) {
    case 'promised':
      return micros > before ? { micros, basis: known === 'released' ? 'promised' : known } : undefined;
    case 'estimated':
      // Of two estimates the higher counts.
      if (known === 'decided' || (known === 'estimated' && micros <= before)) return undefined;
      return { micros, basis };
    case 'decided':
      return known === 'promised' || known === 'estimated' ? { micros, basis } : undefined;
    case 'reported':
      return { micros, basis };
    default:
      return basis satisfies never;
  }
}

/** Releases an entry: nothing was charged. @returns undefined when the entry stays as it is */
export function releaseEntry({ basis: known }: LedgerEntry, basis: 'decided' | 'reported'): LedgerChange | undefined {
  const mayRelease = known === 'promised' || known === 'estimated' || (known === 'decided' && basis === 'reported');
  return mayRelease ? { micros: 0, basis: 'released' } : undefined;
}
