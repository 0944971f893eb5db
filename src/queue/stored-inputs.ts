/** Input images of a queued request: their bytes are in the store, and the request names them. */
import { AiImageError, isAiImageError } from '../providers/protocol/errors.ts';
import { codeOf } from '../store/files/files.ts';
import { sha256 as sha256Of } from '../store/files/sha256.ts';
import type { Store } from '../store/index.ts';
import type { StoredInput } from './queue.ts';

/** An input image as the caller gave it, with its bytes read. */
export type GivenInput =
  | { readonly kind: 'link'; readonly link: string }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly sha256: string };

const DATA_LINK = /^data:image\/[\w.+-]{1,100}(;[\w.+=-]{1,100})?(;base64)?,/i;

/** Copies bytes, so that the caller cannot change them afterwards. @throws AiImageError `invalid_request` */
export function readGivenInput(input: Uint8Array | string): GivenInput {
  if (typeof input === 'string' && !/^data:/i.test(input)) return { kind: 'link', link: input };
  const bytes = typeof input === 'string' ? readDataLink(input) : new Uint8Array(input);
  return { kind: 'bytes', bytes, sha256: sha256Of(bytes) };
}

function readDataLink(link: string): Uint8Array {
  const header = DATA_LINK.exec(link.slice(0, 300));
  if (header === null) throw brokenLink();
  const content = link.slice(header[0].length);
  try {
    if (header[1]?.toLowerCase() === ';base64' || header[2] !== undefined) {
      return Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
    }
    return new TextEncoder().encode(decodeURIComponent(content));
  } catch {
    throw brokenLink();
  }
}

const brokenLink = () =>
  new AiImageError('invalid_request', 'enqueue: an input image is a data: link that cannot be read', {
    charged: 'no',
    hint: 'Pass the bytes of the image, or a link that begins with data:image/png;base64, and its base64.',
  });

/** Saves the bytes in the store, once. @throws AiImageError as `Store.import` */
export async function storeInput(store: Store, input: GivenInput): Promise<string | StoredInput> {
  if (input.kind === 'link') return input.link;
  const { id, sha256 } = await store.import(input.bytes);
  return { artifact: id, sha256 };
}

/**
 * Reads a stored input.
 * @throws AiImageError `invalid_request`: the image was deleted or changed since; `storage_failed`: it cannot be read at the moment
 */
export async function readStoredInput(
  store: Store,
  input: string | StoredInput,
  field: string,
): Promise<string | Uint8Array> {
  if (typeof input === 'string') return input;
  const { artifact, sha256 } = input;
  const bytes = await openImage(store, artifact, field);
  if (sha256Of(bytes) === sha256) return bytes;
  throw goneError(field, artifact, 'is another one than when the request was enqueued');
}

async function openImage(store: Store, artifact: string, field: string): Promise<Uint8Array> {
  try {
    return await store.open(artifact);
  } catch (error) {
    if (!isAiImageError(error)) throw error;
    const isGone = error.code === 'invalid_request' || codeOf(error.cause) === 'ENOENT';
    if (isGone) throw goneError(field, artifact, 'is no longer in the store', error);
    // A fault of the disk has a cause, and may end. A file that was changed stays changed.
    if (error.code === 'storage_failed' && error.cause === undefined) {
      throw goneError(field, artifact, 'was changed after the request was enqueued', error);
    }
    throw error;
  }
}

function goneError(field: string, artifact: string, what: string, cause?: unknown): AiImageError {
  return new AiImageError('invalid_request', `request.${field}: the stored image ${artifact} ${what}`, {
    charged: 'no',
    hint: 'Nothing was sent. Enqueue the request again with its input images.',
    ...(cause !== undefined && { cause }),
  });
}
