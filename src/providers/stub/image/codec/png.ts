/**
 * PNG with a deflate encoder that fits the stub's images: their fine grain leaves nothing to find for a search of repeated strings, which
 * takes most of the time of a general encoder. Sources: PNG Specification, third edition, sections 9 and 10; RFC 1950; RFC 1951.
 */
import { assemblePng } from '../../../kit/image/png.ts';
import { nextTurn } from '../paint/pause.ts';
import { checkRaster, type Raster } from '../raster.ts';
import { CODE_LENGTH_SYMBOLS, createPrefixCode, type PrefixCode, packLengths } from './huffman.ts';

/** Each pixel is predicted from the average of its neighbours, which suits grain on soft gradients. */
const AVERAGE = 3;
/** Bytes that share one set of prefix codes: a few milliseconds of work. */
const BLOCK_BYTES = 262_144;
const LITERALS_AND_LENGTHS = 286;
const END_OF_BLOCK = 256;
const LONGEST_CODE = 15;
const LONGEST_LENGTH_CODE = 7;
const MIN_RUN = 3;
const MAX_RUN = 258;
/** The order in which the lengths of the length code are written. */
const LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15] as const;

/**
 * Encodes an image as PNG: RGB if it is opaque, else RGBA. Yields to the event loop every few milliseconds.
 * @param text text chunks by keyword
 * @returns one complete file; the same input gives the same bytes everywhere
 * @throws RangeError when the bytes do not fill the size
 */
export async function encodeStubPng(raster: Raster, text: Readonly<Record<string, string>>): Promise<Uint8Array> {
  checkRaster(raster, 'png');
  const { width, height, data } = raster;
  const channels = isOpaque(data) ? 3 : 4;
  const rowBytes = 1 + width * channels;
  const rowsPerBlock = Math.max(1, Math.floor(BLOCK_BYTES / rowBytes));
  const block = new Uint8Array(Math.min(rowsPerBlock, height) * rowBytes);
  const bits = createBitWriter(1024 + Math.ceil((rowBytes * height) / 2));
  bits.write(0x0178, 16); // zlib: deflate with a window of 32 KiB, no dictionary
  let checksum = 1;
  for (let top = 0; top < height; top += rowsPerBlock) {
    const rows = Math.min(rowsPerBlock, height - top);
    for (let row = 0; row < rows; row += 1) filterRow(raster, top + row, channels, block, row * rowBytes);
    const bytes = block.subarray(0, rows * rowBytes);
    checksum = adler32(bytes, checksum);
    writeBlock(bytes, top + rows === height, bits);
    await nextTurn();
  }
  bits.align();
  for (const shift of [24, 16, 8, 0]) bits.write((checksum >>> shift) & 255, 8);
  return assemblePng({ width, height, channels, text, compressed: bits.done() });
}

function isOpaque(data: Raster['data']): boolean {
  for (let at = 3; at < data.length; at += 4) if (data[at] !== 255) return false;
  return true;
}

/** Writes the filter byte and the filtered row. */
function filterRow({ width, data }: Raster, y: number, channels: 3 | 4, block: Uint8Array, start: number): void {
  const rowStart = y * width * 4;
  block[start] = AVERAGE;
  for (let x = 0, from = rowStart, to = start + 1; x < width; x += 1, from += 4) {
    for (let channel = 0; channel < channels; channel += 1, to += 1) {
      const at = from + channel;
      const left = x === 0 ? 0 : data[at - 4]!;
      const above = y === 0 ? 0 : data[at - width * 4]!;
      block[to] = data[at]! - ((left + above) >> 1);
    }
  }
}

/** Sums that stay below 2^32 until the remainder is taken. */
const ADLER_STEP = 3800;

function adler32(bytes: Uint8Array, seed: number): number {
  let low = seed & 0xffff;
  let high = seed >>> 16;
  for (let at = 0; at < bytes.length; ) {
    for (const end = Math.min(at + ADLER_STEP, bytes.length); at < end; at += 1) {
      low += bytes[at]!;
      high += low;
    }
    low %= 65_521;
    high %= 65_521;
  }
  return ((high << 16) | low) >>> 0;
}

/** Writes one deflate block of literals and of runs of one byte. A first pass counts the symbols to build the codes. */
function writeBlock(bytes: Uint8Array, isLast: boolean, bits: BitWriter): void {
  const counts = new Uint32Array(LITERALS_AND_LENGTHS);
  let hasRuns = false;
  for (let at = 0; at < bytes.length; ) {
    const run = runLength(bytes, at);
    const symbol = run === 0 ? bytes[at]! : lengthSymbol(run).symbol;
    counts[symbol] = counts[symbol]! + 1;
    hasRuns ||= run > 0;
    at += run || 1;
  }
  counts[END_OF_BLOCK] = 1;
  const code = createPrefixCode(counts, LONGEST_CODE);
  bits.write(isLast ? 1 : 0, 1);
  bits.write(2, 2); // dynamic prefix codes
  writeCodes(code, hasRuns, bits);
  bits.reserve(bytes.length * 2); // no literal has more than 15 bits, no run more than 21
  const { codes, lengths } = code;
  for (let at = 0; at < bytes.length; ) {
    const run = runLength(bytes, at);
    if (run === 0) {
      const symbol = bytes[at]!;
      bits.put(codes[symbol]!, lengths[symbol]!);
      at += 1;
      continue;
    }
    const { symbol, extra, extraBits } = lengthSymbol(run);
    bits.put(codes[symbol]!, lengths[symbol]!);
    bits.put(extra, extraBits);
    bits.put(0, 1); // the only distance: one byte back
    at += run;
  }
  bits.put(codes[END_OF_BLOCK]!, lengths[END_OF_BLOCK]!);
}

