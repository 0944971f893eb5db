/** How a request's body is written. */
import { encodeBase64 } from '#platform';
import type { RequestBody } from '../call.ts';

export interface EncodedBody {
  readonly body: string | FormData | Uint8Array<ArrayBuffer>;
  /** Absent where the platform writes it (multipart: it alone knows the boundary). */
  readonly contentType?: string;
}

export function encodeBody(body: RequestBody): EncodedBody {
  switch (body.kind) {
    case 'json':
      return { body: toJsonText(body.value), contentType: 'application/json' };
    case 'multipart':
      return { body: toFormData(body.parts) };
    case 'bytes':
      // No bytes of ours lie in shared memory, which alone the platform would not take.
      return { body: body.bytes as Uint8Array<ArrayBuffer>, contentType: body.mediaType };
    default:
      return body satisfies never;
  }
}

/** The same as plain bytes, where the platform cannot write it: a form then has its boundary in the content type. */
export async function encodeBodyWhole(
  body: RequestBody,
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly contentType: string }> {
  const encoded = encodeBody(body);
  const whole = new Response(encoded.body);
  const contentType = encoded.contentType ?? whole.headers.get('content-type') ?? 'application/octet-stream';
  return { bytes: new Uint8Array(await whole.arrayBuffer()), contentType };
}

/** Bytes that stand in a JSON body as a `data:` link. */
export class DataUrl {
  readonly bytes: Uint8Array;
  readonly mediaType: string;

  constructor(bytes: Uint8Array, mediaType: string) {
    this.bytes = bytes;
    this.mediaType = mediaType;
  }
}

/** JSON in which every `Uint8Array` is a base64 string and every `DataUrl` a `data:` link. */
export function toJsonText(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key, current) {
    // `this[key]` and not `current`: a Buffer has already been turned into a plain object by its own toJSON.
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
