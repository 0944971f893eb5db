/** Checks that bytes which an agent refers to are an image. */
import { checkRaster } from '../../providers/kit/image/check-raster.ts';
import { referenceError } from './reference-error.ts';

/** Bytes of one reference. */
export const MAX_REFERENCE_BYTES = 64 * 1024 * 1024;
/** References of one call. */
export const MAX_REFERENCES = 16;

const FORMATS = ['png', 'jpeg', 'webp', 'gif', 'avif'] as const;

/** @throws AiImageError `invalid_request`; the message never quotes the bytes */
export function checkReference(bytes: Uint8Array, argument: string): Uint8Array {
  const checked = checkRaster(bytes, { allowed: FORMATS, maxBytes: MAX_REFERENCE_BYTES });
  if (checked.ok) return bytes;
  throw referenceError(
    argument,
    `is not an image that can be used: it ${checked.reason}.`,
    'Give a PNG, JPEG or WebP image.',
  );
}
