/**
 * Detects metadata that rotates or mirrors an image when it is shown. A mask applies to the stored pixels, so it would not match for a vendor
 * that rotates the image first.
 * Sources: Exif 3.0, section 4.6.5 (Orientation); PNG, third edition, section 11.3.4.5 (eXIf); RFC 9649 (EXIF chunk); ISO/IEC 23008-12,
 * sections 6.5.10 and 6.5.12 (irot, imir). EXIF in an AVIF file does not rotate it (ISO/IEC 23008-12, annex A).
 */
import type { ImageFormat } from '../../protocol/vocabulary.ts';
import { hasText, u32be, u32le } from './bytes.ts';
import { primaryTransforms } from './formats/avif.ts';
import { metadataSegments, readJpegStructure } from './formats/jpeg-structure.ts';
import { readTiff } from './formats/tiff.ts';
import { PNG_SIGNATURE } from './png/structure.ts';

const ORIENTATION = 0x0112;
const SHORT = 3;
const EXIF = 'Exif\0\0';
/** The search stops after this many chunks; the image check refuses a PNG with more. */
const MAX_CHUNKS = 100_000;

/**
 * Reads metadata only, in linear time. Never throws.
 * @param bytes a file that has passed the image check
 * @returns a description ("EXIF orientation 6"); undefined for an image that is shown as it is stored
 */
export function describeOrientation(bytes: Uint8Array, format: ImageFormat): string | undefined {
  if (format === 'avif') return primaryTransforms(bytes)[0];
  for (const exif of exifOf(bytes, format)) {
    const orientation = orientationOf(exif);
    if (orientation !== 1) return `EXIF orientation ${orientation}`;
  }
  return undefined;
}

/** Returns all EXIF structures of the file, because readers differ in which of several they use. */
function exifOf(bytes: Uint8Array, format: ImageFormat): readonly Uint8Array[] {
  switch (format) {
    case 'jpeg': {
      const jpeg = readJpegStructure(bytes);
      if (typeof jpeg === 'string') return [];
      return metadataSegments(jpeg, bytes, EXIF).map(({ start, end }) => bytes.subarray(start, end));
    }
    case 'png':
      return chunksOf(bytes, PNG_SIGNATURE.length, 'eXIf', { lengthAt: 0, typeAt: 4, read: u32be, around: () => 12 });
    case 'webp':
      return chunksOf(bytes, 12, 'EXIF', {
        lengthAt: 4,
        typeAt: 0,
        read: u32le,
        around: (length) => 8 + (length % 2),
      });
    default:
      return [];
  }
}

interface ChunkLayout {
  readonly lengthAt: number;
  readonly typeAt: number;
  readonly read: (bytes: Uint8Array, at: number) => number;
  /** Bytes of a chunk in addition to its data. */
  readonly around: (length: number) => number;
}

function chunksOf(
  bytes: Uint8Array,
  from: number,
  type: string,
  { lengthAt, typeAt, read, around }: ChunkLayout,
): readonly Uint8Array[] {
  const found: Uint8Array[] = [];
  let at = from;
  for (let count = 0; at + 8 <= bytes.length && count < MAX_CHUNKS; count++) {
    const length = read(bytes, at + lengthAt);
    if (hasText(bytes, at + typeAt, type)) found.push(bytes.subarray(at + 8, at + 8 + length));
    at += length + around(length);
  }
  return found;
}

/** @returns 1 to 8; 1 if the value is missing or invalid */
function orientationOf(exif: Uint8Array): number {
  // Some writers add the signature of the JPEG segment in PNG and WebP too.
  const bytes = hasText(exif, 0, EXIF) ? exif.subarray(EXIF.length) : exif;
  const tiff = readTiff(bytes);
  const entry = tiff?.find(ORIENTATION);
  if (!tiff || entry?.type !== SHORT || entry.count < 1) return 1;
  const value = tiff.u16(entry.valueAt);
  return value >= 1 && value <= 8 ? value : 1;
}