/** Returns how often the byte before `at` repeats, or 0 for a run that is too short. */
function runLength(bytes: Uint8Array, at: number): number {
  const byte = bytes[at]!;
  if (at === 0 || byte !== bytes[at - 1] || byte !== bytes[at + 1] || byte !== bytes[at + 2]) return 0;
  const limit = Math.min(bytes.length - at, MAX_RUN);
  let length = MIN_RUN;
  while (length < limit && bytes[at + length] === byte) length += 1;
  return length;
}

interface LengthSymbol {
  readonly symbol: number;
  readonly extra: number;
  readonly extraBits: number;
}

/** RFC 1951, section 3.2.5: above 10, four symbols share each number of extra bits. */
const LENGTH_SYMBOLS: readonly LengthSymbol[] = Array.from({ length: MAX_RUN + 1 }, (_, length) => {
  if (length === MAX_RUN) return { symbol: 285, extra: 0, extraBits: 0 };
  const value = Math.max(0, length - MIN_RUN);
  if (value < 8) return { symbol: 257 + value, extra: 0, extraBits: 0 };
  const extraBits = 29 - Math.clz32(value);
  const symbol = 257 + 4 * extraBits + (value >>> extraBits);
  return { symbol, extra: value & ((1 << extraBits) - 1), extraBits };
});

const lengthSymbol = (length: number): LengthSymbol => LENGTH_SYMBOLS[length]!;

function writeCodes(code: PrefixCode, hasRuns: boolean, bits: BitWriter): void {
  const symbols = (code.used.at(-1) ?? END_OF_BLOCK) + 1;
  // One code of one bit for the distance 1; without runs, one of no bits.
  const tokens = packLengths(Uint8Array.of(...code.lengths.subarray(0, symbols), hasRuns ? 1 : 0));
  const counts = new Uint32Array(CODE_LENGTH_SYMBOLS);
  for (const { symbol } of tokens) counts[symbol] = counts[symbol]! + 1;
  const lengthCode = createPrefixCode(counts, LONGEST_LENGTH_CODE);
  let written = LENGTH_ORDER.length;
  while (written > 4 && lengthCode.lengths[LENGTH_ORDER[written - 1]!] === 0) written -= 1;
  bits.write(symbols - 257, 5);
  bits.write(0, 5); // one distance
  bits.write(written - 4, 4);
  for (const symbol of LENGTH_ORDER.slice(0, written)) bits.write(lengthCode.lengths[symbol]!, 3);
  for (const { symbol, extra, extraBits } of tokens) {
    bits.write(lengthCode.codes[symbol]!, lengthCode.lengths[symbol]!);
    bits.write(extra, extraBits);
  }
}

interface BitWriter {
  /** Makes the buffer large enough for so many more bytes. */
  readonly reserve: (bytes: number) => void;
  /** Writes up to 16 bits, the lowest first, into reserved bytes. */
  readonly put: (value: number, length: number) => void;
  /** Reserves bytes and writes. */
  readonly write: (value: number, length: number) => void;
  /** Fills the last byte with zeros. */
  readonly align: () => void;
  /** @returns a view of the whole bytes */
  readonly done: () => Uint8Array;
}

function createBitWriter(capacity: number): BitWriter {
  let buffer = new Uint8Array(capacity);
  let [at, held, count] = [0, 0, 0];
  const reserve = (bytes: number) => {
    if (at + bytes + 4 <= buffer.length) return;
    const larger = new Uint8Array(Math.max(buffer.length * 2, at + bytes + 4));
    larger.set(buffer.subarray(0, at));
    buffer = larger;
  };
  const put = (value: number, length: number) => {
    held |= value << count;
    count += length;
    if (count < 16) return;
    buffer[at] = held;
    buffer[at + 1] = held >>> 8;
    at += 2;
    held >>>= 16;
    count -= 16;
  };
  return {
    reserve,
    put,
    write(value, length) {
      reserve(2);
      put(value, length);
    },
    align() {
      reserve(2);
      for (; count > 0; count -= 8) {
        buffer[at++] = held;
        held >>>= 8;
      }
      count = 0;
    },
    done: () => buffer.subarray(0, at),
  };
}
