/** A folded-paper mountain scene: sky and ranges cut into triangles, each lit by the way it faces. */
import { blend, ramp, shift, toLight } from '../paint/color.ts';
import { fractal1, noise2 } from '../paint/noise.ts';
import { clamp01, mix } from '../paint/numbers.ts';
import type { Paint } from '../paint/paint.ts';
import { hashPlace } from '../paint/random.ts';
import { type Points, polygon } from '../paint/shapes.ts';
import { createSky, createSun, kindred, type Scene, type Stage } from './stage.ts';

interface Facet {
  readonly points: Points;
  readonly paint: Paint;
}

export const facets: Scene = async (stage) => {
  const { width, height, unit } = stage;
  const random = stage.random.fork('facets');
  const sunX = width * random.range(0.25, 0.75);
  const sunY = height * random.range(0.2, 0.34);
  const sunRadius = unit * random.range(0.07, 0.11);
  const cut = cutFacets(stage, random.seed, sunX, sunY, random.int(4) + 12);
  const sky = createSky(stage, height * 0.75);
  const sun = createSun(stage, sunX, sunY, sunRadius);
  return (band) => {
    sky(band);
    for (const { points, paint } of cut.sky) polygon(band, points, paint, 0.8);
    sun(band);
    for (const { points, paint } of cut.land) polygon(band, points, paint);
  };
};

const RANGES = 4;

function cutFacets(
  stage: Stage,
  seed: number,
  sunX: number,
  sunY: number,
  across: number,
): { sky: Facet[]; land: Facet[] } {
  const { width, height, unit, palette } = stage;
  const side = unit / across;
  const columns = Math.ceil(width / side) + 3;
  const rows = Math.ceil(height / side) + 3;
  const corner = (column: number, row: number): [number, number] => {
    const chance = hashPlace(seed, column, row);
    const jitterX = ((chance & 0xffff) / 0xffff - 0.5) * 0.72;
    const jitterY = ((chance >>> 16) / 0xffff - 0.5) * 0.72;
    return [(column - 1 + jitterX + (row & 1) * 0.5) * side, (row - 1 + jitterY) * side];
  };
  const ridge = (range: number, x: number): number =>
    height * mix(0.46, 0.82, range / (RANGES - 1)) -
    unit *
      mix(0.2, 0.1, range / (RANGES - 1)) *
      (0.9 - 2.2 * Math.abs(fractal1(seed + range * 7, (x / unit) * 1.25 + range * 5, 3)));
  const tint = stage.subject.named[0] ?? kindred(palette.accents, palette.far);
  const skyRamp = ramp(palette.sky, 256);
  const sky: Facet[] = [];
  const land: Facet[] = [];
  const addFacet = (a: [number, number], b: [number, number], c: [number, number], key: number): void => {
    const [x, y] = [(a[0] + b[0] + c[0]) / 3, (a[1] + b[1] + c[1]) / 3];
    let range = -1;
    for (let candidate = 0; candidate < RANGES; candidate += 1) if (y > ridge(candidate, x)) range = candidate;
    const lift = (p: [number, number]) =>
      noise2(seed ^ 31, (p[0] / side) * 0.9, (p[1] / side) * 0.9) +
      ((hashPlace(seed ^ 8, Math.round(p[0]), Math.round(p[1])) & 255) / 255 - 0.5) * 0.8;
    const [za, zb, zc] = [lift(a), lift(b), lift(c)];
    const [ux, uy, uz] = [(b[0] - a[0]) / side, (b[1] - a[1]) / side, zb - za];
    const [vx, vy, vz] = [(c[0] - a[0]) / side, (c[1] - a[1]) / side, zc - za];
    let [nx, ny, nz] = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
    if (nz < 0) [nx, ny, nz] = [-nx, -ny, -nz];
    const long = Math.sqrt(nx * nx + ny * ny + nz * nz) || 1;
    const [toSunX, toSunY] = [(sunX - x) / unit, (sunY - y) / unit];
    const far = Math.sqrt(toSunX * toSunX + toSunY * toSunY) || 1;
    const lit = ((nx * toSunX) / far + (ny * toSunY) / far) / long;
    const chance = (hashPlace(seed ^ 5, key, 3) & 255) / 255 - 0.5;
    const points = spread([a, b, c], 0.7);
    if (range < 0) {
      const t = clamp01(y / (height * 0.75) + lit * 0.07 + chance * 0.07);
      const at = Math.round(t * (skyRamp.length / 3 - 1)) * 3;
      const warmth = clamp01(1 - far * 1.9) * 0.25;
      const [red, green, blue] = toLight(
        blend(palette.sky[palette.sky.length - 1] ?? palette.light, palette.light, 0.4),
      );
      const own = [skyRamp[at] ?? 0, skyRamp[at + 1] ?? 0, skyRamp[at + 2] ?? 0] as const;
      sky.push({
        points,
        paint: flat([mix(own[0], red, warmth), mix(own[1], green, warmth), mix(own[2], blue, warmth)]),
      });
      return;
    }
    const nearness = range / (RANGES - 1);
    const base = blend(blend(palette.far, tint, 0.45 - 0.25 * nearness), palette.near, 0.08 + 0.7 * nearness);
    const depth = clamp01((y - ridge(range, x)) / (unit * 0.3));
    const snow = stage.subject.hasSnow ? clamp01(1 - depth * 2.2) : 0;
    const capped = blend(base, [0.96, 0, -0.01], snow * (lit > -0.1 ? 0.95 : 0.45));
    const shaded = shift(blend(capped, palette.light, clamp01(lit) * 0.4), lit * 0.17 + chance * 0.035 - depth * 0.03);
    land.push({ points, paint: flat(toLight(shaded)) });
  };
  for (let row = 0; row < rows - 1; row += 1) {
    for (let column = -1; column < columns - 1; column += 1) {
      const [a, b] = [corner(column, row), corner(column + 1, row)];
      const [c, d] = [corner(column, row + 1), corner(column + 1, row + 1)];
      const key = row * 4096 + column * 2;
      if (row & 1) {
        addFacet(a, b, d, key);
        addFacet(a, d, c, key + 1);
      } else {
        addFacet(a, b, c, key);
        addFacet(b, d, c, key + 1);
      }
    }
  }
  return { sky, land };
}

