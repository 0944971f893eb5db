/** Reads the first directory of a TIFF structure, the container of EXIF and of the MP index. Source: TIFF 6.0 (Adobe, 1992), section 2. */
import { hasText, u16be, u16le, u32be, u32le } from '../bytes.ts';

export interface TiffEntry {
  /** 3 is a 16-bit unsigned integer. */
  readonly type: number;
  readonly count: number;
  /** Offset of the value from the start of the structure. */
  readonly valueAt: number;
  /** Number of bytes of the value that lie inside the file. */
  readonly byteCount: number;
}

export interface Tiff {
  /** Returns the first entry with the tag. */
  readonly find: (tag: number) => TiffEntry | undefined;
  readonly u16: (at: number) => number;
  readonly u32: (at: number) => number;
}

/** Bytes of one value, by its type: 1 BYTE, 2 ASCII, 3 SHORT, 4 LONG, 5 RATIONAL, 6 SBYTE, 7 UNDEFINED, 8 SSHORT, 9 SLONG, 10 SRATIONAL. */
const VALUE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8];

/** Reads at most 65,535 entries, and no further directories. @returns undefined if the bytes are not a TIFF structure */
export function readTiff(bytes: Uint8Array): Tiff | undefined {
  const isBig = hasText(bytes, 0, 'MM\0*');
  if (!isBig && !hasText(bytes, 0, 'II*\0')) return undefined;
  const u16 = (at: number) => (isBig ? u16be(bytes, at) : u16le(bytes, at));
  const u32 = (at: number) => (isBig ? u32be(bytes, at) : u32le(bytes, at));
  const directory = u32(4);
  const count = u16(directory);
  return {
    u16,
    u32,
    find(tag) {
      for (let i = 0; i < count; i++) {
        const at = directory + 2 + i * 12;
        if (at + 12 > bytes.length) return undefined;
        if (u16(at) !== tag) continue;
        const [type, values] = [u16(at + 2), u32(at + 4)];
        const valueBytes = (VALUE_BYTES[type] ?? 0) * values;
        // A value of up to four bytes is stored in the entry itself.
        const valueAt = valueBytes <= 4 ? at + 8 : u32(at + 8);
        return { type, count: values, valueAt, byteCount: Math.max(0, Math.min(valueBytes, bytes.length - valueAt)) };
      }
      return undefined;
    },
  };
}
