/** What was spent and what is promised, in whole micro-dollars. Held in memory here; a store brings one that lasts. */

/** A limit that holds for what is counted together. */
export interface Scope {
  /** E.g. `day 2026-11-25`. */
  readonly name: string;
  readonly limitMicros: number;
}

export interface Refused {
  readonly scope: Scope;
  /** Spent or promised before. */
  readonly takenMicros: number;
}

export interface Ledger {
  /** Promises an amount in every scope, or in none. @returns the promise's id, or which limit it would pass */
  reserve(micros: number, scopes: readonly Scope[]): Promise<string | Refused>;
  /** What it came to in the end; more than was promised is written down too. */
  settle(id: string, micros: number): Promise<void>;
  /** Nothing was charged. */
  release(id: string): Promise<void>;
  /** Spent or promised under this name. */
  taken(scope: string): Promise<number>;
}

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
    async reserve(micros, scopes) {
      const full = scopes.find(({ name, limitMicros }) => (taken.get(name) ?? 0) + micros > limitMicros);
      if (full !== undefined) return { scope: full, takenMicros: taken.get(full.name) ?? 0 };
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
