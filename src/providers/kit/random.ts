/** Random values of requests: real ones for a call, fixed ones for a plan. */

export interface RandomSource {
  /** Lower case. */
  readonly uuid: () => string;
  /** A random integer from `min` to `max`, inclusive. `max` is at most 2^53 - 1. */
  readonly integer: (min: number, max: number) => number;
}

export const random: RandomSource = {
  uuid() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  },
  integer(min, max) {
    const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
    // A fraction with 53 bits, the precision of a number.
    const fraction = ((high >>> 5) * 0x4000000 + (low >>> 6)) / 2 ** 53;
    return min + Math.floor(fraction * (max - min + 1));
  },
};

/** The example values that a plan shows. */
const EXAMPLE = 42;
export const fixedRandom: RandomSource = {
  uuid: () => '00000000-0000-4000-8000-000000000000',
  integer: (min, max) => Math.min(min + EXAMPLE, max),
};
