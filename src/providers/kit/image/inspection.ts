/** The possible results of inspecting an image file. */
import { type ImageFormat, MEDIA_TYPES, type MediaType } from '../../protocol/vocabulary.ts';

export interface InspectedImage {
  readonly kind: 'image';
  readonly format: ImageFormat;
  readonly mediaType: MediaType;
  /** Stored pixels; an EXIF orientation is not applied. For SVG, CSS pixels rounded up. */
  readonly width: number;
  readonly height: number;
  /** 1 for a still image. */
  readonly frames: number;
  /** Whether the file declares an alpha channel or a transparent colour; undefined where the header does not say. */
  readonly hasAlpha: boolean | undefined;
  /** Number of bytes after the end of the image that have no meaning in this format. Absent if there are none. */
  readonly trailingBytes?: number;
}

/**
 * - `image`: a complete file of a known format.
 * - `broken`: the signature of a known format, but truncated or damaged.
 * - `unknown`: anything else.
 *
 * A `reason` is a phrase whose subject is the file ("ends inside chunk IDAT", "looks like an HTML page"). It never quotes the bytes.
 */
export type Inspection =
  | InspectedImage
  | { readonly kind: 'broken'; readonly format: ImageFormat; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

export interface InspectedParts {
  readonly width: number;
  readonly height: number;
  /** @default 1 */
  readonly frames?: number;
  readonly hasAlpha: boolean | undefined;
  /** @default 0 */
  readonly trailingBytes?: number;
}

/** Returns a complete image; an image with a side of 0 is `broken`. */
export function inspectedImage(
  format: ImageFormat,
  { width, height, frames = 1, hasAlpha, trailingBytes = 0 }: InspectedParts,
): Inspection {
  if (!(width > 0 && height > 0)) return brokenImage(format, `says it is ${width}x${height} pixels`);
  const mediaType = MEDIA_TYPES[format];
  const trailing = trailingBytes > 0 ? { trailingBytes } : {};
  return { kind: 'image', format, mediaType, width, height, frames, hasAlpha, ...trailing };
}

export function brokenImage(format: ImageFormat, reason: string): Inspection {
  return { kind: 'broken', format, reason };
}
