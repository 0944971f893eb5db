/** The five row filters of PNG. Source: PNG Specification, third edition, section 9. */

/** Filter types as numbered in the file. */
const NONE = 0;
const SUB = 1;
const UP = 2;
const AVERAGE = 3;
const PAETH = 4;
const FILTERS = [NONE, SUB, UP, AVERAGE, PAETH] as const;
type Filter = (typeof FILTERS)[number];

/** A filter is chosen from about this many bytes of a row; more do not improve the choice for photographs. */
const SAMPLED_BYTES = 512;

/**
 * Restores a row in place.
 * @param filter the row's first byte
 * @param above the restored row above, zeros for the first one
 * @param step bytes per whole pixel, at smallestSum 1
 * @returns false if the filter does not exist
 */
export function unfilterRow(filter: number, row: Uint8Array, above: Uint8Array, step: number): boolean {
  const length = row.length;
  switch (filter) {
    case NONE:
      return true;
    case SUB:
      for (let i = step; i < length; i++) row[i] = row[i]! + row[i - step]!;
      return true;
    case UP:
      for (let i = 0; i < length; i++) row[i] = row[i]! + above[i]!;
      return true;
    case AVERAGE:
      for (let i = 0; i < length; i++) row[i] = row[i]! + (((i < step ? 0 : row[i - step]!) + above[i]!) >> 1);
      return true;
    case PAETH:
      for (let i = 0; i < step && i < length; i++) row[i] = row[i]! + above[i]!;
      for (let i = step; i < length; i++) row[i] = row[i]! + paeth(row[i - step]!, above[i]!, above[i - step]!);
      return true;
    default:
      return false;
  }
}

/**
 * Writes the filter byte and the filtered row.
 * @param target `1 + row.length` bytes
 */
export function filterRow(target: Uint8Array, row: Uint8Array, above: Uint8Array, step: number): void {
  const filter = chooseFilter(row, above, step);
  target[0] = filter;
  if (filter === NONE) {
    target.set(row, 1);
    return;
  }
  for (let i = 0; i < row.length; i++) target[i + 1] = predicted(filter, row, above, i, step);
}

/** The common heuristic: the filter with the smallest absolute values. On a tie, the simpler one. */
function chooseFilter(row: Uint8Array, above: Uint8Array, step: number): Filter {
  // An odd stride covers all channels of a pixel.
  const stride = Math.floor(row.length / SAMPLED_BYTES) | 1;
  let best: Filter = NONE;
  let smallestSum = Number.POSITIVE_INFINITY;
  for (const filter of FILTERS) {
    let sum = 0;
    for (let i = 0; i < row.length; i += stride) {
      const value = predicted(filter, row, above, i, step) & 255;
      sum += value < 128 ? value : 256 - value;
    }
    if (sum < smallestSum) {
      smallestSum = sum;
      best = filter;
    }
  }
  return best;
}

/** The difference from the prediction; only the low eight bits matter. */
function predicted(filter: Filter, row: Uint8Array, above: Uint8Array, i: number, step: number): number {
  const value = row[i]!;
  const left = i < step ? 0 : row[i - step]!;
  switch (filter) {
    case NONE:
      return value;
    case SUB:
      return value - left;
    case UP:
      return value - above[i]!;
    case AVERAGE:
      return value - ((left + above[i]!) >> 1);
    case PAETH:
      return value - paeth(left, above[i]!, i < step ? 0 : above[i - step]!);
  }
}

/** The neighbour that is nearest to left + up - upLeft; on a tie left, then up. */
function paeth(left: number, up: number, upLeft: number): number {
  const toLeft = Math.abs(up - upLeft);
  const toUp = Math.abs(left - upLeft);
  const toUpLeft = Math.abs(left + up - 2 * upLeft);
  if (toLeft <= toUp && toLeft <= toUpLeft) return left;
  return toUp <= toUpLeft ? up : upLeft;
}
