/** What a look at an image file can find. */
import type { ImageFormat, MediaType } from '../../protocol/vocabulary.ts';

export interface InspectedImage {
  readonly kind: 'image';
  readonly format: ImageFormat;
  readonly mediaType: MediaType;
  /** Stored pixels; an EXIF orientation is not applied. For SVG, CSS pixels rounded up. */
  readonly width: number;
  readonly height: number;
  /** 1 for a still picture. */
  readonly frames: number;
  /** Whether the file declares an alpha channel or a transparent colour; undefined where the header does not say. */
  readonly hasAlpha: boolean | undefined;
  /** Bytes behind the end of the image that the format gives no meaning. Absent when there are none. */
  readonly trailingBytes?: number;
}

/**
 * - `image`: a whole file of a known format.
 * - `broken`: the signature of a known format, but cut short or damaged.
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

/** A whole image, unless a side is zero: then there is nothing to show. */
export function imageOf(
  format: ImageFormat,
  { width, height, frames = 1, hasAlpha, trailingBytes = 0 }: InspectedParts,
): Inspection {
  if (!(width > 0 && height > 0)) return brokenOf(format, `says it is ${width}x${height} pixels`);
  const mediaType = format === 'svg' ? 'image/svg+xml' : (`image/${format}` as const);
  const trailing = trailingBytes > 0 ? { trailingBytes } : {};
  return { kind: 'image', format, mediaType, width, height, frames, hasAlpha, ...trailing };
}

export function brokenOf(format: ImageFormat, reason: string): Inspection {
  return { kind: 'broken', format, reason };
}
