/** Gradient noise in one and two dimensions: values from about -1 to 1, features about one unit apart. */
import { hashPoint } from './random.ts';

/** Sixteen equally spaced directions as constants, because `Math.sin` differs between engines. */
const [LONG, SHORT, EVEN] = [0.923879532511287, 0.38268343236509, Math.SQRT1_2];
const QUADRANT = [1, 0, LONG, SHORT, EVEN, EVEN, SHORT, LONG];
const BACK = QUADRANT.map((value) => -value);
const DIRECTIONS = Float64Array.from([...QUADRANT, ...turnQuarter(QUADRANT), ...BACK, ...turnQuarter(BACK)]);

/** Rotates directions by a quarter turn. */
function turnQuarter(directions: readonly number[]): number[] {
  return directions.map((_, at) => (at % 2 === 0 ? -(directions[at + 1] ?? 0) : (directions[at - 1] ?? 0)));
}

export function noise2(seed: number, x: number, y: number): number {
  const ix = Math.floor(x);
  const iy = Math.floor(y);
  const fx = x - ix;
  const fy = y - iy;
  const a = slope(seed, ix, iy, fx, fy);
  const b = slope(seed, ix + 1, iy, fx - 1, fy);
  const c = slope(seed, ix, iy + 1, fx, fy - 1);
  const d = slope(seed, ix + 1, iy + 1, fx - 1, fy - 1);
  const u = fx * fx * fx * (fx * (fx * 6 - 15) + 10);
  const v = fy * fy * fy * (fy * (fy * 6 - 15) + 10);
  const top = a + (b - a) * u;
  return (top + (c + (d - c) * u - top) * v) * 1.5;
}

export function noise1(seed: number, x: number): number {
  const ix = Math.floor(x);
  const f = x - ix;
  const u = f * f * f * (f * (f * 6 - 15) + 10);
  const a = (hashPoint(seed, ix, 0) / 2147483648 - 1) * f;
  const b = (hashPoint(seed, ix + 1, 0) / 2147483648 - 1) * (f - 1);
  return (a + (b - a) * u) * 2.2;
}

/** Adds layers of noise, each twice as fine and half as strong; about -1 to 1. */
export function fractal1(seed: number, x: number, octaves: number): number {
  let sum = 0;
  let strength = 0.55;
  let scale = 1;
  for (let octave = 0; octave < octaves; octave += 1) {
    sum += strength * noise1(seed + octave * 1013, x * scale);
    strength *= 0.5;
    scale *= 2.03;
  }
  return sum;
}

function slope(seed: number, ix: number, iy: number, fx: number, fy: number): number {
  const direction = (hashPoint(seed, ix, iy) & 15) * 2;
  return (DIRECTIONS[direction] ?? 0) * fx + (DIRECTIONS[direction + 1] ?? 0) * fy;
}
