/**
 * Whether a file says that its image is shown turned or mirrored. A mask is compared with stored pixels, so such an image and its mask
 * would not lie on each other for a vendor that turns the image first.
 * Sources: Exif 3.0, section 4.6.5 (Orientation); PNG, third edition, section 11.3.4.5 (eXIf); RFC 9649 (EXIF chunk); ISO/IEC 23008-12,
 * sections 6.5.10 and 6.5.12 (irot, imir). EXIF in an AVIF file does not turn it (ISO/IEC 23008-12, annex A).
 */
import type { ImageFormat } from '../../protocol/vocabulary.ts';
import { hasText, u32be, u32le } from './bytes.ts';
import { primaryTransforms } from './formats/avif.ts';
import { notesOf, readJpegStructure } from './formats/jpeg-structure.ts';
import { readTiff } from './formats/tiff.ts';
import { PNG_SIGNATURE } from './png/structure.ts';

const ORIENTATION = 0x0112;
const SHORT = 3;
const EXIF = 'Exif\0\0';
/** More chunks than this are not looked through; the image check refuses a PNG with as many. */
const MAX_CHUNKS = 100_000;

/**
 * Reads metadata only, in time that grows with the length of the file. Never throws.
 * @param bytes a file that the image check let pass
 * @returns what turns it, as a phrase ("EXIF orientation 6"); undefined for an image that is shown as it is stored
 */
export function describeTurn(bytes: Uint8Array, format: ImageFormat): string | undefined {
  if (format === 'avif') return primaryTransforms(bytes)[0];
  for (const exif of exifOf(bytes, format)) {
    const orientation = orientationOf(exif);
    if (orientation !== 1) return `EXIF orientation ${orientation}`;
  }
  return undefined;
}

/** The EXIF structures of the file. Readers differ in which of several they follow, so each counts. */
function exifOf(bytes: Uint8Array, format: ImageFormat): readonly Uint8Array[] {
  switch (format) {
    case 'jpeg': {
      const jpeg = readJpegStructure(bytes);
      if (typeof jpeg === 'string') return [];
      return notesOf(jpeg, bytes, EXIF).map(({ start, end }) => bytes.subarray(start, end));
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
  /** Bytes of a chunk beside its data. */
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

/** @returns 1 to 8; 1 where nothing is said, and where what is said is no orientation */
function orientationOf(exif: Uint8Array): number {
  // Some writers put the signature of JPEG's segment before it, also in PNG and WebP.
  const bytes = hasText(exif, 0, EXIF) ? exif.subarray(EXIF.length) : exif;
  const tiff = readTiff(bytes);
  const entry = tiff?.find(ORIENTATION);
  if (!tiff || entry?.type !== SHORT || entry.count < 1) return 1;
  const value = tiff.u16(entry.valueAt);
  return value >= 1 && value <= 8 ? value : 1;
}
