/** Seeded random numbers and hashes, identical on every platform. Not for secrets. */

export interface SeededRandom {
  /** A number from 0 up to, but not including, 1. */
  next(): number;
  range(from: number, to: number): number;
  /** A whole number from 0 to `count - 1`. */
  int(count: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** Returns a separate generator for one purpose. Using it does not change the numbers of other generators. */
  fork(purpose: string): SeededRandom;
  /** A 32-bit number for hashes and noise. */
  readonly seed: number;
}

/** Returns an unsigned 32-bit hash of a text. Every UTF-16 unit counts, including unpaired surrogates. */
export function hashText(text: string, seed = 0): number {
  let h = 0x811c9dc5 ^ seed;
  for (let i = 0; i < text.length; i += 1) {
    h = Math.imul(h ^ text.charCodeAt(i), 0x5bd1e995);
    h ^= h >>> 15;
  }
  return mixBits(h ^ text.length);
}

/** The finaliser of MurmurHash3. */
export function mixBits(value: number): number {
  let h = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Returns the hash of a point on a grid. */
export function hashPoint(seed: number, x: number, y: number): number {
  let h = Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1) ^ seed;
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return (h ^ (h >>> 15)) >>> 0;
}

/** Creates an sfc32 generator (Chris Doty-Humphrey) with a text as its seed. */
export function createRandom(text: string): SeededRandom {
  const seed = hashText(text);
  let [a, b, c, d] = [seed, hashText(text, 1), hashText(text, 2), 1];
  const next = (): number => {
    const sum = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 4294967296;
  };
  for (let i = 0; i < 12; i += 1) next();
  const int = (count: number): number => Math.floor(next() * count);
  return {
    seed,
    next,
    int,
    range: (from, to) => from + (to - from) * next(),
    chance: (probability) => next() < probability,
    pick: <T>(list: readonly T[]): T => {
      const item = list[int(list.length)];
      if (item === undefined) throw new RangeError('pick: the list is empty');
      return item;
    },
    fork: (purpose) => createRandom(`${purpose}\n${text}`),
  };
}
