/** A picture made smaller: each new pixel is the mean of those it stands for. */
import type { Picture } from '../../../../providers/kit/image/png.ts';

/** As large as fits, never larger than it is. @returns at least one pixel each way */
export function fitInside(
  { width, height }: Pick<Picture, 'width' | 'height'>,
  within: { readonly width: number; readonly height: number },
): { readonly width: number; readonly height: number } {
  const scale = Math.min(within.width / width, within.height / height, 1);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Transparent pixels lend no colour to their neighbours. */
export function shrink(picture: Picture, to: { readonly width: number; readonly height: number }): Picture {
  if (to.width === picture.width && to.height === picture.height) return picture;
  const data = new Uint8Array(to.width * to.height * 4);
  for (let y = 0; y < to.height; y++) {
    const [top, bottom] = spanOf(y, to.height, picture.height);
    for (let x = 0; x < to.width; x++) {
      const [left, right] = spanOf(x, to.width, picture.width);
      data.set(meanOf(picture, { left, right, top, bottom }), (y * to.width + x) * 4);
    }
  }
  return { ...to, data };
}

function spanOf(at: number, count: number, length: number): readonly [from: number, to: number] {
  const from = Math.floor((at * length) / count);
  return [from, Math.max(from + 1, Math.floor(((at + 1) * length) / count))];
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function meanOf({ width, data }: Picture, { left, right, top, bottom }: Box): readonly number[] {
  let [red, green, blue, alpha] = [0, 0, 0, 0];
  for (let y = top; y < bottom; y++) {
    for (let at = (y * width + left) * 4; at < (y * width + right) * 4; at += 4) {
      const weight = data[at + 3] ?? 0;
      red += (data[at] ?? 0) * weight;
      green += (data[at + 1] ?? 0) * weight;
      blue += (data[at + 2] ?? 0) * weight;
      alpha += weight;
    }
  }
  if (alpha === 0) return [0, 0, 0, 0];
  const pixels = (right - left) * (bottom - top);
  return [red / alpha, green / alpha, blue / alpha, alpha / pixels].map(Math.round);
}
