/**
 * Small images for conversations: complete files of any size in one shade of grey, from a few hundred bytes to a few kilobytes.
 * Sources: JPEG ITU T.81 (baseline), WebP lossless bitstream specification, GIF89a, SVG 2.
 */
import { encodePng } from '../providers/kit/image/png.ts';
import type { ImageFormat, MaskConvention } from '../providers/protocol/index.ts';

/** The formats that sketches support. AVIF is missing because its encoder is not a few lines long. */
export const SKETCH_FORMATS = ['png', 'jpeg', 'webp', 'gif', 'svg'] as const satisfies readonly ImageFormat[];
export type SketchFormat = (typeof SKETCH_FORMATS)[number];

/** The shorthand in a conversation for the bytes of an image (in JSON: their base64). */
export interface ImageSketch {
  readonly $image: SketchFormat;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Grey level from 0 (black) to 255 (white), to distinguish images. @default 128 */
  readonly shade?: number | undefined;
  /** Truncates the file: 0.6 keeps the first 60 %. @default 1 */
  readonly keep?: number | undefined;
}

/** The shorthand for a mask: a PNG with one rectangle to repaint. */
export interface MaskSketch {
  readonly $mask: MaskConvention;
  readonly width: number;
  readonly height: number;
  /** Left, top, width and height in pixels. */
  readonly repaint: readonly [number, number, number, number];
}

/** Encoded sketches, because a suite uses the same few images hundreds of times. */
const encoded = new Map<string, Promise<Uint8Array>>();
const MAX_ENCODED = 64;

/** Encodes a sketch. The same sketch always gives the same bytes, each time as a new copy. */
export async function encodeSketch(sketch: ImageSketch | MaskSketch): Promise<Uint8Array> {
  const key = JSON.stringify(sketch);
  const known = encoded.get(key);
  if (known !== undefined) return (await known).slice();
  const encoding = encode(sketch);
  // A failure is not cached.
  encoding.catch(() => encoded.delete(key));
  if (encoded.size >= MAX_ENCODED) encoded.delete(encoded.keys().next().value!);
  encoded.set(key, encoding);
  return (await encoding).slice();
}

async function encode(sketch: ImageSketch | MaskSketch): Promise<Uint8Array> {
  if ('$mask' in sketch) return drawMask(sketch);
  const { width, height, shade = 128, keep = 1 } = sketch;
  const bytes = await encoders[sketch.$image](width, height, shade);
  return keep === 1 ? bytes : bytes.slice(0, Math.floor(bytes.length * keep));
}

function drawMask({ $mask, width, height, repaint: [left, top, columns, rows] }: MaskSketch): Promise<Uint8Array> {
  const hasHole = $mask === 'transparent-repaints';
  const channels = hasHole ? 4 : 1;
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isInside = x >= left && x < left + columns && y >= top && y < top + rows;
      const at = (y * width + x) * channels;
      // Holes are white below their transparency; see `convertMask`.
      if (hasHole) data.set(isInside ? [255, 255, 255, 0] : [0, 0, 0, 255], at);
      else data[at] = isInside === ($mask === 'white-repaints') ? 255 : 0;
    }
  }
  return encodePng({ width, height, data, channels });
}

type Encode = (width: number, height: number, shade: number) => Uint8Array | Promise<Uint8Array>;

