/** Scales an image down: each new pixel is the mean of the pixels it covers. */
import type { RgbaImage } from '../../../../providers/kit/image/png.ts';

/** Returns the largest size that fits, never larger than the image and at least 1x1. */
export function fitInside(
  { width, height }: Pick<RgbaImage, 'width' | 'height'>,
  within: { readonly width: number; readonly height: number },
): { readonly width: number; readonly height: number } {
  const scale = Math.min(within.width / width, within.height / height, 1);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Weighs colours by alpha, so that transparent pixels add none. */
export function shrink(image: RgbaImage, to: { readonly width: number; readonly height: number }): RgbaImage {
  if (to.width === image.width && to.height === image.height) return image;
  const data = new Uint8Array(to.width * to.height * 4);
  for (let y = 0; y < to.height; y++) {
    const [top, bottom] = spanOf(y, to.height, image.height);
    for (let x = 0; x < to.width; x++) {
      const [left, right] = spanOf(x, to.width, image.width);
      data.set(meanOf(image, { left, right, top, bottom }), (y * to.width + x) * 4);
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

function meanOf({ width, data }: RgbaImage, { left, right, top, bottom }: Box): readonly number[] {
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
