/** Resizes images: crops them to the target's aspect ratio, averages pixels to shrink and interpolates to enlarge. */
import type { Raster } from './raster.ts';

/** For each pixel of the result along one side: the first source pixel and the weights, which add up to 1. */
interface Axis {
  readonly starts: Int32Array;
  readonly weights: Float32Array;
  readonly taps: number;
}

/** Fills `out` with one row of the result: four numbers per pixel, 0..255, colours premultiplied by alpha. */
type RowReader = (y: number, out: Float32Array) => void;

/** Reads the largest central part of the source that has the aspect ratio of the result. */
export function createCoverReader(source: Raster, width: number, height: number): { readonly readRow: RowReader } {
  const scale = Math.min(source.width / width, source.height / height);
  const across = createAxis(source.width, width, scale);
  const down = createAxis(source.height, height, scale);
  const line = new Float32Array(source.width * 4);
  const readRow: RowReader = (y, out) => {
    line.fill(0);
    for (let tap = 0; tap < down.taps; tap += 1) {
      const weight = down.weights[y * down.taps + tap] ?? 0;
      if (weight === 0) continue;
      const from = Math.min(source.height - 1, (down.starts[y] ?? 0) + tap) * source.width * 4;
      for (let at = 0; at < line.length; at += 4) {
        const alpha = (source.data[from + at + 3] ?? 0) * weight;
        const share = alpha / 255;
        line[at] = (line[at] ?? 0) + (source.data[from + at] ?? 0) * share;
        line[at + 1] = (line[at + 1] ?? 0) + (source.data[from + at + 1] ?? 0) * share;
        line[at + 2] = (line[at + 2] ?? 0) + (source.data[from + at + 2] ?? 0) * share;
        line[at + 3] = (line[at + 3] ?? 0) + alpha;
      }
    }
    for (let x = 0; x < width; x += 1) {
      let [red, green, blue, alpha] = [0, 0, 0, 0];
      for (let tap = 0; tap < across.taps; tap += 1) {
        const weight = across.weights[x * across.taps + tap] ?? 0;
        const from = Math.min(source.width - 1, (across.starts[x] ?? 0) + tap) * 4;
        red += weight * (line[from] ?? 0);
        green += weight * (line[from + 1] ?? 0);
        blue += weight * (line[from + 2] ?? 0);
        alpha += weight * (line[from + 3] ?? 0);
      }
      out[x * 4] = red;
      out[x * 4 + 1] = green;
      out[x * 4 + 2] = blue;
      out[x * 4 + 3] = alpha;
    }
  };
  return { readRow };
}

/** Creates triangle-filter weights, as wide as one pixel of the result or of the source, whichever is larger. */
function createAxis(from: number, to: number, scale: number): Axis {
  const reach = Math.max(1, scale);
  const taps = Math.min(from, Math.ceil(reach * 2) + 1);
  const starts = new Int32Array(to);
  const weights = new Float32Array(to * taps);
  const offset = (from - to * scale) / 2;
  for (let i = 0; i < to; i += 1) {
    const center = offset + (i + 0.5) * scale - 0.5;
    const start = Math.max(0, Math.min(from - taps, Math.ceil(center - reach)));
    starts[i] = start;
    let sum = 0;
    for (let tap = 0; tap < taps; tap += 1) {
      const weight = Math.max(0, 1 - Math.abs(start + tap - center) / reach);
      weights[i * taps + tap] = weight;
      sum += weight;
    }
    for (let tap = 0; tap < taps; tap += 1) {
      const at = i * taps + tap;
      weights[at] = sum > 0 ? (weights[at] ?? 0) / sum : tap === 0 ? 1 : 0;
    }
  }
  return { starts, weights, taps };
}

/** Returns a function that reads row `y` of a small image, enlarged with a cubic B-spline (which blurs it), as opaque bytes. */
export function createBlurReader(source: Raster, width: number, height: number): (y: number, out: Uint8Array) => void {
  const line = new Float32Array(source.width * 3);
  const tap = new Float64Array(4);
  return (y, out) => {
    const v = ((y + 0.5) * source.height) / height - 0.5;
    const row = Math.floor(v);
    splineWeights(v - row, tap);
    line.fill(0);
    for (let k = 0; k < 4; k += 1) {
      const from = Math.min(source.height - 1, Math.max(0, row - 1 + k)) * source.width * 4;
      const weight = tap[k] ?? 0;
      for (let x = 0; x < source.width; x += 1) {
        for (let channel = 0; channel < 3; channel += 1) {
          line[x * 3 + channel] = (line[x * 3 + channel] ?? 0) + weight * (source.data[from + x * 4 + channel] ?? 0);
        }
      }
    }
    for (let x = 0; x < width; x += 1) {
      const u = ((x + 0.5) * source.width) / width - 0.5;
      const column = Math.floor(u);
      splineWeights(u - column, tap);
      for (let channel = 0; channel < 3; channel += 1) {
        let sum = 0.5;
        for (let k = 0; k < 4; k += 1) {
          const at = Math.min(source.width - 1, Math.max(0, column - 1 + k)) * 3 + channel;
          sum += (tap[k] ?? 0) * (line[at] ?? 0);
        }
        out[x * 4 + channel] = sum > 255 ? 255 : sum | 0;
      }
      out[x * 4 + 3] = 255;
    }
  };
}

function splineWeights(t: number, out: Float64Array): void {
  const s = 1 - t;
  out[0] = (s * s * s) / 6;
  out[1] = (4 - 6 * t * t + 3 * t * t * t) / 6;
  out[2] = (4 - 6 * s * s + 3 * s * s * s) / 6;
  out[3] = (t * t * t) / 6;
}
