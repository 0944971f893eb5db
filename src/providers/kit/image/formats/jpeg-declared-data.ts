/**
 * Finds the data after the end of a JPEG image that the file declares: the further images of a Multi-Picture file (Ultra HDR gain maps,
 * previews, depth maps) and the video of a motion photo. Any other data after the end is not part of the image.
 * Sources: CIPA DC-007 (Multi-Picture Format), section 5; Android "Motion Photo format 1.0" and "Ultra HDR image format 1.1".
 */
import { latin1 } from '../bytes.ts';
import { readBoxes, readBrands } from './iso-boxes.ts';
import { type JpegStructure, metadataSegments, readJpegStructure } from './jpeg-structure.ts';
import { readTiff } from './tiff.ts';

const MP_ENTRY = 0xb002;
const ENTRY_BYTES = 16;
/** Files usually hold two or three images. */
const MAX_IMAGES = 16;
const XMP = 'http://ns.adobe.com/xap/1.0/\0';

/** Returns how many bytes after the end of the image belong to data that the file declares. */
export function countDeclaredBytes(bytes: Uint8Array, jpeg: JpegStructure): number {
  let declared = 0;
  let at = jpeg.end;
  for (const { start, end: limit } of declaredImages(bytes, jpeg)) {
    if (start < at) continue;
    const end = endOfImageAt(bytes, start);
    if (end === undefined || end > limit) continue;
    declared += end - start;
    at = end;
  }
  return declared + (declaresMotionPhoto(bytes, jpeg) && isVideo(bytes.subarray(at)) ? bytes.length - at : 0);
}

/** @returns undefined if there is no complete JPEG image at this position */
function endOfImageAt(bytes: Uint8Array, start: number): number | undefined {
  if (bytes[start] !== 0xff || bytes[start + 1] !== 0xd8) return undefined;
  const jpeg = readJpegStructure(bytes, start);
  return typeof jpeg === 'string' ? undefined : jpeg.end;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Returns the images of the MP index except the first, in file order. Offsets count from the TIFF header of the index. */
function declaredImages(bytes: Uint8Array, jpeg: JpegStructure): readonly Range[] {
  const [index] = metadataSegments(jpeg, bytes, 'MPF\0');
  const tiff = index && readTiff(bytes.subarray(index.start, index.end));
  const entries = tiff?.find(MP_ENTRY);
  if (!index || !tiff || !entries) return [];
  const ranges: Range[] = [];
  const count = Math.min(Math.floor(entries.byteCount / ENTRY_BYTES), MAX_IMAGES);
  for (let i = 1; i < count; i++) {
    const at = entries.valueAt + i * ENTRY_BYTES;
    const [length, offset] = [tiff.u32(at + 4), tiff.u32(at + 8)];
    const start = index.start + offset;
    if (length > 0 && offset > 0 && start + length <= bytes.length) ranges.push({ start, end: start + length });
  }
  return ranges.sort((a, b) => a.start - b.start);
}

function declaresMotionPhoto(bytes: Uint8Array, jpeg: JpegStructure): boolean {
  return metadataSegments(jpeg, bytes, XMP).some(({ start, end }) => {
    let text = '';
    for (let at = start; at < end; at += 4096) text += latin1(bytes, at, Math.min(4096, end - at));
    return /:(?:MotionPhoto|MicroVideo)(?:="1"|='1'|>1<)/.test(text);
  });
}

function isVideo(bytes: Uint8Array): boolean {
  return (
    readBrands(bytes).length > 0 && readBoxes(bytes, 0, bytes.length)?.some(({ type }) => type === 'moov') === true
  );
}
