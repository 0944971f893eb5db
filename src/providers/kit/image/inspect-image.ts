/** Determines the format, size and completeness of an image file from its headers and lengths, without decoding pixels. */
import { inspectAvif, isAvif } from './formats/avif.ts';
import { describeUnknown } from './formats/describe-unknown.ts';
import { inspectGif, isGif } from './formats/gif.ts';
import { inspectJpeg } from './formats/jpeg.ts';
import { inspectPng } from './formats/png.ts';
import { inspectWebp, isWebp } from './formats/webp.ts';
import type { Inspection } from './inspection.ts';
import { isPng } from './png/structure.ts';
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
  if (isPng(bytes)) return inspectPng(bytes);
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return inspectJpeg(bytes);
  if (isWebp(bytes)) return inspectWebp(bytes);
  if (isGif(bytes)) return inspectGif(bytes);
  if (isAvif(bytes)) return inspectAvif(bytes);
  if (isSvg(bytes)) return inspectSvg(bytes);
  return { kind: 'unknown', reason: describeUnknown(bytes) };
}
