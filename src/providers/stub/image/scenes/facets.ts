/** Mountains of folded paper: sky and ranges divided into triangles, each lit according to its direction. */
import { blend, type Lab, type Ramp, ramp, shift, toLight } from '../paint/color.ts';
import { fractal1, noise2 } from '../paint/noise.ts';
import { clamp01, mix } from '../paint/numbers.ts';
import type { Paint } from '../paint/paint.ts';
import { hashPoint } from '../paint/random.ts';
import { type Points, polygon } from '../paint/shapes.ts';
import { createSky, createSun, findMatchingAccent, type Scene, type SceneContext } from './scene.ts';

interface Facet {
  readonly points: Points;
  readonly paint: Paint;
}

export const facets: Scene = async (context) => {
  const { width, height, unit } = context;
  const random = context.random.fork('facets');
  const sunX = width * random.range(0.25, 0.75);
  const sunY = height * random.range(0.2, 0.34);
  const sunRadius = unit * random.range(0.07, 0.11);
  const cut = cutFacets(context, random.seed, sunX, sunY, random.int(4) + 12);
  const sky = createSky(context, height * 0.75);
  const sun = createSun(context, sunX, sunY, sunRadius);
  return (band) => {
    sky(band);
    for (const { points, paint } of cut.sky) polygon(band, points, paint, 0.8);
    sun(band);
    for (const { points, paint } of cut.land) polygon(band, points, paint);
  };
};

const RANGES = 4;

type Point = readonly [x: number, y: number];

/** A triangle's centre, the light on it, and its random variation. */
interface Surface {
  readonly x: number;
  readonly y: number;
  /** Below 0 in shadow, above 0 in light. */
  readonly lit: number;
  /** Distance from the sun in design units. */
  readonly sunDistance: number;
  /** From -0.5 to 0.5. */
  readonly chance: number;
}

