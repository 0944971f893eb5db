/** Densely packed circles: plain spheres, rings, stripes and halves, with soft shadows. */
import type { Band, Painter } from '../paint/band.ts';
import { blend, type Lab, shift } from '../paint/color.ts';
import { noise2 } from '../paint/noise.ts';
import { cosTurns, sinTurns } from '../paint/numbers.ts';
import { linear, type Paint, radial, solid } from '../paint/paint.ts';
import { nextTurn } from '../paint/pause.ts';
import type { SeededRandom } from '../paint/random.ts';
import { disc, glow, type Points, polygon } from '../paint/shapes.ts';
import { createSky, type Scene, type SceneContext } from './scene.ts';

const ATTEMPTS_PER_PAUSE = 150;

interface Circle {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** Radius in design units, and the number of attempts per unit square. */
const SIZES = [
  { from: 0.17, to: 0.24, attempts: 4 },
  { from: 0.09, to: 0.15, attempts: 24 },
  { from: 0.045, to: 0.085, attempts: 130 },
  { from: 0.02, to: 0.04, attempts: 420 },
  { from: 0.007, to: 0.018, attempts: 900 },
] as const;

export const orbs: Scene = async (context) => {
  const { height, unit, palette } = context;
  const random = context.random.fork('orbs');
  const isDark = palette.isNight || random.chance(0.4);
  const ground = isDark ? shift(palette.near, 0.05) : palette.paper;
  const backdrop = createSky(
    { ...context, palette: { ...palette, sky: [shift(ground, 0.03), ground, shift(ground, -0.05)] } },
    height,
    0.12,
  );
  const shadow: Lab = isDark ? [0.03, 0, -0.01] : blend(palette.ink, palette.accents[3] ?? palette.ink, 0.4);
  const places = await packCircles(context, random);
  await nextTurn();
  const circles = places.map((circle) => ({
    ...circle,
    paint: createOrb(circle, random, palette.accents, palette.paper),
  }));
  return (band) => {
    backdrop(band);
    for (const { x, y, radius } of circles) {
      if (isOutsideBand(band, y, radius * 2)) continue;
      const drop = radius * 0.16 + unit * 0.003;
      glow(band, x + drop * 0.7, y + drop, radius * 1.32, shadow, isDark ? 0.85 : 0.55);
    }
    for (const { y, radius, paint } of circles) if (!isOutsideBand(band, y, radius + 1)) paint(band);
  };
};

const isOutsideBand = (band: Band, y: number, reach: number): boolean =>
  y + reach < band.top || y - reach > band.top + band.rows;

async function packCircles({ width, height, unit }: SceneContext, random: SeededRandom): Promise<Circle[]> {
  const circles: Circle[] = [];
  for (const { from, to, attempts } of SIZES) {
    for (let attempt = Math.ceil((attempts * width * height) / (unit * unit)); attempt > 0; attempt -= 1) {
      const [x, y] = [random.range(-0.05, 1.05) * width, random.range(-0.05, 1.05) * height];
      let radius = to * unit;
      for (const other of circles) {
        const [dx, dy] = [x - other.x, y - other.y];
        radius = Math.min(radius, Math.sqrt(dx * dx + dy * dy) - other.radius - unit * 0.006);
        if (radius < from * unit) break;
      }
      if (radius >= from * unit) circles.push({ x, y, radius });
      if (attempt % ATTEMPTS_PER_PAUSE === 0) await nextTurn();
    }
  }
  return circles;
}

function createOrb({ x, y, radius }: Circle, random: SeededRandom, accents: readonly Lab[], paper: Lab): Painter {
  const color = random.pick(accents);
  const other = random.pick(accents.filter((accent) => accent !== color).concat([paper]));
  const kind = random.int(10);
  const sphere = shaded(color, x, y, radius);
  if (kind < 5 || radius < 6) return (band) => disc(band, x, y, radius, sphere);
  if (kind < 7) {
    const bright = shaded(other, x, y, radius);
    const rings = 2 + random.int(2);
    return (band) => {
      for (let ring = 0; ring < rings * 2; ring += 1)
        disc(band, x, y, radius * (1 - ring / (rings * 2)), ring % 2 === 0 ? sphere : bright);
    };
  }
  const turn = random.next();
  const bright = shaded(other, x, y, radius);
  if (kind < 9)
    return (band) => {
      disc(band, x, y, radius, sphere);
      polygon(band, segment(x, y, radius + 0.3, turn), bright);
    };
  const heart = solid(shift(other, 0.02));
  const swirl = noise2(random.seed, x, y) > 0 ? 0.42 : 0.3;
  return (band) => {
    disc(band, x, y, radius, sphere);
    disc(band, x, y, radius * 0.72, bright);
    disc(band, x, y, radius * swirl, heart);
    disc(band, x, y, radius * swirl * 0.5, sphere);
  };
}

/** Shades a sphere with light from the upper left. */
const shaded = (color: Lab, x: number, y: number, radius: number): Paint =>
  radius < 3
    ? linear([color], x, y, x + 1, y)
    : radial(
        [shift(color, 0.085), shift(color, 0.04), color, shift(color, -0.05), shift(color, -0.12)],
        x - radius * 0.38,
        y - radius * 0.45,
        radius * 1.5,
      );

/** Returns half of a circle as a polygon. */
function segment(x: number, y: number, radius: number, turn: number): Points {
  const steps = 64;
  const points = new Float64Array((steps + 1) * 2);
  for (let step = 0; step <= steps; step += 1) {
    const at = turn + (step / steps) * 0.5;
    points[step * 2] = x + radius * cosTurns(at);
    points[step * 2 + 1] = y + radius * sinTurns(at);
  }
  return points;
}
