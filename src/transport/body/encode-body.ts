/** Encodes request bodies. */
import { encodeBase64 } from '#platform';
import type { RequestBody } from '../call.ts';
import { encodeForm } from './encode-form.ts';

export interface EncodedBody {
  /** Bytes, which every `fetch` accepts and a signature can cover. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** For a form, with the boundary. */
  readonly contentType: string;
}

/** Encodes a whole body. */
export function encodeBody(body: RequestBody): EncodedBody {
  switch (body.kind) {
    case 'json':
      return { bytes: new TextEncoder().encode(toJsonText(body.value)), contentType: 'application/json' };
    case 'multipart':
      return encodeForm(body.parts);
    case 'bytes':
      // The platform refuses only shared memory, which is never used here.
      return { bytes: body.bytes as Uint8Array<ArrayBuffer>, contentType: body.mediaType };
    default:
      return body satisfies never;
  }
}

/** Bytes that a JSON body contains as a `data:` link. */
export class DataUrl {
  readonly bytes: Uint8Array;
  readonly mediaType: string;

  constructor(bytes: Uint8Array, mediaType: string) {
    this.bytes = bytes;
    this.mediaType = mediaType;
  }
}

/** Like `JSON.stringify`, with each `Uint8Array` as a base64 string and each `DataUrl` as a `data:` link. */
export function toJsonText(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key, current) {
    // `this[key]` instead of `current`: a Buffer has already been converted by its own toJSON.
    const original = this[key];
    if (original instanceof Uint8Array) return encodeBase64(original);
    if (original instanceof DataUrl) return `data:${original.mediaType};base64,${encodeBase64(original.bytes)}`;
    return current;
  });
}
