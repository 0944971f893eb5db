/** JPEG: segments from SOI through the scans to EOI. Source: ITU-T T.81, annex B. */
import { u16be } from '../bytes.ts';
import { brokenOf, type Inspection, imageOf } from '../inspection.ts';

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;

/** C0 to CF are frame headers, but for Huffman tables (C4), a reserved one (C8) and arithmetic tables (CC). */
const isFrameHeader = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
const isRestart = (marker: number) => marker >= 0xd0 && marker <= 0xd7;

/** What follows EOI is ignored: padding, or the second picture of a camera. An EXIF thumbnail's EOI lies inside a segment and does not count. */
export function inspectJpeg(bytes: Uint8Array): Inspection {
  let size: { width: number; height: number } | undefined;
  let hasScan = false;
  let at = 2;

  while (at < bytes.length) {
    if (bytes[at] !== 0xff) return brokenOf('jpeg', `has no marker where one is due at byte ${at}`);
    while (bytes[at] === 0xff) at++; // a marker may be preceded by any number of fill bytes
    const marker = bytes[at++];
    if (marker === undefined) break;

    if (marker === EOI) {
      if (!size || !hasScan) return brokenOf('jpeg', 'ends before its image data');
      return imageOf('jpeg', { ...size, hasAlpha: false });
    }
    if (marker === 0x01 || isRestart(marker)) continue;
    if (marker === 0x00 || marker === SOI) return brokenOf('jpeg', `has a misplaced marker at byte ${at - 1}`);

    const length = u16be(bytes, at);
    const end = at + length;
    if (length < 2) return brokenOf('jpeg', `has a segment of ${length} bytes at byte ${at}`);
    if (end > bytes.length) break;

    if (isFrameHeader(marker)) {
      const components = bytes[at + 7] ?? 0;
      if (size || components === 0 || length < 8 + 3 * components) {
        return brokenOf('jpeg', `has a damaged or second frame header at byte ${at}`);
      }
      size = { width: u16be(bytes, at + 5), height: u16be(bytes, at + 3) };
    }
    at = end;
    if (marker === SOS) {
      if (!size) return brokenOf('jpeg', 'has image data before its frame header');
      hasScan = true;
      at = endOfScan(bytes, at);
    }
  }
  return brokenOf('jpeg', 'ends without an end-of-image marker');
}

/** Where the next marker stands. Inside a scan FF is followed by 00 (a stuffed byte) or by a restart marker. */
function endOfScan(bytes: Uint8Array, start: number): number {
  let at = start;
  for (; at < bytes.length; at++) {
    if (bytes[at] !== 0xff) continue;
    const next = bytes[at + 1];
    if (next !== undefined && next !== 0x00 && !isRestart(next)) return at;
  }
  return at;
}
