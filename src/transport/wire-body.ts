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

/** JSON in which every `Uint8Array` is a base64 string. */
export function toJsonText(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key, current) {
    // `this[key]` and not `current`: a Buffer has already been turned into a plain object by its own toJSON.
    const original = this[key];
    return original instanceof Uint8Array ? encodeBase64(original) : current;
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
