/** A ledger in memory. A store has a persistent one. */
import {
  applyCost,
  applyMinimum,
  applyRelease,
  type LedgerChange,
  type LedgerEntry,
} from '../../providers/protocol/shared/ledger-rules.ts';
import type { Ledger } from '../../store/interfaces.ts';

/** Entries with a known cost whose amount can still be replaced. Older ones keep their amount, so that memory use is bounded. */
const MAX_CLOSED = 1_000;

interface Entry extends LedgerEntry {
  readonly scopes: readonly string[];
}

export function createLedger(): Ledger {
  const takenByScope = new Map<string, number>();
  const open = new Map<string, Entry>();
  const closed = new Map<string, Entry>();
  let count = 0;
  const add = (scopes: readonly string[], micros: number) => {
    for (const name of scopes) takenByScope.set(name, (takenByScope.get(name) ?? 0) + micros);
  };
  const change = (id: string, toChange: (entry: Entry) => LedgerChange | undefined) => {
    const entry = open.get(id) ?? closed.get(id);
    const changed = entry && toChange(entry);
    if (entry === undefined || changed === undefined) return;
    add(entry.scopes, changed.micros - entry.micros);
    const isOpen = changed.basis === 'reserved';
    (isOpen ? closed : open).delete(id);
    (isOpen ? open : closed).set(id, { ...entry, ...changed });
    const oldest = closed.keys().next();
    if (closed.size > MAX_CLOSED && !oldest.done) closed.delete(oldest.value);
  };
  return {
    // The check and the write happen without an await in between, so that concurrent calls cannot pass a limit together.
    async reserve({ micros }, scopes) {
      for (const { name, limitMicros } of scopes) {
        const takenMicros = takenByScope.get(name) ?? 0;
        if (limitMicros !== undefined && takenMicros + micros > limitMicros) {
          return { scope: { name, limitMicros }, takenMicros };
        }
      }
      const id = String(++count);
      const names = scopes.map(({ name }) => name);
      open.set(id, { reserved: micros, micros, scopes: names, basis: 'reserved' });
      add(names, micros);
      return id;
    },
    raiseReservation: async (id, minMicros) => change(id, (entry) => applyMinimum(entry, minMicros)),
    recordCost: async (id, micros, basis = 'reported') => change(id, (entry) => applyCost(entry, micros, basis)),
    release: async (id, basis = 'reported') => change(id, (entry) => applyRelease(entry, basis)),
    async split(id, { micros: requested }) {
      const entry = open.get(id);
      const micros = entry ? Math.min(requested, entry.micros) : 0;
      if (entry) {
        const reserved = Math.max(entry.reserved - micros, 0);
        open.set(id, { ...entry, micros: entry.micros - micros, reserved });
      }
      const scopes = (entry ?? closed.get(id))?.scopes ?? [];
      const part = String(++count);
      open.set(part, { reserved: micros, micros, scopes, basis: 'reserved' });
      return part;
    },
    taken: async (scope) => takenByScope.get(scope) ?? 0,
  };
}
