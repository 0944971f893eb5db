/** Chance, where a request needs some: real for a call, and the same every time for a plan. */

export interface RandomSource {
  /** Lower case. */
  readonly uuid: () => string;
  /** A whole number of these, both included. At most 2^53 - 1. */
  readonly whole: (least: number, most: number) => number;
}

export const random: RandomSource = {
  uuid() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  },
  whole(least, most) {
    const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
    // 53 bits: as fine as a number can be.
    const share = ((high >>> 5) * 0x4000000 + (low >>> 6)) / 2 ** 53;
    return least + Math.floor(share * (most - least + 1));
  },
};

/** What a plan shows in the place of what a call makes up. */
const EXAMPLE = 42;
export const fixedRandom: RandomSource = {
  uuid: () => '00000000-0000-4000-8000-000000000000',
  whole: (least, most) => Math.min(least + EXAMPLE, most),
};