const flat = (light: readonly [number, number, number]): Paint => ({
  ramp: Float32Array.from(light),
  ax: 0,
  ay: 0,
  a0: 0,
  radius: 0,
});

/** The triangle with its edges moved out by some pixels, so that no seam shows between neighbours. */
function spread(corners: readonly [[number, number], [number, number], [number, number]], by: number): Points {
  const [a, b, c] = corners;
  const middle = [(a[0] + b[0] + c[0]) / 3, (a[1] + b[1] + c[1]) / 3] as const;
  const normals = [normal(a, b, middle), normal(b, c, middle), normal(c, a, middle)] as const;
  const around = [
    [normals[2], normals[0]],
    [normals[0], normals[1]],
    [normals[1], normals[2]],
  ] as const;
  const points = new Float64Array(6);
  corners.forEach(([x, y], index) => {
    const [before, after] = around[index] ?? around[0];
    const miter = by / Math.max(0.2, 1 + before[0] * after[0] + before[1] * after[1]);
    points[index * 2] = x + (before[0] + after[0]) * miter;
    points[index * 2 + 1] = y + (before[1] + after[1]) * miter;
  });
  return points;
}

/** The unit vector across an edge that leads away from the middle. */
function normal(
  from: readonly [number, number],
  to: readonly [number, number],
  middle: readonly [number, number],
): readonly [number, number] {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const long = Math.sqrt(dx * dx + dy * dy) || 1;
  const side = dx * (middle[1] - from[1]) - dy * (middle[0] - from[0]) > 0 ? 1 : -1;
  return [(dy / long) * side, (-dx / long) * side];
}
