/** Baseline JPEG. Source: ITU-T T.81; JFIF 1.02. The cosine transform is that of Arai, Agui and Nakajima. */
import { isPauseDue, nextTurn } from '../paint/pause.ts';
import { checkRaster, type Raster } from '../raster.ts';
import { type ByteWriter, createByteWriter } from './bytes.ts';
import {
  CHROMINANCE_AC,
  CHROMINANCE_DC,
  type HuffmanTable,
  LUMINANCE_AC,
  LUMINANCE_DC,
  quantisation,
  ZIGZAG,
} from './jpeg-tables.ts';

const MAX_SIDE = 65_535;
/** From this quality, colour has full resolution. Below it, the resolution is halved in both directions, as JPEG encoders commonly do. */
const FULL_COLOR_QUALITY = 90;

interface Component {
  readonly id: number;
  /** Blocks per side in one unit of coding. */
  readonly sampling: 1 | 2;
  readonly steps: Uint8Array;
  /** The factors for transformed coefficients before rounding, row by row. */
  readonly factors: Float64Array;
  readonly table: 0 | 1;
  readonly dc: HuffmanTable;
  readonly ac: HuffmanTable;
}

/**
 * Encodes an image as baseline JPEG. Transparent pixels are blended with white.
 *
 * @param quality 1 to 100. From 90, colour has full resolution (4:4:4), below 90 half (4:2:0). @default 90
 * @returns one complete file; the same input gives the same bytes everywhere
 * @throws RangeError when a side is above 65535 pixels or the bytes do not fill the size, or for a quality outside 1..100
 */
export async function encodeJpeg(raster: Raster, quality = 90): Promise<Uint8Array> {
  checkRaster(raster, 'jpeg');
  const { width, height } = raster;
  if (width > MAX_SIDE || height > MAX_SIDE)
    throw new RangeError(`jpeg: ${width} x ${height} is too large; a side may have ${MAX_SIDE} pixels`);
  if (!(quality >= 1 && quality <= 100)) throw new RangeError(`jpeg: quality ${quality} is not from 1 to 100`);
  const components = createComponents(Math.round(quality));
  const writer = createByteWriter(4096 + ((width * height) >> 1));
  writeHeader(writer, components, width, height);
  const bits = createBitWriter(writer);
  const side = (components[0]?.sampling ?? 1) * 8;
  const unit = components.map(() => new Float64Array(side * side));
  const block = new Float64Array(64);
  const before = [0, 0, 0];
  for (let top = 0; top < height; top += side) {
    for (let left = 0; left < width; left += side) {
      readUnit(raster, left, top, side, unit);
      components.forEach((component, index) => {
        const plane = unit[index] ?? block;
        if (side === 16 && component.sampling === 1) halve(plane);
        const stride = component.sampling * 8;
        for (let y = 0; y < stride; y += 8) {
          for (let x = 0; x < stride; x += 8) {
            for (let row = 0; row < 8; row += 1) {
              const from = (y + row) * (stride === 8 && side === 16 ? 8 : side) + x;
              for (let column = 0; column < 8; column += 1) block[row * 8 + column] = plane[from + column] ?? 0;
            }
            transform(block);
            before[index] = writeBlock(bits, block, component, before[index] ?? 0);
          }
        }
      });
    }
    for (let row = top; row < top + side; row += 1) if (isPauseDue(row, width)) await nextTurn();
  }
  bits.finish();
  writer.uint16(0xffd9);
  return writer.done().slice();
}

function createComponents(quality: number): readonly Component[] {
  const { luminance, chrominance } = quantisation(quality);
  const sampling = quality >= FULL_COLOR_QUALITY ? 1 : 2;
  const bright = {
    id: 1,
    sampling,
    steps: luminance,
    factors: toFactors(luminance),
    table: 0,
    dc: LUMINANCE_DC,
    ac: LUMINANCE_AC,
  } as const;
  const color = {
    sampling: 1,
    steps: chrominance,
    factors: toFactors(chrominance),
    table: 1,
    dc: CHROMINANCE_DC,
    ac: CHROMINANCE_AC,
  } as const;
  return [bright, { id: 2, ...color }, { id: 3, ...color }];
}

