/** Land under a skyline: hills, waves, layers of cut paper. Memory is four numbers per column, whatever the height. */
import type { Band } from './band.ts';
import { type Lab, type Light, type Ramp, toLight } from './color.ts';

/** Samples per column, so that steep trees and crests also have soft edges. */
const SAMPLES = 4;

export interface Land {
  readonly skyline: Float32Array;
  /** Highest and lowest y of each column's skyline, and the highest of all. */
  readonly high: Float32Array;
  readonly low: Float32Array;
  readonly top: number;
}

export interface LandPaint {
  /** Colours over `depth` pixels, down from each column's skyline or, with `origin`, from that y in all columns. */
  readonly ramp: Ramp;
  readonly depth: number;
  readonly origin?: number;
  /** A soft shadow that reaches this many pixels above the skyline. */
  readonly shadow?: { readonly reach: number; readonly strength: number };
  /** A lit edge under the skyline. */
  readonly rim?: { readonly reach: number; readonly strength: number; readonly color: Lab };
}

/** @param height y of the skyline in pixels at an x in pixels. */
export function createLand(width: number, height: (x: number) => number): Land {
  const skyline = new Float32Array(width * SAMPLES);
  const high = new Float32Array(width);
  const low = new Float32Array(width);
  let top = Infinity;
  for (let x = 0; x < width; x += 1) {
    let [min, max] = [Infinity, -Infinity];
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      const y = height(x + (sample + 0.5) / SAMPLES);
      skyline[x * SAMPLES + sample] = y;
      if (y < min) min = y;
      if (y > max) max = y;
    }
    high[x] = min;
    low[x] = max;
    if (min < top) top = min;
  }
  return { skyline, high, low, top };
}

export function paintLand(band: Band, land: Land, paint: LandPaint): void {
  const reach = paint.shadow?.reach ?? 0;
  if (band.top + band.rows < land.top - reach) return;
  const rim: Light = paint.rim ? toLight(paint.rim.color) : [0, 0, 0];
  const rimReach = paint.rim?.reach ?? 0;
  const rimStrength = paint.rim?.strength ?? 0;
  const strength = paint.shadow?.strength ?? 0;
  const last = paint.ramp.length / 3 - 1;
  const { light, width } = band;
  for (let row = 0, at = 0; row < band.rows; row += 1) {
    const y = band.top + row;
    for (let x = 0; x < width; x += 1, at += 3) {
      const high = land.high[x] ?? 0;
      if (y + 1 <= high) {
        const near = reach - (high - y - 0.5);
        if (near <= 0) continue;
        const keep = 1 - strength * (near / reach) * (near / reach);
        light[at] = (light[at] ?? 0) * keep;
        light[at + 1] = (light[at + 1] ?? 0) * keep;
        light[at + 2] = (light[at + 2] ?? 0) * keep;
        continue;
      }
      const coverage = y >= (land.low[x] ?? 0) ? 1 : coverageAt(land.skyline, x, y);
      const depth = y + 0.5 - high;
      const t = (paint.origin === undefined ? depth : y + 0.5 - paint.origin) / paint.depth;
      const from = (t <= 0 ? 0 : t >= 1 ? last : (t * last + 0.5) | 0) * 3;
      const lit = depth < rimReach ? rimStrength * (1 - depth / rimReach) : 0;
      for (let channel = 0; channel < 3; channel += 1) {
        const own = paint.ramp[from + channel] ?? 0;
        const before = light[at + channel] ?? 0;
        light[at + channel] = before + (own + ((rim[channel] ?? 0) - own) * lit - before) * coverage;
      }
    }
  }
}

function coverageAt(skyline: Float32Array, x: number, y: number): number {
  let sum = 0;
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const part = y + 1 - (skyline[x * SAMPLES + sample] ?? 0);
    sum += part < 0 ? 0 : part > 1 ? 1 : part;
  }
  return sum / SAMPLES;
}
