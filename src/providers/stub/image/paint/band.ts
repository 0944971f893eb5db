/** A band: a few rows of an image in linear light. Images are painted band by band to limit memory. */
import { clamp01 } from './numbers.ts';
import { hashPoint } from './random.ts';

export interface Band {
  /** Of the whole image, in pixels. */
  readonly width: number;
  readonly height: number;
  /** First row of this band, and its number of rows. */
  readonly top: number;
  readonly rows: number;
  /** Red, green, blue, 0..1 each, `width * rows` times. */
  readonly light: Float32Array;
}

/** Paints one band. Called for every band from the top; the pixels do not depend on how the image is divided into bands. */
export type Painter = (band: Band) => void;

/** Computes every pixel with a function. */
export function paintField(band: Band, shade: (x: number, y: number, out: Float32Array, at: number) => void): void {
  for (let row = 0, at = 0; row < band.rows; row += 1) {
    for (let x = 0; x < band.width; x += 1, at += 3) shade(x + 0.5, band.top + row + 0.5, band.light, at);
  }
}

/** Strength of the film grain, in steps of 1/255. The grain also hides the steps of 8-bit gradients. */
const GRAIN = 2.6;

/** Encodes one row of a band as sRGB bytes, with fine grain and slightly darker corners. `out` has four bytes per pixel. */
export function encodeRow(band: Band, row: number, table: Float32Array, seed: number, out: Uint8Array): void {
  const { width, height, light } = band;
  const y = band.top + row;
  const ny = (y + 0.5) / height - 0.5;
  const edgeY = ny * ny;
  for (let x = 0, from = row * width * 3, to = 0; x < width; x += 1, from += 3, to += 4) {
    const nx = (x + 0.5) / width - 0.5;
    const edge = nx * nx + edgeY;
    const dim = 16384 * (1 - 0.55 * edge * edge);
    const noise = hashPoint(seed, x, y);
    const grain = ((noise & 0xffff) + (noise >>> 16) - 0xffff) * (GRAIN / 0x10000) + 0.5;
    out[to] = toByte((table[(clamp01(light[from] ?? 0) * dim + 0.5) | 0] ?? 0) + grain);
    out[to + 1] = toByte((table[(clamp01(light[from + 1] ?? 0) * dim + 0.5) | 0] ?? 0) + grain);
    out[to + 2] = toByte((table[(clamp01(light[from + 2] ?? 0) * dim + 0.5) | 0] ?? 0) + grain);
    out[to + 3] = 255;
  }
}

const toByte = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : value | 0);
