/** Makes the mask for a part of an image. */
import { encodePng } from '../../providers/kit/image/png.ts';
import { AiImageError } from '../../providers/protocol/index.ts';

/** A part of an image, from 0 to 1 of its width and height, from the left and the top. */
export interface ImageRegion {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Sums of decimal fractions are a little too large: 0.1 + 0.2. */
const TOLERANCE = 1e-6;

/**
 * @param size of the image, in pixels
 * @returns a PNG of that size: white in the region, which is repainted, and black elsewhere. Each pixel that the region touches is white
 * @throws AiImageError `invalid_request`: the region is not inside the image
 */
export async function createRegionMask(
  region: ImageRegion,
  size: { readonly width: number; readonly height: number },
): Promise<Uint8Array> {
  const [left, right] = spanOf(region.x, region.width, size.width, ['x', 'width']);
  const [top, bottom] = spanOf(region.y, region.height, size.height, ['y', 'height']);
  const data = new Uint8Array(size.width * size.height);
  for (let row = top; row < bottom; row++) data.fill(255, row * size.width + left, row * size.width + right);
  return encodePng({ ...size, data, channels: 1 });
}

function spanOf(
  start: number,
  length: number,
  pixels: number,
  [startName, lengthName]: readonly [string, string],
): readonly [from: number, to: number] {
  if (!(start >= 0 && start < 1)) throw regionError(`${startName} must be from 0 to below 1`);
  if (!(length > 0 && length <= 1)) throw regionError(`${lengthName} must be above 0 and at most 1`);
  const end = start + length;
  if (end > 1 + TOLERANCE) throw regionError(`${startName} + ${lengthName} must be at most 1`);
  const from = Math.min(Math.floor(start * pixels + TOLERANCE), pixels - 1);
  return [from, Math.min(Math.max(Math.ceil(end * pixels - TOLERANCE), from + 1), pixels)];
}

const regionError = (what: string): AiImageError =>
  new AiImageError('invalid_request', `mask_region: ${what}`, {
    charged: 'no',
    hint: 'Give x, y, width and height as parts of the image, e.g. 0.5 for half of it.',
  });
