/** Encodes request bodies. */
import { encodeBase64 } from '#platform';
import type { RequestBody } from '../call.ts';

export interface EncodedBody {
  readonly body: string | FormData | Uint8Array<ArrayBuffer>;
  /** Undefined for multipart: the platform sets it, with the boundary. */
  readonly contentType?: string;
}

/** Encodes a body for `fetch`. */
export function encodeBody(body: RequestBody): EncodedBody {
  switch (body.kind) {
    case 'json':
      return { body: toJsonText(body.value), contentType: 'application/json' };
    case 'multipart':
      return { body: toFormData(body.parts) };
    case 'bytes':
      // The platform refuses only shared memory, which is never used here.
      return { body: body.bytes as Uint8Array<ArrayBuffer>, contentType: body.mediaType };
    default:
      return body satisfies never;
  }
}

/** Encodes a body as bytes, for `dial`. The content type of a form then contains the boundary. */
export async function encodeBodyWhole(
  body: RequestBody,
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly contentType: string }> {
  const encoded = encodeBody(body);
  const whole = new Response(encoded.body);
  const contentType = encoded.contentType ?? whole.headers.get('content-type') ?? 'application/octet-stream';
  return { bytes: new Uint8Array(await whole.arrayBuffer()), contentType };
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

function toFormData(parts: Extract<RequestBody, { kind: 'multipart' }>['parts']): FormData {
  const form = new FormData();
  for (const part of parts) {
    if ('value' in part) form.append(part.name, part.value);
    else
      form.append(
        part.name,
        new Blob([part.bytes as Uint8Array<ArrayBuffer>], { type: part.mediaType }),
        part.fileName,
      );
  }
  return form;
}
