/** The layout of rows in the data stream, and their conversion to RGBA. Source: PNG Specification, third edition, sections 7, 8 and 13. */
import { u16be } from '../bytes.ts';
import { PngError } from './png-error.ts';
import { type PngHeader, type PngStructure, SAMPLES_PER_PIXEL } from './structure.ts';

/** One pass over the image: the position and number of its pixels. A file without interlacing has one pass. */
export interface Pass {
  readonly left: number;
  readonly top: number;
  readonly stepX: number;
  readonly stepY: number;
  readonly columns: number;
  readonly rows: number;
  /** Bytes of one row without its filter byte. */
  readonly rowBytes: number;
}

/** Left, top and steps of the seven passes (section 8.1). */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

export function bitsPerPixel({ bitDepth, colourType }: PngHeader): number {
  return bitDepth * SAMPLES_PER_PIXEL[colourType];
}

/** Returns the passes that have pixels, in the order of the stream. */
export function passesOf(header: PngHeader): readonly Pass[] {
  const { width, height, isInterlaced } = header;
  const bits = bitsPerPixel(header);
  return (isInterlaced ? ADAM7 : [[0, 0, 1, 1] as const]).flatMap(([left, top, stepX, stepY]) => {
    const columns = Math.max(0, Math.ceil((width - left) / stepX));
    const rows = Math.max(0, Math.ceil((height - top) / stepY));
    if (columns === 0 || rows === 0) return [];
    return [{ left, top, stepX, stepY, columns, rows, rowBytes: Math.ceil((columns * bits) / 8) }];
  });
}

/** Writes `columns` pixels of an unfiltered row as RGBA, starting at `at`, with `stride` bytes from pixel to pixel. */
export type RowWriter = (row: Uint8Array, columns: number, out: Uint8Array, at: number, stride: number) => void;

/** The returned writer throws a PngError for an index outside the palette. */
export function createRowWriter(png: PngStructure): RowWriter {
  const sample = sampleReader(png.bitDepth);
  const to8 = (value: number) => scaleTo8(value, png.bitDepth);
  switch (png.colourType) {
    case 0:
      return greyWriter(sample, to8, png.transparency);
    case 2:
      return rgbWriter(sample, to8, png.transparency);
    case 3:
      return paletteWriter(sample, png.palette ?? new Uint8Array(), png.transparency ?? new Uint8Array());
    case 4:
      return (row, columns, out, at, stride) => {
        for (let i = 0, to = at; i < columns; i++, to += stride) {
          out.fill(to8(sample(row, 2 * i)), to, to + 3);
          out[to + 3] = to8(sample(row, 2 * i + 1));
        }
      };
    case 6:
      return (row, columns, out, at, stride) => {
        if (png.bitDepth === 8 && stride === 4) {
          out.set(row, at);
          return;
        }
        for (let i = 0, to = at; i < columns; i++, to += stride) {
          for (let channel = 0; channel < 4; channel++) out[to + channel] = to8(sample(row, 4 * i + channel));
        }
      };
  }
}

type SampleReader = (row: Uint8Array, index: number) => number;

function sampleReader(bitDepth: number): SampleReader {
  if (bitDepth === 8) return (row, index) => row[index]!;
  if (bitDepth === 16) return (row, index) => u16be(row, 2 * index);
  const mask = (1 << bitDepth) - 1;
  return (row, index) => {
    const bit = index * bitDepth;
    return (row[bit >> 3]! >> (8 - bitDepth - (bit & 7))) & mask;
  };
}

/** The nearest 8-bit value: 257, 17, 85 and 255 divide the full range exactly (section 13.12). */
function scaleTo8(value: number, bitDepth: number): number {
  if (bitDepth === 8) return value;
  return bitDepth === 16 ? (value * 255 + 32_895) >>> 16 : (value * 255) / ((1 << bitDepth) - 1);
}

/** One grey value may mean full transparency; it is compared at full bit depth. */
function greyWriter(sample: SampleReader, to8: (value: number) => number, key: Uint8Array | undefined): RowWriter {
  const clear = key ? u16be(key, 0) : -1;
  return (row, columns, out, at, stride) => {
    for (let i = 0, to = at; i < columns; i++, to += stride) {
      const value = sample(row, i);
      const grey = to8(value);
      out[to] = grey;
      out[to + 1] = grey;
      out[to + 2] = grey;
      out[to + 3] = value === clear ? 0 : 255;
    }
  };
}

function rgbWriter(sample: SampleReader, to8: (value: number) => number, key: Uint8Array | undefined): RowWriter {
  const [clearRed, clearGreen, clearBlue] = key ? [u16be(key, 0), u16be(key, 2), u16be(key, 4)] : [-1, -1, -1];
  return (row, columns, out, at, stride) => {
    for (let i = 0, to = at; i < columns; i++, to += stride) {
      const red = sample(row, 3 * i);
      const green = sample(row, 3 * i + 1);
      const blue = sample(row, 3 * i + 2);
      out[to] = to8(red);
      out[to + 1] = to8(green);
      out[to + 2] = to8(blue);
      out[to + 3] = red === clearRed && green === clearGreen && blue === clearBlue ? 0 : 255;
    }
  };
}

function paletteWriter(sample: SampleReader, palette: Uint8Array, alphas: Uint8Array): RowWriter {
  const colours = palette.length / 3;
  return (row, columns, out, at, stride) => {
    for (let i = 0, to = at; i < columns; i++, to += stride) {
      const index = sample(row, i);
      if (index >= colours) throw new PngError(`The PNG uses colour ${index} of a palette of ${colours}.`);
      out[to] = palette[3 * index]!;
      out[to + 1] = palette[3 * index + 1]!;
      out[to + 2] = palette[3 * index + 2]!;
      out[to + 3] = alphas[index] ?? 255;
    }
  };
}
