/** A city at the water: hazy towers in layers, lit windows, a large low sun, and their reflection in the ripples. */
import type { Band } from '../paint/band.ts';
import { blend, type Lab, toLight } from '../paint/color.ts';
import { noise2 } from '../paint/noise.ts';
import { clamp01, mix, smooth } from '../paint/numbers.ts';
import { linear, type Paint, solid } from '../paint/paint.ts';
import { nextTurn } from '../paint/pause.ts';
import { hashPoint, type SeededRandom } from '../paint/random.ts';
import { rectangle } from '../paint/shapes.ts';
import { createSky, createStars, createSun, type Scene, type SceneContext } from './scene.ts';

interface Tower {
  readonly x0: number;
  readonly x1: number;
  readonly top: number;
  readonly paint: Paint;
  readonly mast: number;
  readonly windows: Windows | undefined;
}

interface Windows {
  readonly seed: number;
  readonly wide: number;
  readonly tall: number;
  readonly share: number;
  readonly paint: Paint;
}

export const city: Scene = async (context) => {
  const { width, height, unit, palette } = context;
  const random = context.random.fork('city');
  const shore = Math.round(height * random.range(0.7, 0.76));
  const towers = buildTowers(context, random, shore);
  await nextTurn();
  const sky = createSky(context, shore);
  const sun = createSun(
    context,
    width * random.range(0.3, 0.7),
    shore - unit * random.range(0.2, 0.36),
    unit * random.range(0.1, 0.16),
  );
  const stars = palette.isNight || context.subject.hasStars ? createStars(context, shore * 0.8) : undefined;
  const scenery = (band: Band): void => {
    sky(band);
    stars?.(band);
    sun(band);
    for (const tower of towers) paintTower(band, tower, shore);
  };
  const deep = toLight(blend(palette.near, palette.sky[0] ?? palette.near, 0.45));
  const seed = random.seed;
  return (band) => {
    scenery(band);
    const firstRow = Math.max(0, Math.ceil(shore) - band.top);
    if (firstRow < band.rows) paintWater(band, firstRow, shore, scenery, deep, unit, seed);
  };
};

/** Each row of water reflects one row of the scenery above, shifted by the ripples and darker with depth. */
function paintWater(
  band: Band,
  firstRow: number,
  shore: number,
  scenery: (band: Band) => void,
  deep: readonly [number, number, number],
  unit: number,
  seed: number,
): void {
  const { width, rows, top } = band;
  const mirrored = (row: number): number =>
    Math.max(0, Math.floor(2 * shore - (top + row) - 1 - (top + row - shore) * 0.55));
  const highest = mirrored(rows - 1);
  const source: Band = {
    ...band,
    top: highest,
    rows: mirrored(firstRow) - highest + 1,
    light: new Float32Array((mirrored(firstRow) - highest + 1) * width * 3),
  };
  scenery(source);
  for (let row = firstRow; row < rows; row += 1) {
    const y = top + row + 0.5;
    const depth = (y - shore) / unit;
    const from = (mirrored(row) - highest) * width;
    const reach = unit * (0.003 + 0.05 * depth);
    const veil = 0.22 + 0.5 * smooth(0, 0.32, depth);
    for (let x = 0, at = row * width * 3; x < width; x += 1, at += 3) {
      const ripple = noise2(
        seed,
        (x / unit) * (7 - 6 * Math.min(1, depth * 2)),
        (y / unit) * mix(110, 48, clamp01(depth * 3)),
      );
      const column = Math.min(width - 1, Math.max(0, Math.round(x + ripple * reach)));
      const cover = clamp01(veil + ripple * 0.13);
      for (let channel = 0; channel < 3; channel += 1) {
        const seen = source.light[(from + column) * 3 + channel] ?? 0;
        band.light[at + channel] = seen + ((deep[channel] ?? 0) - seen) * cover;
      }
    }
  }
}

function buildTowers(context: SceneContext, random: SeededRandom, shore: number): Tower[] {
  const { width, unit, palette } = context;
  const haze = palette.sky[palette.sky.length - 1] ?? palette.far;
  const lamps: readonly Lab[] = [
    [0.9, 0.02, 0.1],
    [0.84, 0.05, 0.12],
    [0.94, 0, 0.05],
  ];
  const layers = 4;
  return Array.from({ length: layers }, (_, layer) => {
    const nearness = layer / (layers - 1);
    const color = blend(blend(palette.far, haze, 0.35 * (1 - nearness)), palette.near, mix(0.05, 0.95, nearness));
    const paint = linear([color, color, blend(color, haze, mix(0.6, 0.2, nearness))], 0, shore - unit * 0.42, 0, shore);
    const lit: Tower[] = [];
    for (let x = -Math.round(unit * random.range(0, 0.06)); x < width; ) {
      const wide = Math.max(1, Math.round(unit * random.range(0.035, 0.085) * mix(0.8, 1.15, nearness)));
      const district = 0.62 + 0.55 * noise2(random.seed, (x / unit) * 1.7, layer * 3.7);
      const tall = unit * mix(0.5, 0.17, nearness) * district * random.range(0.6, 1.15);
      const isTower = random.chance(0.22);
      lit.push({
        x0: x,
        x1: x + wide,
        top: shore - tall,
        paint,
        mast: isTower ? unit * random.range(0.02, 0.07) : 0,
        windows:
          layer === 0
            ? undefined
            : {
                seed: Math.floor(random.next() * 0xffffffff),
                wide: unit * mix(0.0065, 0.0095, nearness),
                tall: unit * mix(0.009, 0.0135, nearness),
                share: random.range(0.1, 0.45) * (palette.isNight ? 1.25 : 1),
                paint: solid(blend(random.pick(lamps), color, mix(0.5, 0.05, nearness))),
              },
      });
      x += wide + (random.chance(0.3) ? Math.round(unit * random.range(0.006, 0.03)) : 0);
    }
    return lit;
  }).flat();
}

function paintTower(band: Band, tower: Tower, shore: number): void {
  const { x0, x1, top, paint, mast, windows } = tower;
  if (band.top > shore || band.top + band.rows < top - mast) return;
  rectangle(band, x0, top, x1, shore, paint);
  const middle = (x0 + x1) / 2;
  const wide = x1 - x0;
  if (mast > 0) {
    rectangle(band, middle - wide * 0.22, top - mast * 0.3, middle + wide * 0.22, top, paint);
    rectangle(band, middle - Math.max(0.4, wide * 0.025), top - mast, middle + Math.max(0.4, wide * 0.025), top, paint);
  }
  if (!windows || windows.wide < 2.2) return;
  const columns = Math.floor((wide * 0.86) / windows.wide);
  const left = middle - (columns * windows.wide) / 2;
  const first = Math.max(0, Math.floor((band.top - top) / windows.tall) - 1);
  const last = Math.min(
    Math.floor((shore - top) / windows.tall) - 1,
    Math.ceil((band.top + band.rows - top) / windows.tall),
  );
  for (let row = first; row < last; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const chance = hashPoint(windows.seed, column, row);
      if ((chance & 0xffff) / 0xffff > windows.share) continue;
      const x = left + (column + 0.22) * windows.wide;
      const y = top + (row + 0.7) * windows.tall;
      rectangle(
        band,
        x,
        y,
        x + windows.wide * 0.56,
        y + windows.tall * 0.55,
        windows.paint,
        0.45 + ((chance >>> 16) & 255) / 470,
      );
    }
  }
}
