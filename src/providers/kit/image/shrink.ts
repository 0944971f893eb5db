/** Scales an image down: each new pixel is the mean of the pixels it covers. */
import { createYielder } from './png/create-yielder.ts';
import type { RgbaImage } from './png.ts';

/** Returns the largest size that fits, never larger than the image and at least 1x1. */
export function fitInside(
  { width, height }: Pick<RgbaImage, 'width' | 'height'>,
  within: { readonly width: number; readonly height: number },
): { readonly width: number; readonly height: number } {
  const scale = Math.min(within.width / width, within.height / height, 1);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Weighs colours by alpha, so that transparent pixels add none. Yields to the event loop. */
export async function shrink(
  image: RgbaImage,
  to: { readonly width: number; readonly height: number },
): Promise<RgbaImage> {
  if (to.width === image.width && to.height === image.height) return image;
  const data = new Uint8Array(to.width * to.height * 4);
  const yieldAfter = createYielder();
  for (let y = 0; y < to.height; y++) {
    const [top, bottom] = spanOf(y, to.height, image.height);
    for (let x = 0; x < to.width; x++) {
      const [left, right] = spanOf(x, to.width, image.width);
      writeMean(image, { left, right, top, bottom }, data, (y * to.width + x) * 4);
    }
    const pause = yieldAfter((bottom - top) * image.width);
    if (pause) await pause;
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

/** Leaves a transparent pixel as it is: four zeros. */
function writeMean({ width, data }: RgbaImage, box: Box, into: Uint8Array, pixel: number): void {
  const { left, right, top, bottom } = box;
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
  if (alpha === 0) return;
  into[pixel] = Math.round(red / alpha);
  into[pixel + 1] = Math.round(green / alpha);
  into[pixel + 2] = Math.round(blue / alpha);
  into[pixel + 3] = Math.round(alpha / ((right - left) * (bottom - top)));
}
