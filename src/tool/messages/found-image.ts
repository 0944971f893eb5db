/** An image that a message holds or names. */
import type { MediaType } from '../../providers/protocol/index.ts';
import { toBase64 } from '../files/base64.ts';

/** Has an id, a path, a link or bytes. */
export interface FoundImage {
  /** The id of a stored image. */
  readonly id?: string;
  /** The path of its file. */
  readonly path?: string;
  /** An `http:` or `https:` link. */
  readonly url?: string;
  /** A complete image file. */
  readonly bytes?: Uint8Array;
  /** What the message says; of bytes, what they are. */
  readonly mediaType?: MediaType;
}

/**
 * Returns what the argument `image` of `edit_image` takes: the id, else the path, the link, or a `data:` link.
 * @returns `undefined`: the image has none of them
 */
export function toReference({ id, path, url, bytes, mediaType }: FoundImage): string | undefined {
  if (id !== undefined || path !== undefined || url !== undefined) return id ?? path ?? url;
  return bytes && `data:${mediaType ?? 'image/png'};base64,${toBase64(bytes)}`;
}
