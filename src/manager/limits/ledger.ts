/** Money in whole micro-dollars. What was spent and what is promised is held in memory here; a store brings a ledger that lasts. */
import type { Ledger, SpendingBasis } from '../../store/interfaces.ts';

const MICRO = 1_000_000;

/** @throws RangeError for what is no amount of money */
export function toMicros(usd: number): number {
  const micros = Math.round(usd * MICRO);
  if (!(micros >= 0) || !Number.isSafeInteger(micros)) throw new RangeError(`${usd} is no amount of dollars`);
  return micros;
}

/** Whether it can be written down: a number that is not negative, not NaN, and countable. */
export const isAmount = (usd: unknown): usd is number =>
  typeof usd === 'number' && usd >= 0 && Number.isSafeInteger(Math.round(usd * MICRO));

export const toUsd = (micros: number): number => micros / MICRO;

/** Settled entries whose amount can still be replaced. Older ones keep their amount, so that memory stays bounded. */
const MAX_SETTLED = 1_000;

interface Entry {
  readonly promised: number;
  readonly scopes: readonly string[];
  readonly micros: number;
  readonly basis: SpendingBasis | 'released';
}

export function createLedger(): Ledger {
  const taken = new Map<string, number>();
  const open = new Map<string, Entry>();
  const settledOnes = new Map<string, Entry>();
  let count = 0;
  const add = (scopes: readonly string[], micros: number) => {
    for (const name of scopes) taken.set(name, (taken.get(name) ?? 0) + micros);
  };
  const change = (id: string, word: (entry: Entry) => Pick<Entry, 'micros' | 'basis'> | undefined) => {
    const entry = open.get(id) ?? settledOnes.get(id);
    const changed = entry && word(entry);
    if (entry === undefined || changed === undefined) return;
    add(entry.scopes, changed.micros - entry.micros);
    const isOpen = changed.basis === 'promised';
    (isOpen ? settledOnes : open).delete(id);
    (isOpen ? open : settledOnes).set(id, { ...entry, ...changed });
    const oldest = settledOnes.keys().next();
    if (settledOnes.size > MAX_SETTLED && !oldest.done) settledOnes.delete(oldest.value);
  };
  return {
    // Looked at and written down in one turn: of many at once, no two see the same room.
    async reserve({ micros }, scopes) {
      for (const { name, limitMicros } of scopes) {
        const takenMicros = taken.get(name) ?? 0;
        if (limitMicros !== undefined && takenMicros + micros > limitMicros) {
          return { scope: { name, limitMicros }, takenMicros };
        }
      }
      const id = String(++count);
      const names = scopes.map(({ name }) => name);
      open.set(id, { promised: micros, micros, scopes: names, basis: 'promised' });
      add(names, micros);
      return id;
    },
    settle: async (id, micros, basis = 'reported') => change(id, (entry) => settled(entry, micros, basis)),
    release: async (id, basis = 'reported') =>
      change(id, (entry) => (mayRelease(entry, basis) ? { micros: 0, basis: 'released' } : undefined)),
    async split(id, { micros: wanted }) {
      const entry = open.get(id);
      const micros = entry ? Math.min(wanted, entry.micros) : 0;
      if (entry)
        open.set(id, { ...entry, micros: entry.micros - micros, promised: Math.max(entry.promised - micros, 0) });
      const scopes = (entry ?? settledOnes.get(id))?.scopes ?? [];
      const part = String(++count);
      open.set(part, { promised: micros, micros, scopes, basis: 'promised' });
      return part;
    },
    taken: async (scope) => taken.get(scope) ?? 0,
  };
}

/** The rules of `Ledger`; the store has the same in `store/money.ts`. @returns `undefined` where the word changes nothing */
function settled(
  { promised, micros: before, basis: known }: Entry,
  given: number | undefined,
  basis: SpendingBasis,
): Pick<Entry, 'micros' | 'basis'> | undefined {
  const micros = given ?? (known === 'released' ? promised : before);
  if (known === 'reported') return undefined;
  switch (basis) {
    case 'promised':
      return micros > before ? { micros, basis: known === 'released' ? 'promised' : known } : undefined;
    case 'estimated':
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

const mayRelease = ({ basis: known }: Entry, basis: 'decided' | 'reported'): boolean =>
  known === 'promised' || known === 'estimated' || (known === 'decided' && basis === 'reported');
