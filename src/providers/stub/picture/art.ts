/** The generative picture itself, row by row, at any stage of being finished. */
import { type Band, developRow, type Painter } from './paint/band.ts';
import { srgbTable } from './paint/color.ts';
import { isPauseDue, nextTurn, PIXELS_PER_PAUSE } from './paint/pause.ts';
import { hashPlace, type SeededRandom } from './paint/random.ts';
import type { Palette } from './palette.ts';
import { createBlur } from './resample.ts';
import { scenes } from './scenes/index.ts';
import type { SceneId, Subject } from './subject.ts';

export interface Art {
  readonly scene: SceneId;
  readonly subject: Subject;
  readonly palette: Palette;
  readonly random: SeededRandom;
}

/** Takes one finished row: opaque RGBA bytes, valid only during the call. */
export type RowTaker = (y: number, row: Uint8Array) => void;

/** Stages a picture passes before it is finished: at the first, one look serves 64 pixels of a side. */
const COARSEST = 6;

/**
 * Paints the art and hands it over row by row. Gives the event loop a turn every few milliseconds.
 * @param progress 0..1; below 1 the picture is blurred and grainy, as from a model that is not done
 */
export async function paintArt(
  art: Art,
  width: number,
  height: number,
  progress: number,
  take: RowTaker,
): Promise<void> {
  const coarseness = Math.ceil((1 - progress) * COARSEST);
  if (coarseness === 0) return paintRows(art, width, height, take);
  const cell = 1 << coarseness;
  const [wide, tall] = [Math.max(1, Math.round(width / cell)), Math.max(1, Math.round(height / cell))];
  const small = { width: wide, height: tall, data: new Uint8Array(wide * tall * 4) };
  await paintRows(art, small.width, small.height, (y, row) => small.data.set(row, y * small.width * 4));
  const readRow = createBlur(small, width, height);
  const strength = (1 - progress) * 0.16;
  const row = new Uint8Array(width * 4);
  for (let y = 0; y < height; y += 1) {
    readRow(y, row);
    speckle(row, y, strength, art.random.seed + coarseness);
    take(y, row);
    if (isPauseDue(y, width)) await nextTurn();
  }
}

async function paintRows(art: Art, width: number, height: number, take: RowTaker): Promise<void> {
  const unit = Math.max(Math.min(width, height), Math.max(width, height) / 4);
  const paint: Painter = await scenes[art.scene]({ ...art, width, height, unit });
  await nextTurn();
  const table = srgbTable();
  await nextTurn();
  const rowsPerBand = Math.max(1, Math.floor(PIXELS_PER_PAUSE / width));
  const light = new Float32Array(rowsPerBand * width * 3);
  const row = new Uint8Array(width * 4);
  for (let top = 0, rows = 0; top < height; top += rows) {
    const isWarm = top * width >= PIXELS_PER_PAUSE;
    rows = Math.min(isWarm ? rowsPerBand : Math.ceil(rowsPerBand / 8), height - top);
    const band: Band = { width, height, top, rows, light: light.subarray(0, rows * width * 3) };
    paint(band);
    for (let y = 0; y < rows; y += 1) {
      developRow(band, y, table, art.random.seed, row);
      take(top + y, row);
    }
    await nextTurn();
  }
}

/** The noise an unfinished picture still carries. */
function speckle(row: Uint8Array, y: number, strength: number, seed: number): void {
  for (let at = 0; at < row.length; at += 4) {
    const noise = hashPlace(seed, at, y);
    const soft = ((noise & 0xff) + ((noise >>> 8) & 0xff) - 255) * strength;
    const color = ((noise >>> 16) & 0xff) - 127;
    for (let channel = 0; channel < 3; channel += 1) {
      const value = (row[at + channel] ?? 0) + soft + (channel === 1 ? -color : color) * strength * 0.35;
      row[at + channel] = value < 0 ? 0 : value > 255 ? 255 : value;
    }
  }
}
