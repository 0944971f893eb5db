/**
 * Arithmetic with identical results on every JavaScript engine. The language does not define the exact results of `Math.sin`,
 * `Math.pow`, `Math.cbrt`, `Math.hypot` and `**`. So images use only `+ - * /`, `Math.floor`, `Math.sqrt` (exact by IEEE 754)
 * and the functions below.
 */

export const clamp01 = (x: number): number => (x < 0 ? 0 : x > 1 ? 1 : x);

export const mix = (a: number, b: number, t: number): number => a + (b - a) * t;

/** Returns 0 before `from`, 1 after `to`, and an S-curve in between. `from` may be larger than `to`. */
export function smooth(from: number, to: number, x: number): number {
  const t = clamp01((x - from) / (to - from));
  return t * t * (3 - 2 * t);
}

/** Sine of an angle in turns (1 = full circle). Error below 1e-6. */
export function sinTurns(turns: number): number {
  let x = turns - Math.floor(turns + 0.5);
  if (x > 0.25) x = 0.5 - x;
  else if (x < -0.25) x = -0.5 - x;
  const a = x * 6.283185307179586;
  const q = a * a;
  return a * (1 - (q / 6) * (1 - (q / 20) * (1 - (q / 42) * (1 - (q / 72) * (1 - q / 110)))));
}

/** Cosine of an angle in turns. */
export const cosTurns = (turns: number): number => sinTurns(turns + 0.25);

/** Returns the n-th root of a number from 0 to 1, by Newton's method from above until the value stops decreasing. */
export function root(x: number, n: number): number {
  if (x <= 0) return 0;
  let r = 1;
  for (let step = 0; step < 200; step += 1) {
    let power = 1;
    for (let i = 1; i < n; i += 1) power *= r;
    const next = r - (r - x / power) / n;
    if (next >= r) break;
    r = next;
  }
  return r;
}
