/** What a file is, how large its picture is and whether it is whole: read from headers and lengths, never from pixels. */
import { inspectAvif, isAvif } from './formats/avif.ts';
import { inspectGif, isGif } from './formats/gif.ts';
import { inspectJpeg } from './formats/jpeg.ts';
import { inspectPng } from './formats/png.ts';
import { describeUnknown } from './formats/unknown.ts';
import { inspectWebp, isWebp } from './formats/webp.ts';
import type { Inspection } from './inspection.ts';
import { isPng } from './png/structure.ts';
import { inspectSvg, isSvg } from './svg/svg.ts';

export type { Inspection } from './inspection.ts';

/**
 * Looks at the bytes of one image file. Synchronous, without network or allocation in the size of the picture: nothing is
 * inflated or decoded, so a decompression bomb costs no more than its bytes. PNG checksums are verified.
 * @param bytes the whole file; any bytes are allowed
 * @returns `image` for a whole file of a known format, `broken` for a cut or damaged one, `unknown` for anything else,
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
