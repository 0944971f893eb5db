/** Determines the format, size and completeness of an image file of any format. */
import { inspectRaster } from './inspect-raster.ts';
import type { Inspection } from './inspection.ts';
import { inspectSvg, isSvg } from './svg/svg.ts';

export type { Inspection } from './inspection.ts';

/**
 * Inspects the bytes of one image file. Synchronous. Nothing is inflated or decoded, so a decompression bomb does no harm. PNG checksums
 * are verified.
 * @param bytes the whole file; any bytes are allowed
 * @returns `image` for a complete file of a known format, `broken` for a truncated or damaged one, `unknown` for anything else,
 * the last two with a reason that never quotes the bytes. Never throws.
 */
export function inspectImage(bytes: Uint8Array): Inspection {
  return isSvg(bytes) ? inspectSvg(bytes) : inspectRaster(bytes);
}
