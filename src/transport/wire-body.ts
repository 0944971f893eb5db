/** How a request's body is written. */
import { encodeBase64 } from '#platform';
import type { RequestBody } from './call.ts';

export interface EncodedBody {
  readonly body: string | FormData;
  /** Absent where the platform writes it (multipart: it alone knows the boundary). */
  readonly contentType?: string;
}

export function encodeBody(body: RequestBody): EncodedBody {
  return body.kind === 'json'
    ? { body: toJsonText(body.value), contentType: 'application/json' }
    : { body: toFormData(body.parts) };
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