/** The transform leaves each row and column scaled by these. */
const SCALES = [1, 1.387039845, 1.306562965, 1.175875602, 1, 0.785694958, 0.5411961, 0.275899379];

const toFactors = (steps: Uint8Array): Float64Array =>
  Float64Array.from(steps, (step, at) => 1 / (step * (SCALES[at >> 3] ?? 1) * (SCALES[at & 7] ?? 1) * 8));

function writeHeader(writer: ByteWriter, components: readonly Component[], width: number, height: number): void {
  writer.bytes([0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]);
  for (const component of components.slice(0, 2)) {
    writer.bytes([0xff, 0xdb, 0, 67, component.table]);
    writer.bytes(Array.from(ZIGZAG, (at) => component.steps[at] ?? 1));
  }
  writer.bytes([0xff, 0xc0, 0, 17, 8]);
  writer.uint16(height);
  writer.uint16(width);
  writer.byte(components.length);
  for (const { id, sampling, table } of components) writer.bytes([id, sampling * 17, table]);
  for (const { table, dc, ac } of components.slice(0, 2)) {
    for (const [kind, huffman] of [
      [0, dc],
      [16, ac],
    ] as const) {
      writer.uint16(0xffc4);
      writer.uint16(19 + huffman.symbols.length);
      writer.byte(kind + table);
      writer.bytes(huffman.counts);
      writer.bytes(huffman.symbols);
    }
  }
  writer.bytes([0xff, 0xda, 0, 12, components.length]);
  for (const { id, table } of components) writer.bytes([id, table * 17]);
  writer.bytes([0, 63, 0]);
}

/** Fills the planes of one unit with brightness and colour differences; edge pixels of the image are repeated. */
function readUnit(raster: Raster, left: number, top: number, side: number, unit: readonly Float64Array[]): void {
  const { width, height, data } = raster;
  const [bright, blueness, redness] = unit as [Float64Array, Float64Array, Float64Array];
  for (let y = 0, to = 0; y < side; y += 1) {
    const row = Math.min(height - 1, top + y) * width;
    for (let x = 0; x < side; x += 1, to += 1) {
      const at = (row + Math.min(width - 1, left + x)) * 4;
      const alpha = (data[at + 3] ?? 255) / 255;
      const white = 255 * (1 - alpha);
      const red = (data[at] ?? 0) * alpha + white;
      const green = (data[at + 1] ?? 0) * alpha + white;
      const blue = (data[at + 2] ?? 0) * alpha + white;
      bright[to] = 0.299 * red + 0.587 * green + 0.114 * blue - 128;
      blueness[to] = -0.168735892 * red - 0.331264108 * green + 0.5 * blue;
      redness[to] = 0.5 * red - 0.418687589 * green - 0.081312411 * blue;
    }
  }
}

/** Averages four pixels each of a 16 x 16 plane into its first 64 numbers. */
function halve(plane: Float64Array): void {
  for (let y = 0; y < 8; y += 1) {
    for (let x = 0; x < 8; x += 1) {
      const from = y * 32 + x * 2;
      plane[y * 8 + x] =
        ((plane[from] ?? 0) + (plane[from + 1] ?? 0) + (plane[from + 16] ?? 0) + (plane[from + 17] ?? 0)) / 4;
    }
  }
}

/** The forward cosine transform in place: rows, then columns. */
function transform(block: Float64Array): void {
  for (let row = 0; row < 64; row += 8) pass(block, row, 1);
  for (let column = 0; column < 8; column += 1) pass(block, column, 8);
}

