/** The rules that apply to images of all formats. */
import type { ImageFormat } from '../../protocol/vocabulary.ts';
import type { InspectedImage, Inspection } from './inspection.ts';

export interface ReadImageLimits {
  /** Maximum size of the file in bytes. @default 64 MiB */
  readonly maxBytes: number;
  /** Maximum of width x height x frames, which a decoder would have to hold. @default 100 megapixels */
  readonly maxPixels: number;
  /** Maximum number of frames of an animation. @default 64 */
  readonly maxFrames: number;
}

/** A real 4K image has 8 megapixels and about 20 MB; a 30000x30000 decompression bomb has 900 megapixels in 109 kB. */
export const DEFAULT_IMAGE_LIMITS: ReadImageLimits = {
  maxBytes: 64 * 1024 * 1024,
  maxPixels: 100_000_000,
  maxFrames: 64,
};

export interface ImageRules extends Partial<ReadImageLimits> {
  /** Allowed formats. Include `svg` only if the caller requested SVG. */
  readonly allowed: readonly ImageFormat[];
}

export type CheckedImage =
  | {
      readonly ok: true;
      readonly image: Pick<InspectedImage, 'format' | 'mediaType' | 'width' | 'height' | 'trailingBytes'>;
    }
  | {
      readonly ok: false;
      /** A phrase whose subject is the image ("looks like an HTML page"); never quotes the bytes. */
      readonly reason: string;
      readonly code: 'bad_response' | 'too_large' | 'internal';
    };

/** @param inspect called only if the file is not too large */
export function applyImageRules(
  { allowed, ...limits }: ImageRules,
  bytes: Uint8Array,
  inspect: (bytes: Uint8Array) => Inspection,
): CheckedImage {
  const { maxBytes, maxPixels, maxFrames } = { ...DEFAULT_IMAGE_LIMITS, ...limits };
  if (!(bytes.length <= maxBytes)) return tooLarge(`is ${bytes.length} bytes long; at most ${maxBytes} are allowed`);

  const found = inspect(bytes);
  if (found.kind === 'unknown') return rejectImage(found.reason);
  const name = NAMES[found.format];
  if (!allowed.includes(found.format)) {
    return rejectImage(`is ${name} file, which was not requested; allowed: ${allowed.join(', ')}`);
  }
  if (found.kind === 'broken') return rejectImage(`is ${name} file that ${found.reason}`);

  const { format, mediaType, width, height, frames, trailingBytes } = found;
  if (!(frames <= maxFrames)) return tooLarge(`has ${frames} frames; at most ${maxFrames} are allowed`);
  if (!(width * height * frames <= maxPixels)) {
    const shape = frames === 1 ? `${width}x${height}` : `${width}x${height} in ${frames} frames`;
    return tooLarge(`is ${shape} pixels large; at most ${maxPixels} pixels are allowed`);
  }
  return {
    ok: true,
    image: { format, mediaType, width, height, ...(trailingBytes !== undefined && { trailingBytes }) },
  };
}

const NAMES = {
  png: 'a PNG',
  jpeg: 'a JPEG',
  webp: 'a WebP',
  gif: 'a GIF',
  avif: 'an AVIF',
  svg: 'an SVG',
} as const satisfies Record<ImageFormat, string>;

export const rejectImage = (reason: string): CheckedImage => ({ ok: false, code: 'bad_response', reason });
const tooLarge = (reason: string): CheckedImage => ({ ok: false, code: 'too_large', reason });
