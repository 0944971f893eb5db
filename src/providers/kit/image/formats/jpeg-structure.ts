/** Reads the segments of a JPEG file, from SOI through the scans to EOI, without decoding pixels. Source: ITU-T T.81, annex B. */
import { hasText, u16be } from '../bytes.ts';

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP1 = 0xe1;
const APP2 = 0xe2;

/** C0 to CF are frame headers, except Huffman tables (C4), a reserved one (C8) and arithmetic tables (CC). */
const isFrameHeader = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
const isRestart = (marker: number) => marker >= 0xd0 && marker <= 0xd7;

/** A metadata segment. */
export interface JpegSegment {
  readonly marker: number;
  /** Start and end of its content in the file. */
  readonly start: number;
  readonly end: number;
}

export interface JpegStructure {
  readonly width: number;
  readonly height: number;
  /** APP1 (EXIF, XMP) and APP2 (MPF) segments, in the order of the file. */
  readonly metadata: readonly JpegSegment[];
  /** The position after EOI. */
  readonly end: number;
}

/** A camera writes fewer than ten; a long colour profile takes some hundreds. */
const MAX_METADATA_SEGMENTS = 1_000;

/** @returns the structure, or a description of what is wrong with the file */
export function readJpegStructure(bytes: Uint8Array, from = 0): JpegStructure | string {
  let size: { width: number; height: number } | undefined;
  const metadata: JpegSegment[] = [];
  let hasScan = false;
  let at = from + 2;

  while (at < bytes.length) {
    if (bytes[at] !== 0xff) return `has no marker where one is due at byte ${at}`;
    while (bytes[at] === 0xff) at++; // a marker may be preceded by any number of fill bytes
    const marker = bytes[at++];
    if (marker === undefined) break;

    if (marker === EOI) {
      if (!size || !hasScan) return 'ends before its image data';
      return { ...size, metadata: metadata, end: at };
    }
    if (marker === 0x01 || isRestart(marker)) continue;
    if (marker === 0x00 || marker === SOI) return `has a misplaced marker at byte ${at - 1}`;

    const length = u16be(bytes, at);
    const end = at + length;
    if (length < 2) return `has a segment of ${length} bytes at byte ${at}`;
    if (end > bytes.length) break;

    if (isFrameHeader(marker)) {
      const components = bytes[at + 7] ?? 0;
      if (size || components === 0 || length < 8 + 3 * components) {
        return `has a damaged or second frame header at byte ${at}`;
      }
      size = { width: u16be(bytes, at + 5), height: u16be(bytes, at + 3) };
    }
    if ((marker === APP1 || marker === APP2) && metadata.length < MAX_METADATA_SEGMENTS)
      metadata.push({ marker, start: at + 2, end });
    at = end;
    if (marker === SOS) {
      if (!size) return 'has image data before its frame header';
      hasScan = true;
      at = endOfScan(bytes, at);
    }
  }
  return 'ends without an end-of-image marker';
}

/** Returns the metadata segments that begin with this signature; `start` is after the signature. */
export function metadataSegments(
  { metadata: notes }: JpegStructure,
  bytes: Uint8Array,
  signature: string,
): readonly JpegSegment[] {
  return notes.flatMap((note) => {
    const start = note.start + signature.length;
    return start <= note.end && hasText(bytes, note.start, signature) ? [{ ...note, start }] : [];
  });
}

/** Returns the position of the next marker. Inside a scan, FF is followed by 00 (a stuffed byte) or by a restart marker. */
function endOfScan(bytes: Uint8Array, start: number): number {
  let at = start;
  for (; at < bytes.length; at++) {
    if (bytes[at] !== 0xff) continue;
    const next = bytes[at + 1];
    if (next !== undefined && next !== 0x00 && !isRestart(next)) return at;
  }
  return at;
}
