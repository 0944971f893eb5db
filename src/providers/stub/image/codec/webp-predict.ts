/** The predictor transform of VP8L: each pixel is replaced by its difference from a value predicted from its neighbours. Pixels are ARGB. */
import { isPauseDue, nextTurn } from '../paint/pause.ts';

/** Side of the tiles that share a prediction mode: 1 << 4 pixels. */
export const TILE_BITS = 4;
const TILE = 1 << TILE_BITS;
const MODES = 14;
const BLACK = 0xff000000;

/**
 * Selects the best prediction mode per tile and replaces all pixels by their differences, in place.
 * @returns one pixel per tile, row by row, the mode in its green channel
 */
export async function predict(pixels: Uint32Array, width: number, height: number): Promise<Uint32Array> {
  const across = Math.ceil(width / TILE);
  const modes = new Uint32Array(across * Math.ceil(height / TILE));
  for (let top = 0, tile = 0; top < height; top += TILE) {
    for (let left = 0; left < width; left += TILE, tile += 1) {
      modes[tile] = (BLACK | (bestMode(pixels, width, height, left, top) << 8)) >>> 0;
    }
    for (let row = top; row < top + TILE; row += 1) if (isPauseDue(row, width)) await nextTurn();
  }
  // From the last pixel to the first, so that the neighbours of each pixel are still unchanged.
  for (let y = height - 1; y >= 0; y -= 1) {
    for (let x = width - 1; x >= 0; x -= 1) {
      const at = y * width + x;
      const mode = y === 0 ? 1 : x === 0 ? 2 : ((modes[(y >> TILE_BITS) * across + (x >> TILE_BITS)] ?? 0) >> 8) & 15;
      const guess = at === 0 ? BLACK : predictPixel(mode, pixels, at, width);
      pixels[at] = subtract(pixels[at] ?? 0, guess);
    }
    if (isPauseDue(y, width)) await nextTurn();
  }
  return modes;
}

/** Compares the modes on every second pixel of every second row. The first row and column have a fixed mode. */
function bestMode(pixels: Uint32Array, width: number, height: number, left: number, top: number): number {
  const bottom = Math.min(height, top + TILE);
  const right = Math.min(width, left + TILE);
  let [best, least] = [11, Infinity];
  for (let mode = 1; mode < MODES; mode += 1) {
    let cost = 0;
    for (let y = Math.max(1, top); y < bottom && cost < least; y += 2) {
      for (let x = Math.max(1, left + ((y >> 1) & 1)); x < right; x += 2) {
        const at = y * width + x;
        cost += size(subtract(pixels[at] ?? 0, predictPixel(mode, pixels, at, width)));
      }
    }
    if (cost < least) [best, least] = [mode, cost];
  }
  return best;
}

/** Returns how far the four differences are from 0, modulo 256. */
function size(difference: number): number {
  let sum = 0;
  for (let shift = 0; shift < 32; shift += 8) {
    const value = (difference >>> shift) & 255;
    sum += value < 128 ? value : 256 - value;
  }
  return sum;
}

/** Source: WebP Lossless Bitstream Specification (RFC 9649), section 4.1. Right of the last column lies the next row's first pixel. */
function predictPixel(mode: number, pixels: Uint32Array, at: number, width: number): number {
  const left = pixels[at - 1] ?? 0;
  const above = pixels[at - width] ?? 0;
  switch (mode) {
    case 1:
      return left;
    case 2:
      return above;
    case 3:
      return pixels[at - width + 1] ?? 0;
    case 4:
      return pixels[at - width - 1] ?? 0;
    case 5:
      return average(average(left, pixels[at - width + 1] ?? 0), above);
    case 6:
      return average(left, pixels[at - width - 1] ?? 0);
    case 7:
      return average(left, above);
    case 8:
      return average(pixels[at - width - 1] ?? 0, above);
    case 9:
      return average(above, pixels[at - width + 1] ?? 0);
    case 10:
      return average(average(left, pixels[at - width - 1] ?? 0), average(above, pixels[at - width + 1] ?? 0));
    case 11:
      return select(left, above, pixels[at - width - 1] ?? 0);
    case 12:
      return slopeFull(left, above, pixels[at - width - 1] ?? 0);
    default:
      return slopeHalf(average(left, above), pixels[at - width - 1] ?? 0);
  }
}

const average = (a: number, b: number): number => (((a ^ b) & 0xfefefefe) >>> 1) + (a & b);

/** Subtracts byte by byte, modulo 256. */
function subtract(a: number, b: number): number {
  const alphaGreen = 0x00ff00ff + (a & 0xff00ff00) - (b & 0xff00ff00);
  const redBlue = 0xff00ff00 + (a & 0x00ff00ff) - (b & 0x00ff00ff);
  return ((alphaGreen & 0xff00ff00) | (redBlue & 0x00ff00ff)) >>> 0;
}

function select(left: number, above: number, corner: number): number {
  let balance = 0;
  for (let shift = 0; shift < 32; shift += 8) {
    const c = (corner >>> shift) & 255;
    const toLeft = ((above >>> shift) & 255) - c;
    const toAbove = ((left >>> shift) & 255) - c;
    balance += (toLeft < 0 ? -toLeft : toLeft) - (toAbove < 0 ? -toAbove : toAbove);
  }
  return balance < 0 ? left : above;
}

function slopeFull(left: number, above: number, corner: number): number {
  let result = 0;
  for (let shift = 0; shift < 32; shift += 8) {
    const value = ((left >>> shift) & 255) + ((above >>> shift) & 255) - ((corner >>> shift) & 255);
    result |= clampByte(value) << shift;
  }
  return result;
}

function slopeHalf(middle: number, corner: number): number {
  let result = 0;
  for (let shift = 0; shift < 32; shift += 8) {
    const value = (middle >>> shift) & 255;
    const step = value - ((corner >>> shift) & 255);
    result |= clampByte(value + (step < 0 ? -(-step >> 1) : step >> 1)) << shift;
  }
  return result;
}

const clampByte = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : value);
