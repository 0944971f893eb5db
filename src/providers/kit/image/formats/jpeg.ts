/** JPEG: its size and whether it is whole. Source: ITU-T T.81, annex B. */
import { brokenOf, type Inspection, imageOf } from '../inspection.ts';
import { furtherBytes } from './jpeg-further.ts';
import { readJpegStructure } from './jpeg-structure.ts';

/** An EXIF thumbnail's EOI lies inside a segment and does not count. Images behind EOI that the file declares belong to it. */
export function inspectJpeg(bytes: Uint8Array): Inspection {
  const jpeg = readJpegStructure(bytes);
  if (typeof jpeg === 'string') return brokenOf('jpeg', jpeg);
  const { width, height, end } = jpeg;
  const trailingBytes = bytes.length === end ? 0 : bytes.length - end - furtherBytes(bytes, jpeg);
  return imageOf('jpeg', { width, height, hasAlpha: false, trailingBytes });
}
