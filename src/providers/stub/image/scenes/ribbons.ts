/** Ribbons that follow one current and never cross: wide ones first, narrower ones in the gaps. */
import { blend, type Lab, ramp, shift } from '../paint/color.ts';
import { noise2 } from '../paint/noise.ts';
import { cosTurns, sinTurns } from '../paint/numbers.ts';
import { linear, type Paint } from '../paint/paint.ts';
import { nextTurn } from '../paint/pause.ts';
import type { SeededRandom } from '../paint/random.ts';
import { type Points, polygon } from '../paint/shapes.ts';
import { createSky, type Scene, type SceneContext } from './scene.ts';

/** Ribbon width and gap in design units, length in steps, and the number of attempts per unit square. */
const SIZES = [
  { width: 0.058, gap: 0.008, steps: 260, attempts: 70 },
  { width: 0.03, gap: 0.006, steps: 200, attempts: 220 },
  { width: 0.014, gap: 0.005, steps: 150, attempts: 600 },
  { width: 0.0065, gap: 0.004, steps: 90, attempts: 1100 },
] as const;

const STEP = 0.0065;
const CELL = 1 / 220;
const ATTEMPTS_PER_PAUSE = 60;

interface Ribbon {
  readonly points: Points;
  readonly paint: Paint;
  readonly shine: Points | undefined;
  readonly shinePaint: Paint;
}

export const ribbons: Scene = async (context) => {
  const { height, palette } = context;
  const random = context.random.fork('ribbons');
  const isDark = palette.isNight || random.chance(0.35);
  const ground = isDark ? shift(palette.near, 0.03) : palette.paper;
  const backdrop = createSky(
    { ...context, palette: { ...palette, sky: [shift(ground, 0.02), ground, shift(ground, -0.035)] } },
    height,
    0.1,
  );
  const laid = await placeRibbons(context, random, isDark);
  return (band) => {
    backdrop(band);
    for (const { points, paint, shine, shinePaint } of laid) {
      polygon(band, points, paint);
      if (shine) polygon(band, shine, shinePaint, 0.55);
    }
  };
};

async function placeRibbons(context: SceneContext, random: SeededRandom, isDark: boolean): Promise<Ribbon[]> {
  const { unit, palette } = context;
  const [wide, tall] = [context.width / unit, context.height / unit];
  const [columns, rows] = [Math.ceil((wide + 0.4) / CELL), Math.ceil((tall + 0.4) / CELL)];
  const taken = new Uint16Array(columns * rows);
  const seed = random.seed;
  const heading = random.next();
  const bend = random.range(0.32, 0.6);
  const scale = random.range(0.75, 1.25);
  const colors: readonly Lab[] = isDark
    ? palette.accents.map((color) => shift(color, color[0] < 0.45 ? 0.14 : 0))
    : palette.accents;
  const angle = (x: number, y: number) =>
    heading + bend * noise2(seed, x * scale, y * scale) + 0.06 * noise2(seed ^ 9, x * 3, y * 3);
  const cell = (x: number, y: number): number => {
    const column = Math.floor((x + 0.2) / CELL);
    const row = Math.floor((y + 0.2) / CELL);
    return column < 0 || row < 0 || column >= columns || row >= rows ? -1 : row * columns + column;
  };
  const result: Ribbon[] = [];
  let id = 0;
  for (const size of SIZES) {
    const reach = size.width / 2 + size.gap;
    const samples = Math.max(1, Math.ceil(reach / CELL));
    for (let attempt = Math.round(size.attempts * wide * tall); attempt > 0; attempt -= 1) {
      if (attempt % ATTEMPTS_PER_PAUSE === 0) await nextTurn();
      let x = random.range(-0.1, wide + 0.1);
      let y = random.range(-0.1, tall + 0.1);
      const width = size.width * random.range(0.75, 1.2);
      const steps = Math.round(size.steps * random.range(0.35, 1));
      id = (id % 65535) + 1;
      const path: number[] = [];
      const marks: number[] = [];
      for (let step = 0; step < steps; step += 1) {
        const turn = angle(x, y);
        const [dx, dy] = [cosTurns(turn), sinTurns(turn)];
        let isFree = true;
        for (let sample = -samples; sample <= samples && isFree; sample += 1) {
          const across = (sample / samples) * reach;
          const at = cell(x - dy * across, y + dx * across);
          const owner = at < 0 ? 0 : taken[at];
          isFree = at >= 0 && (owner === 0 || owner === id);
        }
        if (!isFree) break;
        path.push(x, y, dx, dy);
        for (let sample = -samples; sample <= samples; sample += 1) {
          const across = (sample / samples) * (width / 2);
          const at = cell(x - dy * across, y + dx * across);
          if (at >= 0 && taken[at] === 0) {
            taken[at] = id;
            marks.push(at);
          }
        }
        x += dx * STEP;
        y += dy * STEP;
      }
      if (path.length < 4 * 7) {
        for (const at of marks) taken[at] = 0;
        continue;
      }
      result.push(
        toRibbon(
          path,
          width,
          unit,
          pickColor(random, colors, noise2(seed ^ 3, (path[0] ?? 0) * 1.6, (path[1] ?? 0) * 1.6)),
          random,
        ),
      );
    }
  }
  return result;
}

/** Usually picks the colour of the surrounding area, sometimes any other. */
function pickColor(random: SeededRandom, colors: readonly Lab[], place: number): Lab {
  const local = Math.floor((place * 0.75 + 0.5) * colors.length);
  const index = random.chance(0.62) ? Math.min(colors.length - 1, Math.max(0, local)) : random.int(colors.length);
  return colors[index] ?? random.pick(colors);
}

function toRibbon(path: readonly number[], width: number, unit: number, color: Lab, random: SeededRandom): Ribbon {
  const [x0, y0] = [(path[0] ?? 0) * unit, (path[1] ?? 0) * unit];
  const [x1, y1] = [(path[path.length - 4] ?? 0) * unit, (path[path.length - 3] ?? 0) * unit];
  const warm = shift(color, random.chance(0.5) ? 0.07 : -0.07, 1.05);
  const paint = linear(random.chance(0.5) ? [warm, color, color] : [color, color, warm], x0, y0, x1, y1);
  const isBroad = width > 0.022;
  return {
    points: outline(path, -width / 2, width / 2, unit),
    paint,
    shine: isBroad ? outline(path, width * 0.2, width * 0.34, unit) : undefined,
    shinePaint: { ...paint, ramp: ramp([blend(color, [1, 0, 0], 0.5)], 1) },
  };
}

function outline(path: readonly number[], from: number, to: number, unit: number): Points {
  const count = path.length / 4;
  const points = new Float64Array(count * 4);
  for (let i = 0; i < count; i += 1) {
    const [x, y, dx, dy] = [path[i * 4] ?? 0, path[i * 4 + 1] ?? 0, path[i * 4 + 2] ?? 0, path[i * 4 + 3] ?? 0];
    points[i * 2] = (x - dy * from) * unit;
    points[i * 2 + 1] = (y + dx * from) * unit;
    const back = (count * 2 - 1 - i) * 2;
    points[back] = (x - dy * to) * unit;
    points[back + 1] = (y + dx * to) * unit;
  }
  return points;
}
