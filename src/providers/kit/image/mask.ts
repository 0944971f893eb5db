/**
 * Converts masks from the protocol's convention to the vendor's.
 * The protocol's convention: an opaque PNG with the size of the first input image; white = repaint, black = keep, grey = partly.
 */
import type { MaskConvention } from '../../protocol/model-card.ts';
import { DEFAULT_IMAGE_LIMITS } from './image-rules.ts';
import { inspectImage } from './inspect-image.ts';
import type { InspectedImage } from './inspection.ts';
import { createYielder } from './png/create-yielder.ts';
import { decodePng, encodePng, PngError, type RgbaImage } from './png.ts';

/** A mask that cannot be used. The message says what is wrong with it and what to pass instead. */
export class MaskError extends Error {
  override readonly name = 'MaskError';
}

/**
 * Checks a mask in the protocol's convention and converts it to the vendor's.
 * @param mask an opaque PNG file, white = repaint; colours count by their luminance (Rec. 709)
 * @param convention the vendor's convention; `white-repaints` returns the bytes of `mask` unchanged
 * @param expected size of the first input image, in pixels
 * @returns a PNG file: for `black-repaints` in greyscale, for `transparent-repaints` in RGBA
 * @throws MaskError if the mask is not a complete PNG, has another size, has transparent pixels, or is completely black
 */
export async function convertMask(
  mask: Uint8Array,
  convention: MaskConvention,
  expected: { readonly width: number; readonly height: number },
): Promise<Uint8Array> {
  return (await readMask(mask, convention, expected)).bytes;
}

/** A mask in the vendor's convention, and a fact that some vendors need. */
interface ReadMask {
  readonly bytes: Uint8Array;
  /** Whether it has both light and dark pixels. */
  readonly hasBothColours: boolean;
}

/** As `convertMask`, but also returns whether the mask has both colours. */
export async function readMask(
  mask: Uint8Array,
  convention: MaskConvention,
  expected: { readonly width: number; readonly height: number },
): Promise<ReadMask> {
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
  switch (convention) {
    case 'white-repaints':
      return { bytes: mask, hasBothColours };
    case 'black-repaints':
      await eachPixel(repaint.length, (pixel) => {
        repaint[pixel] = 255 - repaint[pixel]!;
      });
      return { bytes: await encodePng({ width, height, data: repaint, channels: 1 }), hasBothColours };
    case 'transparent-repaints':
      await eachPixel(repaint.length, (pixel) => {
        // White below transparent pixels: a server that reads the colours instead of the alpha channel repaints the same pixels.
        data.fill(repaint[pixel]!, pixel * 4, pixel * 4 + 3);
        data[pixel * 4 + 3] = 255 - repaint[pixel]!;
      });
      return { bytes: await encodePng({ width, height, data, channels: 4 }), hasBothColours };
  }
}

/**
 * Converts a mask whose transparent parts mean "repaint" to the protocol's convention: transparent becomes white.
 * @param png a PNG file with an alpha channel; its colours are ignored
 * @returns an opaque greyscale PNG file of the same size
 * @throws MaskError if the file is not a complete PNG of at most 100 megapixels, or is completely opaque
 */
export async function maskFromAlpha(png: Uint8Array): Promise<Uint8Array> {
  const { width, height } = inspectMask(png);
  const { data } = await decodeMask(png, DEFAULT_IMAGE_LIMITS.maxPixels);
  const repaint = new Uint8Array(width * height);
  let anyRepaint = 0;
  await eachPixel(repaint.length, (pixel) => {
    const value = 255 - data[pixel * 4 + 3]!;
    repaint[pixel] = value;
    anyRepaint |= value;
  });
  if (anyRepaint === 0) {
    throw new MaskError(
      'The mask is completely opaque, so there is nothing to repaint. Make the area to repaint transparent.',
    );
  }
  return encodePng({ width, height, data: repaint, channels: 1 });
}

/** From this value on, grey counts as light. */
const GREY_THRESHOLD = 128;

const ALPHA_MASK =
  'The mask has transparent pixels, like an alpha mask. This library expects an opaque mask: white = repaint, black = keep. Convert it with maskFromAlpha.';

function inspectMask(bytes: Uint8Array): InspectedImage {
  const found = inspectImage(bytes);
  if (found.kind === 'unknown') throw new MaskError(`The mask ${found.reason}. Pass a PNG file.`);
  if (found.format !== 'png') throw new MaskError(`The mask is in the format ${found.format}. Pass a PNG file.`);
  if (found.kind === 'broken')
    throw new MaskError(`The mask is a broken PNG file: it ${found.reason}. Pass a complete one.`);
  if (found.frames > 1) throw new MaskError('The mask is an animation. Pass a PNG file with a single image.');
  return found;
}

async function decodeMask(bytes: Uint8Array, maxPixels: number): Promise<RgbaImage> {
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

async function eachPixel(count: number, visit: (pixel: number) => void): Promise<void> {
  const yieldAfter = createYielder();
  for (let start = 0; start < count; start += BATCH_PIXELS) {
    const end = Math.min(start + BATCH_PIXELS, count);
    for (let pixel = start; pixel < end; pixel++) visit(pixel);
    const pause = yieldAfter(end - start);
    if (pause) await pause;
  }
}
