/**
 * JPEG: an XMP packet is an APP1 segment with its own signature. A C2PA manifest is in APP11 segments, as JUMBF.
 * Sources: ITU-T T.81, annex B; XMP Specification, part 3; ISO/IEC 19566-5 (JUMBF); C2PA 2.2, appendix A.
 */
import { join } from './bytes.ts';
import { type CarrierContents, MAX_PACKETS } from './carrier-contents.ts';

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP0 = 0xe0;
const APP1 = 0xe1;
const APP2 = 0xe2;
const APP11 = 0xeb;
const XMP = Buffer.from('http://ns.adobe.com/xap/1.0/\0', 'latin1');
/** The length of a segment includes its own two bytes. */
const MAX_SEGMENT_BYTES = 65_535 - 2;

interface Segment {
  readonly marker: number;
  readonly data: Buffer;
  readonly start: number;
  readonly end: number;
}

export function isJpeg(file: Buffer): boolean {
  return file[0] === 0xff && file[1] === SOI && file[2] === 0xff;
}

export function readJpeg(file: Buffer): CarrierContents {
  const { segments, broken } = readSegments(file);
  const packets = segments.filter(isXmp).slice(0, MAX_PACKETS);
  const hasMoreImages = segments.some(({ marker, data }) => marker === APP2 && hasText(data, 'MPF\0'));
  return {
    packets: packets.map(({ data }) => data.subarray(XMP.length)),
    hasManifest: segments.some(isManifest),
    ...(broken && { broken }),
    ...(hasMoreImages && { fixed: 'contains more images (MPF), which are located by byte offsets' }),
  };
}

/** Writes the packet after JFIF and Exif, which must come first. */
export function writeJpeg(file: Buffer, packet: Uint8Array): Uint8Array | string {
  const length = XMP.length + packet.length;
  if (length > MAX_SEGMENT_BYTES) return `is ${packet.length} bytes long, but a JPEG segment has space for 65504`;
  const { segments } = readSegments(file);
  const old = segments.find(isXmp);
  const at = old?.start ?? insertPositionOf(segments);
  const header = Buffer.from([0xff, APP1, (length + 2) >> 8, (length + 2) & 0xff]);
  return join([file.subarray(0, at), header, XMP, packet, file.subarray(old?.end ?? at)]);
}

function insertPositionOf(segments: readonly Segment[]): number {
  let at = 2;
  for (const { marker, data, end } of segments) {
    if (marker !== APP0 && !(marker === APP1 && hasText(data, 'Exif\0'))) break;
    at = end;
  }
  return at;
}

/** Reads the segments up to the end of the image. What follows is kept unread. */
function readSegments(file: Buffer): { readonly segments: readonly Segment[]; readonly broken?: string } {
  const segments: Segment[] = [];
  let hasScan = false;
  let at = 2;
  while (at < file.length) {
    const start = at;
    if (file[at] !== 0xff) return { segments, broken: `has no marker at byte ${at}, where one must be` };
    while (file[at] === 0xff) at++;
    const marker = file[at++];
    if (marker === undefined) break;
    if (marker === EOI) return hasScan ? { segments } : { segments, broken: 'ends before its image data' };
    if (marker === 0x01 || isRestart(marker)) continue;
    if (marker === 0x00 || marker === SOI) return { segments, broken: `has a misplaced marker at byte ${at - 1}` };
    if (at + 2 > file.length) break;
    const length = file.readUInt16BE(at);
    const end = at + length;
    if (length < 2) return { segments, broken: `has a segment of ${length} bytes at byte ${at}` };
    if (end > file.length) break;
    segments.push({ marker, data: file.subarray(at + 2, end), start, end });
    at = end;
    if (marker !== SOS) continue;
    hasScan = true;
    at = endOfScan(file, at);
  }
  return { segments, broken: 'ends without an end-of-image marker' };
}

/** Returns the position of the next marker. Inside a scan, FF is followed by 00 (a stuffed byte) or by a restart marker. */
function endOfScan(file: Buffer, start: number): number {
  let at = file.indexOf(0xff, start);
  while (at !== -1) {
    const next = file[at + 1];
    if (next !== undefined && next !== 0x00 && !isRestart(next)) return at;
    at = file.indexOf(0xff, at + 1);
  }
  return file.length;
}

const isRestart = (marker: number) => marker >= 0xd0 && marker <= 0xd7;
const isXmp = ({ marker, data }: Segment) => marker === APP1 && data.subarray(0, XMP.length).equals(XMP);
const hasText = (data: Buffer, text: string) => data.toString('latin1', 0, text.length) === text;

/**
 * The segment has "JP", instance and number, then the box `jumb`, whose first box `jumd` has its type as four letters and twelve fixed bytes.
 * A box of 4 GB or more has its length in eight further bytes. Every segment repeats the header of the box, so one segment is enough.
 */
function isManifest({ marker, data }: Segment): boolean {
  if (marker !== APP11 || !hasText(data, 'JP') || data.toString('latin1', 12, 16) !== 'jumb') return false;
  const isLong = data.length >= 12 && data.readUInt32BE(8) === 1;
  return data.toString('latin1', isLong ? 28 : 20, isLong ? 36 : 28) === 'jumdc2pa';
}