const encoders: Readonly<Record<SketchFormat, Encode>> = {
  png: (width, height, shade) =>
    encodePng({ width, height, data: new Uint8Array(width * height).fill(shade), channels: 1 }),
  jpeg: encodeJpeg,
  webp: encodeWebp,
  gif: encodeGif,
  svg: (width, height, shade) =>
    new TextEncoder().encode(
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="rgb(${shade},${shade},${shade})"/></svg>`,
    ),
};

/** One grey component. Every block after the first equals the one before, which takes two zero bits. */
function encodeJpeg(width: number, height: number, shade: number): Uint8Array {
  // With every quantizer at 8, the first coefficient is the grey level itself.
  const level = shade - 128;
  const length = level === 0 ? 0 : Math.floor(Math.log2(Math.abs(level))) + 1;
  const first =
    level === 0 ? '0' : `10${(level > 0 ? level : level + 2 ** length - 1).toString(2).padStart(length, '0')}`;
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  const bitCount = first.length + 1 + 2 * (blocks - 1);
  const scan = new Uint8Array(Math.ceil(bitCount / 8));
  for (const [at, bit] of [...first].entries()) if (bit === '1') scan[at >> 3]! |= 0x80 >> (at & 7);
  // Fills the rest of the last byte with ones.
  if (bitCount % 8 !== 0) scan[scan.length - 1]! |= 0xff >> (bitCount % 8);
  const counts = (...used: number[]) => Array.from({ length: 16 }, (_, at) => used[at] ?? 0);
  const dcSymbols = level === 0 ? [0] : [0, length];
  return Uint8Array.of(
    ...[0xff, 0xd8],
    ...segment(0xdb, [0, ...new Array<number>(64).fill(8)]),
    ...segment(0xc0, [8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0]),
    ...segment(0xc4, [0x00, ...counts(1, dcSymbols.length - 1), ...dcSymbols]),
    ...segment(0xc4, [0x10, ...counts(1), 0]),
    ...segment(0xda, [1, 1, 0, 0, 63, 0]),
    ...scan,
    ...[0xff, 0xd9],
  );
}

function segment(marker: number, data: readonly number[]): number[] {
  const length = data.length + 2;
  return [0xff, marker, length >> 8, length & 255, ...data];
}

/** Prefix codes with a single symbol take no bits, so the pixels take none. */
function encodeWebp(width: number, height: number, shade: number): Uint8Array {
  const bits = new BitWriter();
  bits.write(0x2f, 8); // signature
  bits.write(width - 1, 14);
  bits.write(height - 1, 14);
  bits.write(0, 1 + 3 + 1 + 1 + 1); // no alpha, version 0, no transform, no colour cache, no meta prefix codes
  for (const symbol of [shade, shade, shade, 255]) {
    bits.write(0b101, 3); // a simple code, one symbol, written in eight bits
    bits.write(symbol, 8);
  }
  bits.write(0b0001, 4); // distances: a simple code with the symbol 0, written in one bit
  const data = bits.end();
  const padded = data.length + (data.length % 2);
  const file = new Uint8Array(20 + padded);
  const view = new DataView(file.buffer);
  file.set(new TextEncoder().encode('RIFF....WEBPVP8L'));
  view.setUint32(4, 12 + padded, true);
  view.setUint32(16, data.length, true);
  file.set(data, 20);
  return file;
}

const GIF_CLEAR = 4;
const GIF_END = 5;
/** The last code of twelve bits. */
const GIF_LAST = 4095;

/** Runs of one colour: the first code is one pixel, and each further code is one pixel longer than the one before. */
function encodeGif(width: number, height: number, shade: number): Uint8Array {
  const bits = new BitWriter();
  let size = 3;
  let next = GIF_END + 1;
  let longest = 1;
  bits.write(GIF_CLEAR, size);
  for (let left = width * height; left > 0; ) {
    const run = Math.min(longest, left);
    bits.write(run === 1 ? 0 : GIF_END - 1 + run, size);
    left -= run;
    if (next === 1 << size && size < 12) size++;
    next++;
    longest++;
    if (next > GIF_LAST && left > 0) {
      bits.write(GIF_CLEAR, size);
      size = 3;
      next = GIF_END + 1;
      longest = 1;
    }
  }
  bits.write(GIF_END, size);
  const data = bits.end();
  const blocks: number[] = [];
  for (let at = 0; at < data.length; at += 255) {
    const block = data.subarray(at, at + 255);
    blocks.push(block.length, ...block);
  }
  const [low, high] = [(value: number) => value & 255, (value: number) => value >> 8];
  const screen = [low(width), high(width), low(height), high(height)];
  return Uint8Array.of(
    ...new TextEncoder().encode('GIF89a'),
    ...screen,
    ...[0x80, 0, 0], // a palette of two colours follows
    ...[shade, shade, shade, 0, 0, 0],
    ...[0x2c, 0, 0, 0, 0],
    ...screen,
    ...[0, 2],
    ...blocks,
    ...[0, 0x3b],
  );
}

/** Writes bits from the lowest up, as in WebP and GIF. */
class BitWriter {
  readonly #bytes: number[] = [];
  #current = 0;
  #filled = 0;

  write(value: number, count: number): void {
    for (let at = 0; at < count; at++) {
      this.#current |= ((value >> at) & 1) << this.#filled;
      if (++this.#filled === 8) this.#flush();
    }
  }

  end(): Uint8Array {
    if (this.#filled > 0) this.#flush();
    return Uint8Array.from(this.#bytes);
  }

  #flush(): void {
    this.#bytes.push(this.#current);
    this.#current = 0;
    this.#filled = 0;
  }
}