/** Divides the image into jittered triangles and sorts them into sky and land. */
function cutFacets(
  context: SceneContext,
  seed: number,
  sunX: number,
  sunY: number,
  across: number,
): { sky: Facet[]; land: Facet[] } {
  const { width, height, unit, palette } = context;
  const side = unit / across;
  const columns = Math.ceil(width / side) + 3;
  const rows = Math.ceil(height / side) + 3;
  const corner = (column: number, row: number): Point => {
    const chance = hashPoint(seed, column, row);
    const jitterX = ((chance & 0xffff) / 0xffff - 0.5) * 0.72;
    const jitterY = ((chance >>> 16) / 0xffff - 0.5) * 0.72;
    return [(column - 1 + jitterX + (row & 1) * 0.5) * side, (row - 1 + jitterY) * side];
  };
  const ridge = (range: number, x: number): number =>
    height * mix(0.46, 0.82, range / (RANGES - 1)) -
    unit *
      mix(0.2, 0.1, range / (RANGES - 1)) *
      (0.9 - 2.2 * Math.abs(fractal1(seed + range * 7, (x / unit) * 1.25 + range * 5, 3)));
  const tint = context.subject.namedColors[0] ?? findMatchingAccent(palette.accents, palette.far);
  const skyRamp = ramp(palette.sky, 256);
  const sky: Facet[] = [];
  const land: Facet[] = [];
  const addFacet = (a: Point, b: Point, c: Point, key: number): void => {
    const [x, y] = [(a[0] + b[0] + c[0]) / 3, (a[1] + b[1] + c[1]) / 3];
    let range = -1;
    for (let candidate = 0; candidate < RANGES; candidate += 1) if (y > ridge(candidate, x)) range = candidate;
    const [toSunX, toSunY] = [(sunX - x) / unit, (sunY - y) / unit];
    const sunDistance = Math.sqrt(toSunX * toSunX + toSunY * toSunY) || 1;
    const [normalX, normalY, length] = facetNormal([a, b, c], seed, side);
    const lit = ((normalX * toSunX) / sunDistance + (normalY * toSunY) / sunDistance) / length;
    const chance = (hashPoint(seed ^ 5, key, 3) & 255) / 255 - 0.5;
    const surface: Surface = { x, y, lit, sunDistance, chance };
    const points = expandTriangle([a, b, c], 0.7);
    if (range < 0) sky.push({ points, paint: skyPaint(context, skyRamp, surface) });
    else land.push({ points, paint: landPaint(context, tint, range, ridge(range, x), surface) });
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

/** Returns x, y and the length of the normal of a triangle whose corners have different heights. */
function facetNormal(
  [a, b, c]: readonly [Point, Point, Point],
  seed: number,
  side: number,
): readonly [x: number, y: number, length: number] {
  const lift = (p: Point) =>
    noise2(seed ^ 31, (p[0] / side) * 0.9, (p[1] / side) * 0.9) +
    ((hashPoint(seed ^ 8, Math.round(p[0]), Math.round(p[1])) & 255) / 255 - 0.5) * 0.8;
  const [za, zb, zc] = [lift(a), lift(b), lift(c)];
  const [ux, uy, uz] = [(b[0] - a[0]) / side, (b[1] - a[1]) / side, zb - za];
  const [vx, vy, vz] = [(c[0] - a[0]) / side, (c[1] - a[1]) / side, zc - za];
  let [nx, ny, nz] = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
  if (nz < 0) [nx, ny, nz] = [-nx, -ny, -nz];
  return [nx, ny, Math.sqrt(nx * nx + ny * ny + nz * nz) || 1];
}

function skyPaint({ height, palette }: SceneContext, skyRamp: Ramp, { y, lit, sunDistance, chance }: Surface): Paint {
  const t = clamp01(y / (height * 0.75) + lit * 0.07 + chance * 0.07);
  const at = Math.round(t * (skyRamp.length / 3 - 1)) * 3;
  const warmth = clamp01(1 - sunDistance * 1.9) * 0.25;
  const [red, green, blue] = toLight(blend(palette.sky[palette.sky.length - 1] ?? palette.light, palette.light, 0.4));
  const own = [skyRamp[at] ?? 0, skyRamp[at + 1] ?? 0, skyRamp[at + 2] ?? 0] as const;
  return solidLight([mix(own[0], red, warmth), mix(own[1], green, warmth), mix(own[2], blue, warmth)]);
}

function landPaint(context: SceneContext, tint: Lab, range: number, ridgeY: number, surface: Surface): Paint {
  const { unit, palette, subject } = context;
  const { y, lit, chance } = surface;
  const nearness = range / (RANGES - 1);
  const base = blend(blend(palette.far, tint, 0.45 - 0.25 * nearness), palette.near, 0.08 + 0.7 * nearness);
  const depth = clamp01((y - ridgeY) / (unit * 0.3));
  const snow = subject.hasSnow ? clamp01(1 - depth * 2.2) : 0;
  const capped = blend(base, [0.96, 0, -0.01], snow * (lit > -0.1 ? 0.95 : 0.45));
  const shaded = shift(blend(capped, palette.light, clamp01(lit) * 0.4), lit * 0.17 + chance * 0.035 - depth * 0.03);
  return solidLight(toLight(shaded));
}

const solidLight = (light: readonly [number, number, number]): Paint => ({
  ramp: Float32Array.from(light),
  ax: 0,
  ay: 0,
  a0: 0,
  radius: 0,
});

/** Moves the edges of a triangle outwards by some pixels, to hide the seams between neighbours. */
function expandTriangle(corners: readonly [Point, Point, Point], by: number): Points {
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

/** Returns the unit vector perpendicular to an edge that points away from the middle. */
function normal(from: Point, to: Point, middle: Point): Point {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const long = Math.sqrt(dx * dx + dy * dy) || 1;
  const side = dx * (middle[1] - from[1]) - dy * (middle[0] - from[0]) > 0 ? 1 : -1;
  return [(dy / long) * side, (-dx / long) * side];
}
