/** Prefix codes of limited length, as VP8L and deflate require them: canonical, written from the lowest bit. */

export interface PrefixCode {
  /** By symbol; 0 for a symbol that does not occur. If only one symbol occurs, its length is 0 and it needs no bits. */
  readonly lengths: Uint8Array;
  /** Bits in the order in which they are written. */
  readonly codes: Uint16Array;
  /** The symbols that occur, ascending. */
  readonly used: readonly number[];
}

/** @param limit the maximum length of a code in bits */
export function createPrefixCode(counts: Uint32Array, limit: number): PrefixCode {
  const used: number[] = [];
  counts.forEach((count, symbol) => {
    if (count > 0) used.push(symbol);
  });
  const lengths = new Uint8Array(counts.length);
  const codes = new Uint16Array(counts.length);
  if (used.length > 1) {
    for (let minCount = 1; !fillLengths(used, counts, minCount, limit, lengths); minCount *= 2);
    fillCodes(lengths, codes, limit);
  }
  return { lengths, codes, used };
}

/**
 * Huffman's algorithm with two queues. Raising the smallest counts to `minCount` flattens the tree.
 * @returns false if a code is longer than the limit
 */
function fillLengths(
  used: readonly number[],
  counts: Uint32Array,
  minCount: number,
  limit: number,
  lengths: Uint8Array,
): boolean {
  const weight = (symbol: number): number => Math.max(minCount, counts[symbol] ?? 0);
  const leaves = [...used].sort((a, b) => weight(a) - weight(b) || a - b);
  const weights = leaves.map(weight);
  const parents: number[] = [];
  let [leaf, inner] = [0, leaves.length];
  const takeLightest = (): number => {
    const isLeaf = leaf < leaves.length && (inner >= weights.length || (weights[leaf] ?? 0) <= (weights[inner] ?? 0));
    return isLeaf ? leaf++ : inner++;
  };
  for (let made = 1; made < leaves.length; made += 1) {
    const [first, second] = [takeLightest(), takeLightest()];
    parents[first] = weights.length;
    parents[second] = weights.length;
    weights.push((weights[first] ?? 0) + (weights[second] ?? 0));
  }
  const depths = new Uint8Array(weights.length);
  for (let node = weights.length - 2; node >= 0; node -= 1) depths[node] = (depths[parents[node] ?? 0] ?? 0) + 1;
  leaves.forEach((symbol, index) => {
    lengths[symbol] = depths[index] ?? 0;
  });
  return leaves.every((_, index) => (depths[index] ?? 0) <= limit);
}

function fillCodes(lengths: Uint8Array, codes: Uint16Array, limit: number): void {
  let code = 0;
  for (let length = 1; length <= limit; length += 1, code <<= 1) {
    for (let symbol = 0; symbol < lengths.length; symbol += 1) {
      if (lengths[symbol] !== length) continue;
      codes[symbol] = reverse(code, length);
      code += 1;
    }
  }
}

function reverse(code: number, length: number): number {
  let result = 0;
  for (let bit = 0; bit < length; bit += 1) result |= ((code >> bit) & 1) << (length - 1 - bit);
  return result;
}

/** Symbols of the code for lengths: the lengths 0 to 15, and the three repetitions. */
export const CODE_LENGTH_SYMBOLS = 19;

interface LengthToken {
  readonly symbol: number;
  readonly extra: number;
  readonly extraBits: number;
}

/** Compresses runs of code lengths: 16 repeats the last length, 17 and 18 stand for few and many zeros. */
export function packLengths(lengths: Uint8Array): LengthToken[] {
  const tokens: LengthToken[] = [];
  for (let at = 0; at < lengths.length; ) {
    const length = lengths[at] ?? 0;
    let run = 1;
    while (at + run < lengths.length && lengths[at + run] === length) run += 1;
    at += run;
    if (length !== 0) {
      tokens.push({ symbol: length, extra: 0, extraBits: 0 });
      run -= 1;
    }
    while (run >= 3) {
      const [symbol, least, most, extraBits] =
        length !== 0 ? [16, 3, 6, 2] : run > 10 ? [18, 11, 138, 7] : [17, 3, 10, 3];
      const taken = Math.min(run, most);
      tokens.push({ symbol, extra: taken - least, extraBits });
      run -= taken;
    }
    for (; run > 0; run -= 1) tokens.push({ symbol: length, extra: 0, extraBits: 0 });
  }
  return tokens;
}
