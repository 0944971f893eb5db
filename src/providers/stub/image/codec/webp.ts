/** Lossless WebP. Source: RFC 9649 (WebP container and VP8L bitstream). */
import { nextTurn, PIXELS_PER_PAUSE } from '../paint/pause.ts';
import { checkRaster, type Raster } from '../raster.ts';
import { createByteWriter } from './bytes.ts';
import { CODE_LENGTH_SYMBOLS, createPrefixCode, type PrefixCode, packLengths } from './huffman.ts';
import { predict, TILE_BITS } from './webp-predict.ts';

const MAX_SIDE = 16_384;
const MAX_RUN = 4096;
const MIN_RUN = 4;
const PREDICTOR = 0;
const SUBTRACT_GREEN = 2;

/** Writes `length` bits, the lowest first. */
type WriteBits = (value: number, length: number) => void;

/**
 * Encodes an image as lossless WebP. Keeps every byte, including the colours of fully transparent pixels.
 *
 * @returns one complete file; the same input gives the same bytes everywhere
 * @throws RangeError when a side is above 16384 pixels or the bytes do not fill the size
 */
export async function encodeWebp(raster: Raster): Promise<Uint8Array> {
  checkRaster(raster, 'webp');
  const { width, height } = raster;
  if (width > MAX_SIDE || height > MAX_SIDE)
    throw new RangeError(`webp: ${width} x ${height} is too large; a side may have ${MAX_SIDE} pixels`);
  const { pixels, isOpaque } = await readPixels(raster);
  const writer = createByteWriter(1024 + width * height);
  writer.bytes(new Uint8Array(20));
  writer.byte(0x2f);
  const { write, finish } = createBitWriter(writer.byte);
  write(width - 1, 14);
  write(height - 1, 14);
  write(isOpaque ? 0 : 1, 1);
  write(0, 3);
  write(1, 1);
  write(SUBTRACT_GREEN, 2);
  const modes = await predict(pixels, width, height);
  write(1, 1);
  write(PREDICTOR, 2);
  write(TILE_BITS - 2, 3);
  await writeImage(modes, Math.ceil(width / (1 << TILE_BITS)), false, write);
  write(0, 1);
  await writeImage(pixels, width, true, write);
  finish();
  const chunkLength = writer.length - 20;
  if (chunkLength % 2 === 1) writer.byte(0);
  const file = writer.done().slice();
  writeHeader(file, chunkLength);
  return file;
}

function writeHeader(file: Uint8Array, chunkLength: number): void {
  const ascii = (text: string, at: number) =>
    file.set(
      Array.from(text, (sign) => sign.charCodeAt(0)),
      at,
    );
  const view = new DataView(file.buffer);
  ascii('RIFF', 0);
  view.setUint32(4, file.length - 8, true);
  ascii('WEBPVP8L', 8);
  view.setUint32(16, chunkLength, true);
}

/** Returns pixels as ARGB, with green subtracted from red and blue. */
async function readPixels({ data, width, height }: Raster): Promise<{ pixels: Uint32Array; isOpaque: boolean }> {
  const pixels = new Uint32Array(width * height);
  let together = 255;
  for (let i = 0, at = 0; i < pixels.length; i += 1, at += 4) {
    const green = data[at + 1] ?? 0;
    const alpha = data[at + 3] ?? 0;
    together &= alpha;
    const red = ((data[at] ?? 0) - green) & 255;
    const blue = ((data[at + 2] ?? 0) - green) & 255;
    pixels[i] = ((alpha << 24) | (red << 16) | (green << 8) | blue) >>> 0;
    if (i % (4 * PIXELS_PER_PAUSE) === 0) await nextTurn();
  }
  return { pixels, isOpaque: together === 255 };
}

/** Symbols of the five codes: green and run lengths, red, blue, alpha, distance. */
const ALPHABETS = [256 + 24, 256, 256, 256, 40] as const;
const LONGEST_CODE = 15;

