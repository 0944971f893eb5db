/** Ranges of hills in mist under a sun or moon, with trees, stars or snowfall if the prompt mentions them. */
import type { Band } from '../paint/band.ts';
import { blend, type Lab, ramp } from '../paint/color.ts';
import { createLand, paintLand } from '../paint/land.ts';
import { fractal1, noise1 } from '../paint/noise.ts';
import { mix, smooth } from '../paint/numbers.ts';
import { solid } from '../paint/paint.ts';
import { buildWithPauses } from '../paint/pause.ts';
import { hashPoint } from '../paint/random.ts';
import { disc } from '../paint/shapes.ts';
import { createSky, createStars, createSun, type Scene, type SceneContext } from './scene.ts';

export const hills: Scene = async (context) => {
  const { width, height, unit, palette, subject } = context;
  const random = context.random.fork('hills');
  const horizon = height * random.range(0.5, 0.58);
  const sunX = width * (random.chance(0.5) ? random.range(0.28, 0.42) : random.range(0.58, 0.72));
  const sunRadius = unit * random.range(0.075, 0.125);
  const sunY = horizon - unit * random.range(0.08, 0.2);
  const layers = 6 + random.int(3);
  const treesFrom = subject.hasTrees ? 3 : random.chance(0.55) || subject.hasSnow ? layers - 2 : layers;
  const mist = palette.sky[palette.sky.length - 1] ?? palette.far;
  const ranges = await buildWithPauses(layers, (layer) => {
    const nearness = layer / (layers - 1);
    const base = mix(horizon, height * 0.97, nearness * (0.55 + 0.45 * nearness));
    const tone = nearness * (0.4 + 0.6 * nearness);
    const color = groundColor(palette.far, palette.near, subject.hasSnow, tone);
    const isForest = layer >= treesFrom;
    const crown = isForest ? blend(color, palette.near, subject.hasSnow ? 0.92 : 0.35) : color;
    const land = createLand(
      width,
      skyline(context, layer, nearness, base, random.fork(`range ${layer}`).seed, isForest),
    );
    return {
      land,
      paint: {
        ramp: ramp([crown, blend(crown, color, 0.8), blend(color, mist, 0.62 - 0.4 * nearness)]),
        origin: land.top,
        depth: Math.max(unit * mix(0.2, 0.3, nearness), base - land.top + unit * 0.1),
        rim: {
          reach: Math.max(1, unit * 0.004),
          strength: isForest || palette.isNight ? 0 : 0.35 * (1 - nearness),
          color: palette.light,
        },
      },
    };
  });
  const sky = createSky(context, horizon * 1.06);
  const sun = createSun(context, sunX, sunY, sunRadius);
  const stars = palette.isNight || subject.hasStars ? createStars(context, horizon) : undefined;
  const snow = subject.hasSnow ? createSnow(context) : undefined;
  return (band) => {
    sky(band);
    stars?.(band);
    sun(band);
    for (const { land, paint } of ranges) paintLand(band, land, paint);
    snow?.(band);
  };
};

/** With snow, the near ground is light instead of dark. */
const groundColor = (far: Lab, near: Lab, hasSnow: boolean, tone: number): Lab =>
  hasSnow
    ? blend(blend(far, near, 0.5 * tone), [0.97, -0.002, -0.008], smooth(0.35, 1, tone) * 0.92)
    : blend(far, near, tone);

function skyline(
  context: SceneContext,
  layer: number,
  nearness: number,
  base: number,
  seed: number,
  isForest: boolean,
) {
  const { unit } = context;
  const steep = layer < 3 ? 1 - layer * 0.25 : 0;
  const wide = mix(1.9, 0.75, nearness) / unit;
  const tall = unit * mix(0.15, 0.1, nearness);
  const ground = (x: number): number => {
    const at = x * wide + layer * 17.3;
    const soft = fractal1(seed, at, 4);
    const ridged = 0.62 - 1.5 * Math.abs(fractal1(seed ^ 77, at * 0.9, 5));
    return base - tall * mix(soft, ridged, steep);
  };
  if (!isForest) return ground;
  const spacing = unit * mix(0.011, 0.03, nearness);
  return (x: number): number => {
    const cell = Math.floor(x / spacing);
    let top = ground(x);
    for (let tree = cell - 3; tree <= cell + 3; tree += 1) top = Math.min(top, conifer(x, tree, spacing, seed, ground));
    return top;
  };
}

/** Returns the y coordinate of one conifer's outline: a narrow cone with a few drooping tiers. */
function conifer(x: number, tree: number, spacing: number, seed: number, ground: (x: number) => number): number {
  const chance = hashPoint(seed, tree, 7);
  const grove = 0.55 + 0.75 * noise1(seed ^ 991, tree * 0.11);
  if ((chance & 255) / 255 > grove) return Infinity;
  const foot = (tree + 0.5 + ((chance >>> 8) & 255) / 255 - 0.5) * spacing;
  const tall = spacing * (2 + (3.2 * ((chance >>> 16) & 255)) / 255);
  const half = tall * 0.21;
  const out = Math.abs(x - foot) / half;
  if (out >= 1) return Infinity;
  const tiers = 5;
  const step = out * tiers;
  const tier = Math.floor(step);
  const droop = 1 - (step - tier) * 0.5;
  return ground(foot) - tall * (1 - (tier + 1 - droop * 0.9) / tiers);
}

function createSnow(context: SceneContext) {
  const random = context.random.fork('snowfall');
  const { unit, width, height } = context;
  const paint = solid([0.99, 0, 0]);
  const flakes = Array.from({ length: Math.round((150 * width * height) / (unit * unit)) }, () => {
    const size = random.next();
    return {
      x: random.next() * width,
      y: random.next() * height,
      radius: unit * (0.0012 + 0.0042 * size * size * size),
      opacity: random.range(0.35, 0.85),
    };
  });
  return (band: Band) => {
    for (const { x, y, radius, opacity } of flakes) disc(band, x, y, Math.max(radius, 0.5), paint, 0, opacity);
  };
}
