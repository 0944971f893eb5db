/** The type of a scene, and the sky, sun and stars that several scenes share. */
import type { Band, Painter } from '../paint/band.ts';
import { blend, type Lab, ramp } from '../paint/color.ts';
import { noise2 } from '../paint/noise.ts';
import { solid } from '../paint/paint.ts';
import type { SeededRandom } from '../paint/random.ts';
import { disc, glow } from '../paint/shapes.ts';
import type { Palette } from '../palette.ts';
import type { Subject } from '../subject.ts';

export interface SceneContext {
  readonly width: number;
  readonly height: number;
  /** Pixels per design unit: the shorter side, or a quarter of the longer side in very long images. */
  readonly unit: number;
  readonly random: SeededRandom;
  readonly palette: Palette;
  readonly subject: Subject;
}

/** Makes all random choices in advance, with pauses, and returns the painter. The painter itself uses no random numbers. */
export type Scene = (context: SceneContext) => Promise<Painter>;

/** Creates a sky down to `horizon` pixels, its gradient slightly distorted by haze. */
export function createSky(context: SceneContext, horizon: number, haze = 0.06): Painter {
  const { unit, palette, random } = context;
  const colors = ramp(palette.sky, 512);
  const seed = random.fork('sky').seed;
  const last = colors.length / 3 - 1;
  return (band) => {
    const cells = Math.ceil(band.width / 8) + 2;
    const drift = new Float32Array(cells);
    for (let row = 0, at = 0; row < band.rows; row += 1) {
      const y = band.top + row + 0.5;
      const base = y / horizon;
      for (let cell = 0; cell < cells; cell += 1) {
        drift[cell] = haze * noise2(seed, (cell * 8) / unit / 0.9, (y / unit) * 4.5);
      }
      for (let x = 0; x < band.width; x += 1, at += 3) {
        const place = x / 8;
        const cell = place | 0;
        const near = drift[cell] ?? 0;
        const t = base + near + ((drift[cell + 1] ?? 0) - near) * (place - cell);
        const from = (t <= 0 ? 0 : t >= 1 ? last : (t * last + 0.5) | 0) * 3;
        band.light[at] = colors[from] ?? 0;
        band.light[at + 1] = colors[from + 1] ?? 0;
        band.light[at + 2] = colors[from + 2] ?? 0;
      }
    }
  };
}

/** Creates a sun or moon with a glow. The radius is in pixels. */
export function createSun(context: SceneContext, x: number, y: number, radius: number): Painter {
  const { palette, unit } = context;
  const face = solid(palette.light);
  const horizon = palette.sky[palette.sky.length - 1] ?? palette.light;
  const wide = blend(horizon, palette.light, palette.isNight ? 0.12 : 0.3);
  const near = blend(horizon, palette.light, palette.isNight ? 0.4 : 0.75);
  const reach = radius * 2.2 + unit * 0.3;
  return (band: Band) => {
    glow(band, x, y, reach, wide, palette.isNight ? 0.4 : 0.5, 1.35);
    glow(band, x, y, radius * 1.9 + unit * 0.03, near, palette.isNight ? 0.5 : 0.6);
    disc(band, x, y, radius, face);
  };
}

/** Creates stars, fewer towards the horizon. */
export function createStars(context: SceneContext, horizon: number): Painter {
  const random = context.random.fork('stars');
  const { unit, width } = context;
  const count = Math.round((210 * width) / unit);
  const color: Lab = [0.97, 0, 0.02];
  const stars = Array.from({ length: count }, () => {
    const height = random.next() * random.next();
    const size = random.next();
    return {
      x: random.next() * width,
      y: height * horizon,
      radius: unit * (0.0007 + 0.0019 * size * size * size * size),
      opacity: random.range(0.35, 1),
    };
  });
  const paint = solid(color);
  return (band) => {
    for (const { x, y, radius, opacity } of stars) {
      if (radius > unit * 0.0019) glow(band, x, y, radius * 5, color, 0.14 * opacity);
      const drawn = Math.max(radius, 0.5);
      disc(band, x, y, drawn, paint, 0, opacity * Math.min(1, (radius / drawn) * 1.2));
    }
  };
}

/** Returns the accent that best matches a colour: close in hue, and neither very dark nor pale. */
export function findMatchingAccent(accents: readonly Lab[], color: Lab): Lab {
  const distance = ([, a, b]: Lab) => (a - color[1]) * (a - color[1]) + (b - color[2]) * (b - color[2]);
  const strong = accents.filter(([lightness]) => lightness > 0.4 && lightness < 0.87);
  return strong.reduce((best, accent) => (distance(accent) < distance(best) ? accent : best), strong[0] ?? color);
}
