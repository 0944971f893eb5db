/**
 * Reads the chunks of a PNG file and checks their lengths, order and checksums. Inflates nothing.
 * Source: PNG Specification, third edition (W3C, 2025), sections 5 (datastream), 11 (chunks) and 13.
 */
import { crc32 } from '#platform';
import { hasText, latin1, u32be } from '../bytes.ts';

export const PNG_SIGNATURE = '\x89PNG\r\n\x1a\n';

/** A 64 MB file in chunks of 8 kB has 8,000 chunks; far more indicate an attack. */
const MAX_CHUNKS = 100_000;
const MAX_UINT31 = 0x7fff_ffff;

/** The samples of a pixel: 0 grey, 2 RGB, 3 palette index, 4 grey and alpha, 6 RGBA. */
export type ColourType = 0 | 2 | 3 | 4 | 6;

export const SAMPLES_PER_PIXEL = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 } as const satisfies Record<ColourType, number>;

const BIT_DEPTHS: Record<number, readonly number[]> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  readonly colourType: ColourType;
  readonly isInterlaced: boolean;
}

export interface PngStructure extends PngHeader {
  /** RGB triples; always present if the pixels are palette indices. */
  readonly palette: Uint8Array | undefined;
  /** The tRNS chunk, if its length matches the colour type. */
  readonly transparency: Uint8Array | undefined;
  /** Views of the IDAT chunks, which together form one zlib stream. */
  readonly imageData: readonly Uint8Array[];
  readonly frames: number;
  /** The position after IEND. What follows is not part of the image. */
  readonly end: number;
}

/**
 * Reads the structure of a file that starts with the PNG signature. Bytes after IEND are ignored, as every decoder does.
 * @returns the structure, or a description of what is wrong with the file
 */
export function readPngStructure(bytes: Uint8Array): PngStructure | string {
  let header: PngHeader | undefined;
  let palette: Uint8Array | undefined;
  let transparency: Uint8Array | undefined;
  const imageData: Uint8Array[] = [];
  let imageDataBytes = 0;
  let previousType = '';
  let announcedFrames = 0;
  let frameControls = 0;

  let at = PNG_SIGNATURE.length;
  for (let count = 1; ; count++) {
    if (count > MAX_CHUNKS) return `has more than ${MAX_CHUNKS} chunks`;
    if (at >= bytes.length) return 'ends without an IEND chunk';
    if (at + 12 > bytes.length) return 'ends inside a chunk header';
    const length = u32be(bytes, at);
    // Large files have thousands of IDAT chunks, and decoding the name costs half as much as the checksum.
    const type = hasText(bytes, at + 4, 'IDAT') ? 'IDAT' : latin1(bytes, at + 4, 4);
    if (!/^[A-Za-z]{4}$/.test(type)) return `has a chunk without a valid name at byte ${at}`;
    const end = at + 12 + length;
    if (length > MAX_UINT31 || end > bytes.length) return `ends inside chunk ${type}`;
    if (crc32(bytes.subarray(at + 4, end - 4)) !== u32be(bytes, end - 4)) {
      return `has a wrong checksum in chunk ${type} at byte ${at}`;
    }
    const data = bytes.subarray(at + 8, end - 4);

    if ((type === 'IHDR') !== (count === 1)) {
      return type === 'IHDR' ? 'has a second IHDR chunk' : 'does not start with an IHDR chunk';
    }
    switch (type) {
      case 'IHDR': {
        const read = readHeader(data);
        if (typeof read === 'string') return read;
        header = read;
        break;
      }
      case 'PLTE':
        if (palette !== undefined || imageDataBytes > 0) return 'has a misplaced PLTE chunk';
        if (length === 0 || length % 3 !== 0 || length > 768) return `has a palette of ${length} bytes`;
        palette = data;
        break;
      case 'tRNS':
        if (imageDataBytes === 0 && header && fitsTransparency(header, palette, length)) transparency = data;
        break;
      case 'acTL':
        if (imageDataBytes === 0) announcedFrames = u32be(data, 0);
        break;
      case 'fcTL':
        frameControls++;
        break;
      case 'IDAT':
        if (imageData.length > 0 && previousType !== 'IDAT') return 'has IDAT chunks that do not follow each other';
        imageData.push(data);
        imageDataBytes += length;
        break;
      case 'IEND':
        if (!header || imageDataBytes === 0) return 'has no image data (IDAT)';
        if (header.colourType === 3 && !palette) return 'has no palette (PLTE)';
        return {
          ...header,
          palette,
          transparency,
          imageData,
          end,
          // Without acTL, viewers show the still image and ignore all frames.
          frames: announcedFrames === 0 ? 1 : Math.max(announcedFrames, frameControls),
        };
      default:
        // An upper-case first letter marks a chunk that decoders must understand (5.4).
        if (type.charCodeAt(0) < 0x61) return `has an unknown critical chunk ${type}`;
    }
    previousType = type;
    at = end;
  }
}

export function isPng(bytes: Uint8Array): boolean {
  return hasText(bytes, 0, PNG_SIGNATURE);
}

function readHeader(data: Uint8Array): PngHeader | string {
  if (data.length !== 13) return `has an IHDR chunk of ${data.length} bytes instead of 13`;
  const width = u32be(data, 0);
  const height = u32be(data, 4);
  const [bitDepth = 0, colourType = 0, compression, filter, interlace = 0] = data.subarray(8);
  if (width === 0 || height === 0 || width > MAX_UINT31 || height > MAX_UINT31) {
    return `says it is ${width}x${height} pixels`;
  }
  if (!BIT_DEPTHS[colourType]?.includes(bitDepth)) return `has colour type ${colourType} with bit depth ${bitDepth}`;
  if (compression !== 0 || filter !== 0 || interlace > 1)
    return 'has an unknown compression, filter or interlace method';
  return { width, height, bitDepth, colourType: colourType as ColourType, isInterlaced: interlace === 1 };
}

/** A tRNS chunk of another length, or with an alpha channel, is ignored, as libpng does. */
function fitsTransparency({ colourType }: PngHeader, palette: Uint8Array | undefined, length: number): boolean {
  if (colourType === 0) return length === 2;
  if (colourType === 2) return length === 6;
  return colourType === 3 && palette !== undefined && length > 0 && length * 3 <= palette.length;
}
