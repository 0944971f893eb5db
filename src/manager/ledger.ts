/** Money in whole micro-dollars. What was spent and what is promised is held in memory here; a store brings a ledger that lasts. */
import type { Ledger } from '../store/ports.ts';

const MICRO = 1_000_000;

/** @throws RangeError for what is no amount of money */
export function toMicros(usd: number): number {
  const micros = Math.round(usd * MICRO);
  if (!(micros >= 0) || !Number.isSafeInteger(micros)) throw new RangeError(`${usd} is no amount of dollars`);
  return micros;
}

export const toUsd = (micros: number): number => micros / MICRO;

export function createLedger(): Ledger {
  const taken = new Map<string, number>();
  const promises = new Map<string, { readonly micros: number; readonly scopes: readonly string[] }>();
  let count = 0;
  const add = (scopes: readonly string[], micros: number) => {
    for (const name of scopes) taken.set(name, (taken.get(name) ?? 0) + micros);
  };
  const take = (id: string, micros: number) => {
    const promise = promises.get(id);
    if (promise === undefined) return; // settled before
    promises.delete(id);
    add(promise.scopes, micros - promise.micros);
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
      promises.set(id, { micros, scopes: names });
      add(names, micros);
      return id;
    },
    settle: async (id, micros) => take(id, micros),
    release: async (id) => take(id, 0),
    taken: async (scope) => taken.get(scope) ?? 0,
  };
}
