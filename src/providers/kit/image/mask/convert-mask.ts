/** Converts masks from the protocol's convention to the vendor's, and from alpha masks to the protocol's. */
import type { MaskConvention } from '../../../protocol/model-card.ts';
import { DEFAULT_IMAGE_LIMITS } from '../image-rules.ts';
import { encodePng } from '../png.ts';
import { checkMask, decodeMask, eachPixel, inspectMask, MaskError } from './check-mask.ts';

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
export interface ReadMask {
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
  const { width, height, data, repaint, hasBothColours } = await checkMask(mask, expected);
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
