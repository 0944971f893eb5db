/** Fills for shapes: one colour, or a gradient along a line or around a point. Coordinates are pixels. */
import { type Lab, type Ramp, ramp, toLight } from './color.ts';

export interface Paint {
  readonly ramp: Ramp;
  /** Position on the gradient, 0..1: along a line `x * ax + y * ay + a0`, or with `radius` the distance from (ax, ay). */
  readonly ax: number;
  readonly ay: number;
  readonly a0: number;
  readonly radius: number;
}

export const solid = (color: Lab): Paint => ({
  ramp: Float32Array.from(toLight(color)),
  ax: 0,
  ay: 0,
  a0: 0,
  radius: 0,
});

/** From the first colour at (x0, y0) to the last at (x1, y1). */
export function linear(colors: readonly Lab[], x0: number, y0: number, x1: number, y1: number): Paint {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const square = dx * dx + dy * dy || 1;
  const [ax, ay] = [dx / square, dy / square];
  return { ramp: ramp(colors), ax, ay, a0: -(x0 * ax + y0 * ay), radius: 0 };
}

/** From the first colour at the centre to the last at `radius`. */
export const radial = (colors: readonly Lab[], x: number, y: number, radius: number): Paint => ({
  ramp: ramp(colors),
  ax: x,
  ay: y,
  a0: 0,
  radius: Math.max(radius, 1e-6),
});

/** Returns the index into the paint's ramp for a point. */
export function rampIndexAt(paint: Paint, x: number, y: number): number {
  const last = paint.ramp.length / 3 - 1;
  if (last === 0) return 0;
  let t: number;
  if (paint.radius > 0) {
    const dx = x - paint.ax;
    const dy = y - paint.ay;
    t = Math.sqrt(dx * dx + dy * dy) / paint.radius;
  } else t = x * paint.ax + y * paint.ay + paint.a0;
  return (t <= 0 ? 0 : t >= 1 ? last : (t * last + 0.5) | 0) * 3;
}

/** Blends the paint into one pixel. */
export function paintPixel(light: Float32Array, at: number, paint: Paint, from: number, coverage: number): void {
  const red = light[at] ?? 0;
  const green = light[at + 1] ?? 0;
  const blue = light[at + 2] ?? 0;
  light[at] = red + ((paint.ramp[from] ?? 0) - red) * coverage;
  light[at + 1] = green + ((paint.ramp[from + 1] ?? 0) - green) * coverage;
  light[at + 2] = blue + ((paint.ramp[from + 2] ?? 0) - blue) * coverage;
}