function pass(d: Float64Array, at: number, step: number): void {
  const [v0, v1, v2, v3] = [d[at] ?? 0, d[at + step] ?? 0, d[at + 2 * step] ?? 0, d[at + 3 * step] ?? 0];
  const [v4, v5, v6, v7] = [d[at + 4 * step] ?? 0, d[at + 5 * step] ?? 0, d[at + 6 * step] ?? 0, d[at + 7 * step] ?? 0];
  const [s0, s1, s2, s3] = [v0 + v7, v1 + v6, v2 + v5, v3 + v4];
  const [t0, t1, t2, t3] = [v0 - v7, v1 - v6, v2 - v5, v3 - v4];
  const [a0, a1, a2, a3] = [s0 + s3, s1 + s2, s1 - s2, s0 - s3];
  const z1 = (a2 + a3) * Math.SQRT1_2;
  d[at] = a0 + a1;
  d[at + 4 * step] = a0 - a1;
  d[at + 2 * step] = a3 + z1;
  d[at + 6 * step] = a3 - z1;
  const [b0, b1, b2] = [t3 + t2, t2 + t1, t1 + t0];
  const z5 = (b0 - b2) * 0.382683433;
  const z2 = 0.5411961 * b0 + z5;
  const z4 = 1.306562965 * b2 + z5;
  const z3 = b1 * Math.SQRT1_2;
  const [z11, z13] = [t0 + z3, t0 - z3];
  d[at + 5 * step] = z13 + z2;
  d[at + 3 * step] = z13 - z2;
  d[at + step] = z11 + z4;
  d[at + 7 * step] = z11 - z4;
}

interface BitWriter {
  write(value: number, length: number): void;
  /** Fills the last byte with ones. */
  finish(): void;
}

function createBitWriter(writer: ByteWriter): BitWriter {
  let [held, count] = [0, 0];
  const write = (value: number, length: number): void => {
    held = (held << length) | value;
    count += length;
    while (count >= 8) {
      count -= 8;
      const byte = (held >>> count) & 255;
      writer.byte(byte);
      if (byte === 255) writer.byte(0);
    }
    held &= (1 << count) - 1;
  };
  return { write, finish: () => (count > 0 ? write((1 << (8 - count)) - 1, 8 - count) : undefined) };
}

const LAST_OF_16_ZEROS = 0xf0;
const END_OF_BLOCK = 0;
/** The largest coefficient that has a code in the standard's tables. */
const MAX_COEFFICIENT = 1023;

/** @returns the block's mean; the next block stores its difference from it */
function writeBlock(bits: BitWriter, block: Float64Array, component: Component, before: number): number {
  const { factors, dc, ac } = component;
  const mean = Math.round((block[0] ?? 0) * (factors[0] ?? 1));
  writeValue(bits, dc, 0, mean - before);
  let zeros = 0;
  for (let n = 1; n < 64; n += 1) {
    const at = ZIGZAG[n] ?? 0;
    const exact = Math.round((block[at] ?? 0) * (factors[at] ?? 1));
    const value = exact > MAX_COEFFICIENT ? MAX_COEFFICIENT : exact < -MAX_COEFFICIENT ? -MAX_COEFFICIENT : exact;
    if (value === 0) {
      zeros += 1;
      continue;
    }
    for (; zeros > 15; zeros -= 16) bits.write(ac.codes[LAST_OF_16_ZEROS] ?? 0, ac.lengths[LAST_OF_16_ZEROS] ?? 0);
    writeValue(bits, ac, zeros, value);
    zeros = 0;
  }
  if (zeros > 0) bits.write(ac.codes[END_OF_BLOCK] ?? 0, ac.lengths[END_OF_BLOCK] ?? 0);
  return mean;
}

function writeValue(bits: BitWriter, table: HuffmanTable, zeros: number, value: number): void {
  const size = 32 - Math.clz32(value < 0 ? -value : value);
  const symbol = zeros * 16 + size;
  bits.write(table.codes[symbol] ?? 0, table.lengths[symbol] ?? 0);
  if (size > 0) bits.write(value < 0 ? value + (1 << size) - 1 : value, size);
}
