/** A ledger in memory. A store has a persistent one. */
import {
  type LedgerChange,
  type LedgerEntry,
  releaseEntry,
  settleEntry,
} from '../../providers/protocol/shared/ledger-rules.ts';
import type { Ledger } from '../../store/interfaces.ts';

/** Settled entries whose amount can still be replaced. Older ones keep their amount, so that memory use is bounded. */
const MAX_SETTLED = 1_000;

interface Entry extends LedgerEntry {
  readonly scopes: readonly string[];
}

export function createLedger(): Ledger {
  const takenByScope = new Map<string, number>();
  const open = new Map<string, Entry>();
  const settled = new Map<string, Entry>();
  let count = 0;
  const add = (scopes: readonly string[], micros: number) => {
    for (const name of scopes) takenByScope.set(name, (takenByScope.get(name) ?? 0) + micros);
  };
  const change = (id: string, toChange: (entry: Entry) => LedgerChange | undefined) => {
    const entry = open.get(id) ?? settled.get(id);
    const changed = entry && toChange(entry);
    if (entry === undefined || changed === undefined) return;
    add(entry.scopes, changed.micros - entry.micros);
    const isOpen = changed.basis === 'promised';
    (isOpen ? settled : open).delete(id);
    (isOpen ? open : settled).set(id, { ...entry, ...changed });
    const oldest = settled.keys().next();
    if (settled.size > MAX_SETTLED && !oldest.done) settled.delete(oldest.value);
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
      open.set(id, { promised: micros, micros, scopes: names, basis: 'promised' });
      add(names, micros);
      return id;
    },
    settle: async (id, micros, basis = 'reported') => change(id, (entry) => settleEntry(entry, micros, basis)),
    release: async (id, basis = 'reported') => change(id, (entry) => releaseEntry(entry, basis)),
    async split(id, { micros: requested }) {
      const entry = open.get(id);
      const micros = entry ? Math.min(requested, entry.micros) : 0;
      if (entry) {
        const promised = Math.max(entry.promised - micros, 0);
        open.set(id, { ...entry, micros: entry.micros - micros, promised });
      }
      const scopes = (entry ?? settled.get(id))?.scopes ?? [];
      const part = String(++count);
      open.set(part, { promised: micros, micros, scopes, basis: 'promised' });
      return part;
    },
    taken: async (scope) => takenByScope.get(scope) ?? 0,
  };
}
