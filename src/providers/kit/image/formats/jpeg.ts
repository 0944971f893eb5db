/** JPEG: reads the size and checks that the file is complete. Source: ITU-T T.81, annex B. */
import { brokenImage, type Inspection, inspectedImage } from '../inspection.ts';
import { countDeclaredBytes } from './jpeg-declared-data.ts';
import { readJpegStructure } from './jpeg-structure.ts';

/** The EOI of an EXIF thumbnail lies inside a segment and does not count. Images after EOI that the file declares belong to it. */
export function inspectJpeg(bytes: Uint8Array): Inspection {
  const jpeg = readJpegStructure(bytes);
  if (typeof jpeg === 'string') return brokenImage('jpeg', jpeg);
  const { width, height, end } = jpeg;
  const trailingBytes = bytes.length === end ? 0 : bytes.length - end - countDeclaredBytes(bytes, jpeg);
  return inspectedImage('jpeg', { width, height, hasAlpha: false, trailingBytes });
}
