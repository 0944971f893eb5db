/** Determines the format, size and completeness of an image file of pixels from its headers and lengths, without decoding pixels. */
import { latin1 } from './bytes.ts';
import { inspectAvif, isAvif } from './formats/avif.ts';
import { describeUnknown } from './formats/describe-unknown.ts';
import { inspectGif, isGif } from './formats/gif.ts';
import { inspectJpeg } from './formats/jpeg.ts';
import { inspectPng } from './formats/png.ts';
import { inspectWebp, isWebp } from './formats/webp.ts';
import { brokenImage, type Inspection } from './inspection.ts';
import { isPng } from './png/structure.ts';

/** As `inspectImage`, without the code that reads SVG: an SVG file is recognised, and is `broken`. */
export function inspectRaster(bytes: Uint8Array): Inspection {
  if (isPng(bytes)) return inspectPng(bytes);
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return inspectJpeg(bytes);
  if (isWebp(bytes)) return inspectWebp(bytes);
  if (isGif(bytes)) return inspectGif(bytes);
  if (isAvif(bytes)) return inspectAvif(bytes);
  if (SVG_START.test(latin1(bytes, 0, SVG_HEAD_BYTES))) return brokenImage('svg', 'was not expected');
  return { kind: 'unknown', reason: describeUnknown(bytes) };
}

/** The start of an SVG file: a byte order mark, declarations and comments may precede it. */
const SVG_START = /^(?:\xef\xbb\xbf)?\s*(?:<[?!][^>]*>\s*)*<(?:(?:[\w-]+:)?svg[\s/>]|!DOCTYPE\s+svg\b)/;
const SVG_HEAD_BYTES = 4096;
