/** Areas of an image: boxes for the art and its caption, and masks. */
import { clamp01 } from './paint/numbers.ts';
import { isPauseDue, nextTurn } from './paint/pause.ts';
import type { Raster } from './raster.ts';
import { createCoverReader } from './resample.ts';

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Mask {
  /** How much of each pixel is repainted: 0 where the mask is black or transparent, 255 where it is white. */
  readonly plane: Uint8Array;
  /** The smallest box around all pixels above 0; undefined if there are none. */
  readonly bounds: Box | undefined;
}

/** Scales a mask to the size of the image. */
export async function readMask(mask: Raster, width: number, height: number): Promise<Mask> {
  const plane = new Uint8Array(width * height);
  const row = new Float32Array(width * 4);
  const { readRow } = createCoverReader(mask, width, height);
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let y = 0; y < height; y += 1) {
    readRow(y, row);
    for (let x = 0; x < width; x += 1) {
      const gray = 0.2126 * (row[x * 4] ?? 0) + 0.7152 * (row[x * 4 + 1] ?? 0) + 0.0722 * (row[x * 4 + 2] ?? 0);
      const share = Math.min(255, Math.round(gray));
      if (share === 0) continue;
      plane[y * width + x] = share;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      bottom = y;
    }
    if (isPauseDue(y, width)) await nextTurn();
  }
  return { plane, bounds: right < 0 ? undefined : { left, top, width: right - left + 1, height: bottom - top + 1 } };
}

/** Returns the card behind the art of an edit, at the bottom right; `frame` is the width of its border in pixels. */
export function placeInset(width: number, height: number): { readonly card: Box; readonly frame: number } {
  const [wide, tall] = [Math.max(1, Math.round(width * 0.54)), Math.max(1, Math.round(height * 0.54))];
  const gap = Math.round(Math.min(width, height) * 0.055);
  const left = Math.max(0, width - wide - gap);
  const top = Math.max(0, height - tall - gap);
  return { card: { left, top, width: wide, height: tall }, frame: Math.floor(Math.min(wide, tall) * 0.03) };
}

/** Returns how much of a pixel lies inside a box with round corners, 0..1, with a soft edge of one pixel. */
export function roundedBoxCoverage(box: Box, radius: number, x: number, y: number): number {
  const dx = Math.abs(x + 0.5 - box.left - box.width / 2) - box.width / 2 + radius;
  const dy = Math.abs(y + 0.5 - box.top - box.height / 2) - box.height / 2 + radius;
  if (dx <= 0 && dy <= 0) return clamp01(0.5 - Math.max(dx, dy) + radius);
  const [ox, oy] = [Math.max(dx, 0), Math.max(dy, 0)];
  return clamp01(radius + 0.5 - Math.sqrt(ox * ox + oy * oy));
}

export const shrinkBox = (box: Box, across: number, down = across): Box => ({
  left: box.left + across,
  top: box.top + down,
  width: Math.max(1, box.width - 2 * across),
  height: Math.max(1, box.height - 2 * down),
});

/** Returns whether a box lies completely in the area that a mask repaints. */
export function isInsideMask(plane: Uint8Array, width: number, box: Box): boolean {
  for (let y = box.top; y < box.top + box.height; y += 1) {
    for (let x = box.left; x < box.left + box.width; x += 1) if ((plane[y * width + x] ?? 0) < 230) return false;
  }
  return true;
}
