/** Stacked sheets of coloured paper, cut along the contour lines of a landscape, each with a shadow. */
import type { Band, Painter } from '../paint/band.ts';
import { type Lab, ramp } from '../paint/color.ts';
import { noise2 } from '../paint/noise.ts';
import { clamp01, cosTurns, sinTurns } from '../paint/numbers.ts';
import type { Scene } from './scene.ts';

/** Numbers per node of the lattice: level, and its slope per pixel along x and y. */
const FIELDS = 3;
/** Sheets per level of the field. */
const PER_LEVEL = 11;

export const contours: Scene = async ({ unit, random: parent, palette }) => {
  const random = parent.fork('contours');
  const seed = random.seed;
  const turn = random.next();
  const [along, across] = [cosTurns(turn), sinTurns(turn)];
  const bends = random.range(0.6, 0.95);
  const bands = random.range(1.5, 2.3);
  const scale = 0.86 / unit;
  const level = (px: number, py: number): number => {
    const x = (px * along + py * across) * scale;
    const y = (py * along - px * across) * scale * 1.5;
    const qx = noise2(seed, x, y);
    const qy = noise2(seed ^ 101, x + 5.2, y + 1.3);
    const rx = noise2(seed ^ 202, x * 1.25 + bends * qx * 1.5, y * 1.25 + bends * qy * 1.5);
    const field = noise2(seed ^ 303, x * 0.8 + bends * rx * 1.4, y * 0.8 + bends * qy * 1.1);
    return field * bands * 0.5 + 0.2 * qx + 8;
  };
  return createFolds(level, toColorCycle(palette.accents), unit);
};

/** Orders the colours from dark to pale to strong and back to dark, so that they can repeat without a visible break. */
function toColorCycle(accents: readonly Lab[]): Lab[] {
  const [loud, warm, cool, deep, pale] = accents;
  return [deep, cool, pale, warm, loud, deep].filter((color) => color !== undefined);
}

/**
 * The field is smooth, so it is computed on a lattice of about 3 pixels per 1000 and interpolated between its nodes.
 * The lattice is aligned to the image, not to the band, so the division into bands does not matter.
 */
function createFolds(level: (x: number, y: number) => number, colors: readonly Lab[], unit: number): Painter {
  const step = Math.max(1, Math.round(unit / 320));
  const sheets = ramp(colors, 13);
  return (band) => {
    const columns = Math.ceil(band.width / step) + 2;
    const firstRow = Math.floor(band.top / step);
    const rows = Math.floor((band.top + band.rows - 1) / step) - firstRow + 2;
    const lattice = fillLattice(level, columns, rows, firstRow, step);
    const node = new Float64Array(FIELDS);
    for (let row = 0, at = 0; row < band.rows; row += 1) {
      const v = (band.top + row) / step - firstRow;
      const latticeRow = Math.floor(v);
      for (let x = 0; x < band.width; x += 1, at += 3) {
        const u = x / step;
        const column = Math.floor(u);
        read(lattice, (latticeRow * columns + column) * FIELDS, columns * FIELDS, u - column, v - latticeRow, node);
        shade(band, at, node, sheets, unit);
      }
    }
  };
}

function fillLattice(
  level: (x: number, y: number) => number,
  columns: number,
  rows: number,
  firstRow: number,
  step: number,
): Float64Array {
  const wide = columns + 2;
  const levels = new Float64Array(wide * (rows + 2));
  for (let row = 0, at = 0; row < rows + 2; row += 1) {
    for (let column = 0; column < wide; column += 1, at += 1) {
      levels[at] = level((column - 1) * step, (firstRow + row - 1) * step);
    }
  }
  const lattice = new Float64Array(columns * rows * FIELDS);
  for (let row = 0, to = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1, to += FIELDS) {
      const at = (row + 1) * wide + column + 1;
      lattice[to] = levels[at] ?? 0;
      lattice[to + 1] = ((levels[at + 1] ?? 0) - (levels[at - 1] ?? 0)) / (2 * step);
      lattice[to + 2] = ((levels[at + wide] ?? 0) - (levels[at - wide] ?? 0)) / (2 * step);
    }
  }
  return lattice;
}

function read(lattice: Float64Array, at: number, stride: number, u: number, v: number, out: Float64Array): void {
  for (let field = 0; field < FIELDS; field += 1) {
    const here = at + field;
    const top = (lattice[here] ?? 0) * (1 - u) + (lattice[here + FIELDS] ?? 0) * u;
    const bottom = (lattice[here + stride] ?? 0) * (1 - u) + (lattice[here + stride + FIELDS] ?? 0) * u;
    out[field] = top * (1 - v) + bottom * v;
  }
}

/**
 * Divides levels into sheets. Each sheet has a light edge and casts a shadow on the sheet below. Both have a constant width in
 * pixels, because the slope tells how far away the edge is.
 */
function shade(band: Band, at: number, node: Float64Array, sheets: Float32Array, unit: number): void {
  const level = (node[0] ?? 0) * PER_LEVEL;
  const [slopeX, slopeY] = [(node[1] ?? 0) * PER_LEVEL, (node[2] ?? 0) * PER_LEVEL];
  const steep = Math.sqrt(slopeX * slopeX + slopeY * slopeY) + 0.02 / unit;
  const sheet = Math.floor(level);
  const toHigher = (sheet + 1 - level) / steep;
  const toLower = (level - sheet) / steep;
  const reach = unit * 0.03;
  const facing = (slopeX * 0.6 + slopeY * 0.8) / steep;
  const dark = toHigher < reach ? (0.4 + 0.2 * facing) * (1 - toHigher / reach) * (1 - toHigher / reach) : 0;
  const edge = toHigher < 0.5 ? 0.5 - toHigher : clamp01(1 - toLower / (unit * 0.004 + 1));
  const bright = 0.12 * edge * (1 - facing * 0.7);
  const slope = 1 + 0.05 * facing;
  const share = toHigher < 0.5 ? 0.5 - toHigher : toLower < 0.5 ? 0.5 - toLower : 0;
  const other = toHigher < 0.5 ? sheet + 1 : sheet - 1;
  const count = sheets.length / 3;
  const from = (((sheet % count) + count) % count) * 3;
  const to = (((other % count) + count) % count) * 3;
  for (let channel = 0; channel < 3; channel += 1) {
    const own = sheets[from + channel] ?? 0;
    const light = (own + ((sheets[to + channel] ?? 0) - own) * share) * slope * (1 - dark);
    band.light[at + channel] = light + (1 - light) * bright;
  }
}
