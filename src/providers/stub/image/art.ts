/** Paints the art of an image row by row, at any progress. */
import { type Band, encodeRow, type Painter } from './paint/band.ts';
import { srgbTable } from './paint/color.ts';
import { isPauseDue, nextTurn, PIXELS_PER_PAUSE } from './paint/pause.ts';
import { hashPoint, type SeededRandom } from './paint/random.ts';
import type { Palette } from './palette.ts';
import { createBlurReader } from './resample.ts';
import { scenes } from './scenes/index.ts';
import type { SceneId, Subject } from './subject.ts';

export interface Art {
  readonly scene: SceneId;
  readonly subject: Subject;
  readonly palette: Palette;
  readonly random: SeededRandom;
}

/** Receives one finished row: opaque RGBA bytes, valid only during the call. */
export type WriteRow = (y: number, row: Uint8Array) => void;

/** The number of unfinished stages. At the coarsest, one sample covers 64 x 64 pixels. */
const MAX_COARSENESS = 6;

/**
 * Paints the art and passes it on row by row. Yields to the event loop every few milliseconds.
 * @param progress from 0 to 1; below 1 the image is blurred and grainy, like the previews of a real model
 */
export async function paintArt(
  art: Art,
  width: number,
  height: number,
  progress: number,
  writeRow: WriteRow,
): Promise<void> {
  const coarseness = Math.ceil((1 - progress) * MAX_COARSENESS);
  if (coarseness === 0) return paintRows(art, width, height, writeRow);
  const cell = 1 << coarseness;
  const [wide, tall] = [Math.max(1, Math.round(width / cell)), Math.max(1, Math.round(height / cell))];
  const small = { width: wide, height: tall, data: new Uint8Array(wide * tall * 4) };
  await paintRows(art, small.width, small.height, (y, row) => small.data.set(row, y * small.width * 4));
  const readRow = createBlurReader(small, width, height);
  const strength = (1 - progress) * 0.16;
  const row = new Uint8Array(width * 4);
  for (let y = 0; y < height; y += 1) {
    readRow(y, row);
    addNoise(row, y, strength, art.random.seed + coarseness);
    writeRow(y, row);
    if (isPauseDue(y, width)) await nextTurn();
  }
}

async function paintRows(art: Art, width: number, height: number, writeRow: WriteRow): Promise<void> {
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
      encodeRow(band, y, table, art.random.seed, row);
      writeRow(top + y, row);
    }
    await nextTurn();
  }
}

/** Adds the noise of an unfinished image. */
function addNoise(row: Uint8Array, y: number, strength: number, seed: number): void {
  for (let at = 0; at < row.length; at += 4) {
    const noise = hashPoint(seed, at, y);
    const soft = ((noise & 0xff) + ((noise >>> 8) & 0xff) - 255) * strength;
    const color = ((noise >>> 16) & 0xff) - 127;
    for (let channel = 0; channel < 3; channel += 1) {
      const value = (row[at + channel] ?? 0) + soft + (channel === 1 ? -color : color) * strength * 0.35;
      row[at + channel] = value < 0 ? 0 : value > 255 ? 255 : value;
    }
  }
}