/** Writes pixels as literals and as copies of the pixels before or above. A first pass counts the symbols to build the codes. */
async function writeImage(pixels: Uint32Array, width: number, isMain: boolean, write: WriteBits): Promise<void> {
  const counts = ALPHABETS.map((size) => new Uint32Array(size));
  const [green, red, blue, alpha, distance] = counts as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  const count = (list: Uint32Array, symbol: number) => {
    list[symbol] = (list[symbol] ?? 0) + 1;
  };
  await scan(
    pixels,
    width,
    (pixel) => {
      count(green, (pixel >>> 8) & 255);
      count(red, (pixel >>> 16) & 255);
      count(blue, pixel & 255);
      count(alpha, pixel >>> 24);
    },
    (length, isAbove) => {
      count(green, 256 + lengthPrefix(length).symbol);
      count(distance, isAbove ? 0 : 1);
    },
  );
  write(0, 1); // No colour cache.
  if (isMain) write(0, 1); // One set of codes for the whole image.
  const codes = counts.map((list) => createPrefixCode(list, LONGEST_CODE));
  for (const code of codes) writeCode(code, write);
  const [g, r, b, a, d] = codes as [PrefixCode, PrefixCode, PrefixCode, PrefixCode, PrefixCode];
  const put = (code: PrefixCode, symbol: number) => write(code.codes[symbol] ?? 0, code.lengths[symbol] ?? 0);
  await scan(
    pixels,
    width,
    (pixel) => {
      put(g, (pixel >>> 8) & 255);
      put(r, (pixel >>> 16) & 255);
      put(b, pixel & 255);
      put(a, pixel >>> 24);
    },
    (length, isAbove) => {
      const prefix = lengthPrefix(length);
      put(g, 256 + prefix.symbol);
      write(prefix.extra, prefix.extraBits);
      put(d, isAbove ? 0 : 1);
    },
  );
}

/** Distance codes 1 (one row up) and 2 (one pixel back) have the symbols 0 and 1 and no further bits. */
async function scan(
  pixels: Uint32Array,
  width: number,
  literal: (pixel: number) => void,
  copy: (length: number, isAbove: boolean) => void,
): Promise<void> {
  let nextPause = PIXELS_PER_PAUSE;
  for (let i = 0; i < pixels.length; ) {
    const back = i > 0 ? runLength(pixels, i, 1) : 0;
    const above = i >= width ? runLength(pixels, i, width) : 0;
    const length = Math.max(back, above);
    if (length >= MIN_RUN) {
      copy(length, above >= back);
      i += length;
    } else {
      literal(pixels[i] ?? 0);
      i += 1;
    }
    if (i < nextPause) continue;
    nextPause = i + PIXELS_PER_PAUSE;
    await nextTurn();
  }
}

function runLength(pixels: Uint32Array, at: number, distance: number): number {
  const end = Math.min(pixels.length, at + MAX_RUN);
  let i = at;
  while (i < end && pixels[i] === pixels[i - distance]) i += 1;
  return i - at;
}

/** Lengths above 4 share symbols by their two highest bits; the rest follows. */
function lengthPrefix(length: number): { readonly symbol: number; readonly extra: number; readonly extraBits: number } {
  const value = length - 1;
  if (value < 4) return { symbol: value, extra: 0, extraBits: 0 };
  const high = 31 - Math.clz32(value);
  const extraBits = high - 1;
  return { symbol: 2 * high + ((value >> extraBits) & 1), extra: value & ((1 << extraBits) - 1), extraBits };
}

/** The order in which the lengths of the length code are written. */
const LENGTH_ORDER = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] as const;
const LONGEST_LENGTH_CODE = 7;

function writeCode(code: PrefixCode, write: WriteBits): void {
  const [first = 0, second] = code.used;
  if (code.used.length <= 2 && first < 256 && (second ?? 0) < 256) {
    write(1, 1);
    write(second === undefined ? 0 : 1, 1);
    write(first > 1 ? 1 : 0, 1);
    write(first, first > 1 ? 8 : 1);
    if (second !== undefined) write(second, 8);
    return;
  }
  const tokens = packLengths(code.lengths);
  const counts = new Uint32Array(CODE_LENGTH_SYMBOLS);
  for (const { symbol } of tokens) counts[symbol] = (counts[symbol] ?? 0) + 1;
  const lengthCode = createPrefixCode(counts, LONGEST_LENGTH_CODE);
  // A single symbol still needs a length here, although it is written with no bits.
  const lengthOf = (symbol: number): number =>
    lengthCode.used.length === 1 && lengthCode.used[0] === symbol ? 1 : (lengthCode.lengths[symbol] ?? 0);
  let written = LENGTH_ORDER.length;
  while (written > 4 && lengthOf(LENGTH_ORDER[written - 1] ?? 0) === 0) written -= 1;
  write(0, 1);
  write(written - 4, 4);
  for (const symbol of LENGTH_ORDER.slice(0, written)) write(lengthOf(symbol), 3);
  write(0, 1); // Lengths of all symbols follow.
  for (const { symbol, extra, extraBits } of tokens) {
    write(lengthCode.codes[symbol] ?? 0, lengthCode.lengths[symbol] ?? 0);
    write(extra, extraBits);
  }
}

function createBitWriter(byte: (value: number) => void): { readonly write: WriteBits; readonly finish: () => void } {
  let [held, count] = [0, 0];
  return {
    write: (value, length) => {
      held |= value << count;
      count += length;
      while (count >= 8) {
        byte(held & 255);
        held >>>= 8;
        count -= 8;
      }
    },
    finish: () => {
      if (count > 0) byte(held & 255);
    },
  };
}
