/** Builders for the HTTP requests that adapters send. */
import { DataUrl } from '../../../transport/body/encode-body.ts';
import type { HttpRequest, PartField, UploadTarget } from '../../../transport/index.ts';
import type { InputFile } from './request-args.ts';

/** A POST request with a JSON body. Fields that are `undefined` are omitted; bytes become base64. */
export function post(url: string, value: object, headers?: Readonly<Record<string, string>>): HttpRequest {
  return { method: 'POST', url, body: { kind: 'json', value }, ...(headers && { headers }) };
}

export function get(url: string): HttpRequest {
  return { method: 'GET', url };
}

/** The file as a `data:` URL, for a field of a JSON body. It is encoded only when the body is sent. */
export function dataUrl({ bytes, mediaType }: Pick<InputFile, 'bytes' | 'mediaType'>): DataUrl {
  return new DataUrl(bytes, mediaType);
}

type FormValue = string | number | boolean | InputFile | undefined;

/** A multipart POST request with the fields in this order. A list repeats its field name; `undefined` is omitted. */
export function postForm(url: string, fields: Readonly<Record<string, FormValue | readonly FormValue[]>>): HttpRequest {
  const parts = Object.entries(fields).flatMap(([name, value]) =>
    (Array.isArray(value) ? (value as readonly FormValue[]) : [value as FormValue]).flatMap((each) =>
      toPart(name, each),
    ),
  );
  return { method: 'POST', url, body: { kind: 'multipart', parts } };
}

/**
 * An upload to object storage with a form that the vendor signed. The vendor's fields come first, because the storage ignores
 * everything after the file.
 */
export function storeForm(link: string, fields: Readonly<Record<string, string>>, file: InputFile): UploadTarget {
  const { body } = postForm(link, { ...fields, file });
  return { link, method: 'POST', body: body! };
}

function toPart(name: string, value: FormValue): readonly PartField[] {
  if (value === undefined) return [];
  if (typeof value !== 'object') return [{ name, value: String(value) }];
  return [{ name, bytes: value.bytes, fileName: value.fileName, mediaType: value.mediaType }];
}
