/** Combines pixels: the input of an edit, the card behind an inset, rows of art, the outline of a mask. */
import type { Box } from './layout.ts';
import { isPauseDue, nextTurn } from './paint/pause.ts';
import type { Raster } from './raster.ts';
import { createCoverReader } from './resample.ts';

interface Target {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

type Rgb = readonly [red: number, green: number, blue: number];

/** Copies an image over the whole target and crops it to fit. Its transparency stays unless `ground` is set. */
export async function copyInput(target: Target, input: Raster, ground: Rgb | undefined): Promise<void> {
  const { width, height, data } = target;
  const row = new Float32Array(width * 4);
  const { readRow } = createCoverReader(input, width, height);
  const isExact = input.width === width && input.height === height;
  if (isExact) data.set(input.data);
  for (let y = 0; y < height && !(isExact && !ground); y += 1) {
    if (!isExact) {
      readRow(y, row);
      for (let x = 0, from = 0, at = y * width * 4; x < width; x += 1, from += 4, at += 4) {
        const alpha = row[from + 3] ?? 0;
        const full = alpha > 0 ? 255 / alpha : 0;
        data[at] = Math.min(255, Math.round((row[from] ?? 0) * full));
        data[at + 1] = Math.min(255, Math.round((row[from + 1] ?? 0) * full));
        data[at + 2] = Math.min(255, Math.round((row[from + 2] ?? 0) * full));
        data[at + 3] = Math.min(255, Math.round(alpha));
      }
    }
    if (ground) for (let at = y * width * 4; at < (y + 1) * width * 4; at += 4) fillBehindPixel(data, at, ground);
    if (isPauseDue(y, width)) await nextTurn();
  }
}

/** Paints a card of paper with a soft shadow. */
export function paintCard(target: Target, card: Box, color: Rgb): void {
  const reach = Math.min(target.width, target.height) * 0.035;
  const drop = reach * 0.2;
  const top = Math.max(0, Math.floor(card.top - reach));
  const bottom = Math.min(target.height, Math.ceil(card.top + card.height + reach * 1.4));
  const left = Math.max(0, Math.floor(card.left - reach));
  const right = Math.min(target.width, Math.ceil(card.left + card.width + reach));
  for (let y = top; y < bottom; y += 1) {
    for (let x = left; x < right; x += 1) {
      const at = (y * target.width + x) * 4;
      const outX = Math.max(card.left - x, x - card.left - card.width + 1, 0);
      const outY = Math.max(card.top - y, y - card.top - card.height + 1, 0);
      if (outX === 0 && outY === 0) {
        replacePixel(target.data, at, color[0], color[1], color[2], 1, 1);
        continue;
      }
      const sunk = Math.max(card.top + drop - y, y - card.top - card.height + 1 - drop, 0);
      const near = 1 - (Math.sqrt(outX * outX + sunk * sunk) + drop * 2) / (reach + drop * 2);
      if (near > 0) coverPixel(target.data, at, [10, 10, 20], 0.7 * near * near);
    }
  }
}

/** Paints a faint light line just inside the border of the repainted area. Pixels that the mask keeps do not change. */
export async function outlineMask(data: Uint8Array, plane: Uint8Array, width: number, height: number): Promise<void> {
  const thick = Math.max(1, Math.round(Math.min(width, height) / 512));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = y * width + x;
      if ((plane[at] ?? 0) < 128) continue;
      const isBorder =
        (x >= thick && (plane[at - thick] ?? 0) < 128) ||
        (x + thick < width && (plane[at + thick] ?? 0) < 128) ||
        (y >= thick && (plane[at - thick * width] ?? 0) < 128) ||
        (y + thick < height && (plane[at + thick * width] ?? 0) < 128);
      if (isBorder) coverPixel(data, at * 4, [255, 255, 255], 0.4);
    }
    if (isPauseDue(y, width)) await nextTurn();
  }
}

/**
 * Blends a new pixel into an existing one. Colours are weighted by alpha, so that transparent pixels add no colour.
 * @param alpha of the new pixel, 0..1
 * @param share of the new pixel in the result, 0..1
 */
export function replacePixel(
  data: Uint8Array,
  at: number,
  red: number,
  green: number,
  blue: number,
  alpha: number,
  share: number,
): void {
  if (share <= 0) return;
  const kept = ((data[at + 3] ?? 0) / 255) * (1 - share);
  const laid = alpha * share;
  const whole = kept + laid;
  if (whole <= 0) {
    data[at] = 0;
    data[at + 1] = 0;
    data[at + 2] = 0;
    data[at + 3] = 0;
    return;
  }
  data[at] = Math.round(((data[at] ?? 0) * kept + red * laid) / whole);
  data[at + 1] = Math.round(((data[at + 1] ?? 0) * kept + green * laid) / whole);
  data[at + 2] = Math.round(((data[at + 2] ?? 0) * kept + blue * laid) / whole);
  data[at + 3] = Math.round(255 * Math.min(1, whole));
}

/** Paints a translucent colour over a pixel, which may be transparent itself. */
function coverPixel(data: Uint8Array, at: number, [red, green, blue]: Rgb, share: number): void {
  const under = (data[at + 3] ?? 0) / 255;
  const whole = share + under * (1 - share);
  if (whole === 0) return;
  const kept = (under * (1 - share)) / whole;
  data[at] = Math.round((data[at] ?? 0) * kept + red * (1 - kept));
  data[at + 1] = Math.round((data[at + 1] ?? 0) * kept + green * (1 - kept));
  data[at + 2] = Math.round((data[at + 2] ?? 0) * kept + blue * (1 - kept));
  data[at + 3] = Math.round(255 * whole);
}

/** Puts an opaque colour behind a pixel. */
function fillBehindPixel(data: Uint8Array, at: number, color: Rgb): void {
  const alpha = (data[at + 3] ?? 0) / 255;
  if (alpha === 1) return;
  for (let channel = 0; channel < 3; channel += 1) {
    data[at + channel] = Math.round((data[at + channel] ?? 0) * alpha + (color[channel] ?? 0) * (1 - alpha));
  }
  data[at + 3] = 255;
}
