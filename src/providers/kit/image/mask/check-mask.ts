/**
 * Checks masks in the protocol's convention: an opaque PNG with the size of the first input image; white = repaint, black = keep, grey =
 * partly.
 */
import { inspectRaster } from '../inspect-raster.ts';
import type { InspectedImage } from '../inspection.ts';
import { createYielder } from '../png/create-yielder.ts';
import { decodePng, PngError, type RgbaImage } from '../png.ts';

/** A mask that cannot be used. The message says what is wrong with it and what to pass instead. */
export class MaskError extends Error {
  override readonly name = 'MaskError';
}

/** The pixels of a mask that can be used. */
export interface CheckedMask {
  readonly width: number;
  readonly height: number;
  /** RGBA. The caller may change it. */
  readonly data: Uint8Array;
  /** How much of each pixel is repainted, from 0 to 255. */
  readonly repaint: Uint8Array;
  /** Whether it has both light and dark pixels. Some vendors need that. */
  readonly hasBothColours: boolean;
}

/**
 * @param mask an opaque PNG file, white = repaint; colours count by their luminance (Rec. 709)
 * @param expected size of the first input image, in pixels
 * @throws MaskError if the mask is not a complete PNG, has another size, has transparent pixels, or is completely black
 */
export async function checkMask(
  mask: Uint8Array,
  expected: { readonly width: number; readonly height: number },
): Promise<CheckedMask> {
  const { width, height } = inspectMask(mask);
  if (width !== expected.width || height !== expected.height) {
    throw new MaskError(
      `The mask is ${width}x${height} pixels, but the first input image is ${expected.width}x${expected.height}. Pass a mask with the size of the image.`,
    );
  }
  const { data } = await decodeMask(mask, width * height);
  const repaint = new Uint8Array(width * height);
  let repaintBits = 0;
  let lightest = 0;
  let darkest = 255;
  await eachPixel(repaint.length, (pixel) => {
    const at = pixel * 4;
    if (data[at + 3] !== 255) throw new MaskError(ALPHA_MASK);
    const value = luminance(data[at]!, data[at + 1]!, data[at + 2]!);
    repaint[pixel] = value;
    repaintBits |= value;
    if (value > lightest) lightest = value;
    if (value < darkest) darkest = value;
  });
  if (repaintBits === 0)
    throw new MaskError(
      'The mask is completely black, so there is nothing to repaint. Paint the area to repaint white.',
    );

  const hasBothColours = darkest < GREY_THRESHOLD && lightest >= GREY_THRESHOLD;
  return { width, height, data, repaint, hasBothColours };
}

/** From this value on, grey counts as light. */
const GREY_THRESHOLD = 128;

const ALPHA_MASK =
  'The mask has transparent pixels, like an alpha mask. This library expects an opaque mask: white = repaint, black = keep. Convert it with maskFromAlpha.';

export function inspectMask(bytes: Uint8Array): InspectedImage {
  const found = inspectRaster(bytes);
  if (found.kind === 'unknown') throw new MaskError(`The mask ${found.reason}. Pass a PNG file.`);
  if (found.format !== 'png') throw new MaskError(`The mask is in the format ${found.format}. Pass a PNG file.`);
  if (found.kind === 'broken')
    throw new MaskError(`The mask is a broken PNG file: it ${found.reason}. Pass a complete one.`);
  if (found.frames > 1) throw new MaskError('The mask is an animation. Pass a PNG file with a single image.');
  return found;
}

export async function decodeMask(bytes: Uint8Array, maxPixels: number): Promise<RgbaImage> {
  try {
    return await decodePng(bytes, { maxPixels });
  } catch (error) {
    if (!(error instanceof PngError)) throw error;
    throw new MaskError(`The mask cannot be read. ${error.message} Pass a valid PNG file.`, { cause: error });
  }
}

/** Rec. 709 weights in 16-bit fixed point. They add up to 65536, so that grey keeps its value. */
function luminance(red: number, green: number, blue: number): number {
  return (13_933 * red + 46_871 * green + 4_732 * blue + 32_768) >>> 16;
}

const BATCH_PIXELS = 100_000;

export async function eachPixel(count: number, visit: (pixel: number) => void): Promise<void> {
  const yieldAfter = createYielder();
  for (let start = 0; start < count; start += BATCH_PIXELS) {
    const end = Math.min(start + BATCH_PIXELS, count);
    for (let pixel = start; pixel < end; pixel++) visit(pixel);
    const pause = yieldAfter(end - start);
    if (pause) await pause;
  }
}
