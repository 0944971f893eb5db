/** A quilt of square tiles with concentric arcs, which form curves and circles with their neighbours. */
import { paintField } from '../paint/band.ts';
import { type Lab, ramp, toLight } from '../paint/color.ts';
import { noise2 } from '../paint/noise.ts';
import type { SeededRandom } from '../paint/random.ts';
import type { Scene } from './scene.ts';

interface Tile {
  readonly kind: 'corner' | 'twin' | 'circle' | 'half' | 'leaf';
  /** Quarter turns. */
  readonly turn: number;
  /** Linear light of the rings from the outside in; the first is the background. */
  readonly colors: Float32Array;
}

export const tiles: Scene = async (context) => {
  const { width, height, unit, palette } = context;
  const random = context.random.fork('tiles');
  const across = 3 + random.int(3);
  const side = unit / across;
  const columns = Math.ceil(width / side - 0.02) + 1;
  const rows = Math.ceil(height / side - 0.02) + 1;
  const offsetX = (width - Math.round(width / side) * side) / 2;
  const offsetY = (height - Math.round(height / side) * side) / 2;
  const rings = 2 + random.int(3);
  const pool: readonly Lab[] = [...palette.accents, palette.paper, palette.accents[0] ?? palette.paper];
  const startX = offsetX > 0 ? -1 : 0;
  const startY = offsetY > 0 ? -1 : 0;
  const quilt = Array.from({ length: (columns + 1) * (rows + 1) }, () =>
    createTile(random, pool, palette.paper, rings),
  );
  const seed = random.seed;
  const edge = 0.75 / side;
  const grain = 1 / unit;
  return (band) =>
    paintField(band, (x, y, out, at) => {
      const column = Math.floor((x - offsetX) / side);
      const row = Math.floor((y - offsetY) / side);
      const tile = quilt[(row - startY) * (columns + 1) + column - startX] ?? quilt[0];
      if (!tile) return;
      let u = (x - offsetX) / side - column;
      let v = (y - offsetY) / side - row;
      for (let turn = tile.turn; turn > 0; turn -= 1) [u, v] = [1 - v, u];
      const depth = depthAt(tile, u, v) * rings;
      const worn =
        1 +
        0.045 * noise2(seed, x * grain * 7, y * grain * 7) +
        0.03 * noise2(seed ^ 21, x * grain * 60, y * grain * 22);
      paintRings(tile.colors, depth, edge * rings, worn, out, at);
    });
};

/** Returns the depth inside the figure: 0 at its outline, 1 at its centre, below 0 outside. */
function depthAt(tile: Tile, u: number, v: number): number {
  switch (tile.kind) {
    case 'corner':
      return 1 - Math.sqrt(u * u + v * v);
    case 'twin': {
      const here = Math.sqrt(u * u + v * v);
      const there = Math.sqrt((1 - u) * (1 - u) + (1 - v) * (1 - v));
      return (0.5 - Math.min(here, there)) * 2;
    }
    case 'circle':
      return 1 - 2 * Math.sqrt((u - 0.5) * (u - 0.5) + (v - 0.5) * (v - 0.5));
    case 'half': {
      const part = v < 0.5 ? v : v - 0.5;
      return 1 - 2 * Math.sqrt((u - 0.5) * (u - 0.5) + part * part);
    }
    case 'leaf': {
      const first = 1 - Math.sqrt(u * u + v * v);
      const second = 1 - Math.sqrt((1 - u) * (1 - u) + (1 - v) * (1 - v));
      return Math.min(first, second) / 0.2929;
    }
  }
}

function paintRings(
  colors: Float32Array,
  depth: number,
  edge: number,
  worn: number,
  out: Float32Array,
  at: number,
): void {
  const last = colors.length / 3 - 1;
  const ring = depth < 0 ? 0 : Math.min(last, Math.floor(depth) + 1);
  const nearest = Math.min(last - 1, Math.max(0, Math.floor(depth + 0.5)));
  const t = (depth - nearest) / edge / 2 + 0.5;
  const from = t > 0 && t < 1 ? nearest : ring;
  const to = t > 0 && t < 1 ? nearest + 1 : ring;
  const share = t > 0 && t < 1 ? t : 0;
  for (let channel = 0; channel < 3; channel += 1) {
    const a = colors[from * 3 + channel] ?? 0;
    const b = colors[to * 3 + channel] ?? 0;
    out[at + channel] = (a + (b - a) * share) * worn;
  }
}

function createTile(random: SeededRandom, pool: readonly Lab[], paper: Lab, rings: number): Tile {
  const kind = random.pick(['corner', 'corner', 'corner', 'twin', 'circle', 'half', 'leaf'] as const);
  const colors = new Float32Array((rings + 1) * 3);
  let before: Lab | undefined = random.chance(0.45) ? paper : random.pick(pool);
  colors.set(toLight(before), 0);
  for (let ring = 1; ring <= rings; ring += 1) {
    let color = random.pick(pool);
    for (let attempt = 0; attempt < 6 && isClose(color, before); attempt += 1) color = random.pick(pool);
    colors.set(ramp([color], 1), ring * 3);
    before = color;
  }
  return { kind, turn: random.int(4), colors };
}

const isClose = (a: Lab, b: Lab): boolean =>
  Math.abs(a[0] - b[0]) < 0.08 && Math.abs(a[1] - b[1]) + Math.abs(a[2] - b[2]) < 0.06;
