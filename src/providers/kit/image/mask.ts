/**
 * Masks of our convention, turned into what a vendor wants.
 * Ours: an opaque PNG of the size of the first input image; white = repaint, black = keep, grey = partly.
 */
import type { MaskConvention } from '../../protocol/model-card.ts';
import { inspectImage } from './inspect.ts';
import type { InspectedImage } from './inspection.ts';
import { createTurns } from './png/turns.ts';
import { decodePng, encodePng, type Picture, PngError } from './png.ts';
import { DEFAULT_IMAGE_LIMITS } from './rules.ts';

/** A mask that cannot be used. The message says what is wrong with it and what to pass instead. */
export class MaskError extends Error {
  override readonly name = 'MaskError';
}

/**
 * Checks a mask of our convention and turns it into the vendor's.
 * @param mask an opaque PNG file, white = repaint; colours count by their luminance (Rec. 709)
 * @param convention what the vendor wants; for `white-repaints` the very bytes of `mask` come back
 * @param expected size of the first input image, in pixels
 * @returns a PNG file: for `black-repaints` in grey, for `transparent-repaints` in RGBA, black with white holes
 * @throws MaskError when the mask is no whole PNG, has another size, is transparent anywhere, or is black everywhere
 */
export async function convertMask(
  mask: Uint8Array,
  convention: MaskConvention,
  expected: { readonly width: number; readonly height: number },
): Promise<Uint8Array> {
  return (await readMask(mask, convention, expected)).bytes;
}

/** A mask in the vendor's convention, and what a vendor may want to know of it. */
interface ReadMask {
  readonly bytes: Uint8Array;
  /** It has pixels nearer to white and pixels nearer to black. */
  readonly hasBothColours: boolean;
}

/** As `convertMask`, with what was seen on the way. */
export async function readMask(
  mask: Uint8Array,
  convention: MaskConvention,
  expected: { readonly width: number; readonly height: number },
): Promise<ReadMask> {
  const { width, height } = inspectMask(mask);
  if (width !== expected.width || height !== expected.height) {
    throw new MaskError(
      `The mask is ${width}x${height} pixels, but the first input image is ${expected.width}x${expected.height}. Pass a mask of the size of the image.`,
    );
  }
  const { data } = await decodeMask(mask, width * height);
  const repaint = new Uint8Array(width * height);
  let anyRepaint = 0;
  let lightest = 0;
  let darkest = 255;
  await eachPixel(repaint.length, (pixel) => {
    const at = pixel * 4;
    if (data[at + 3] !== 255) throw new MaskError(ALPHA_MASK);
    const value = luminance(data[at]!, data[at + 1]!, data[at + 2]!);
    repaint[pixel] = value;
    anyRepaint |= value;
    if (value > lightest) lightest = value;
    if (value < darkest) darkest = value;
  });
  if (anyRepaint === 0)
    throw new MaskError(
      'The mask is black everywhere, so there is nothing to repaint. Paint white what is to be repainted.',
    );

  const hasBothColours = darkest < MIDDLE && lightest >= MIDDLE;
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
        // White below the holes: a server that looks at the colours instead of the alpha channel repaints the same pixels.
        data.fill(repaint[pixel]!, pixel * 4, pixel * 4 + 3);
        data[pixel * 4 + 3] = 255 - repaint[pixel]!;
      });
      return { bytes: await encodePng({ width, height, data, channels: 4 }), hasBothColours };
  }
}

/**
 * Turns a mask whose transparent parts mean "repaint" into one of our convention: white where it was transparent.
 * @param png a PNG file with an alpha channel; its colours do not matter
 * @returns an opaque grey PNG file of the same size
 * @throws MaskError when the file is no whole PNG of at most 100 megapixels, or is opaque everywhere
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
      'The mask is opaque everywhere, so there is nothing to repaint. Make transparent what is to be repainted.',
    );
  }
  return encodePng({ width, height, data: repaint, channels: 1 });
}

/** Where a vendor that knows two colours takes grey for white. */
const MIDDLE = 128;

const ALPHA_MASK =
  'The mask has transparent pixels: it looks like an alpha mask. Here white = repaint and black = keep, without transparency; convert it with maskFromAlpha.';

function inspectMask(bytes: Uint8Array): InspectedImage {
  const found = inspectImage(bytes);
  if (found.kind === 'unknown') throw new MaskError(`The mask ${found.reason}. Pass a PNG file.`);
  if (found.format !== 'png') throw new MaskError(`The mask is in the format ${found.format}. Pass a PNG file.`);
  if (found.kind === 'broken')
    throw new MaskError(`The mask is a broken PNG file: it ${found.reason}. Pass a whole one.`);
  if (found.frames > 1) throw new MaskError('The mask is an animation. Pass a PNG file with a single picture.');
  return found;
}

async function decodeMask(bytes: Uint8Array, maxPixels: number): Promise<Picture> {
  try {
    return await decodePng(bytes, { maxPixels });
  } catch (error) {
    if (!(error instanceof PngError)) throw error;
    throw new MaskError(`The mask cannot be read. ${error.message} Pass a valid PNG file.`, { cause: error });
  }
}

/** Rec. 709 weights in 16-bit fixed point: they sum to 65536, so that grey stays exactly itself. */
function luminance(red: number, green: number, blue: number): number {
  return (13_933 * red + 46_871 * green + 4_732 * blue + 32_768) >>> 16;
}

const BATCH_PIXELS = 100_000;

async function eachPixel(count: number, visit: (pixel: number) => void): Promise<void> {
  const turn = createTurns();
  for (let start = 0; start < count; start += BATCH_PIXELS) {
    const end = Math.min(start + BATCH_PIXELS, count);
    for (let pixel = start; pixel < end; pixel++) visit(pixel);
    const pause = turn(end - start);
    if (pause) await pause;
  }
}
