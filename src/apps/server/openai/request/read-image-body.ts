/** Reads the body of a request: JSON or a form become the same fields. */
import { isPlainObject } from '../../../../providers/protocol/input/is-plain-object.ts';
import { HttpFault } from '../../http/http-fault.ts';
import { invalidField } from '../../http/invalid-field.ts';
import { type FormBody, hashOfBytes, isMultipart, readFormBody, readJsonBody } from '../../http/read-body.ts';
import type { ServerContext, ServerRequest } from '../../http/server-context.ts';
import type { ImageOperation } from './field-rules.ts';
import { type ImageSource, readImageSources } from './image-source.ts';
import { refuseForbidden, refuseForbiddenName } from './refuse-forbidden.ts';

export interface ImageBody {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly images: readonly ImageSource[];
  readonly masks: readonly ImageSource[];
  /** SHA-256 of the body; of a form that of its parts. In hex. */
  readonly hash: string;
}

/** @throws HttpFault 400, 413, 415 */
export async function readImageBody(
  c: ServerRequest,
  { limits }: Pick<ServerContext, 'limits'>,
  operation: ImageOperation,
): Promise<ImageBody> {
  const maxBytes = operation === 'edit' ? limits.maxUploadBytes : limits.maxJsonBytes;
  if (isMultipart(c.req.header('content-type') ?? '')) {
    const form = await readFormBody(c, maxBytes);
    return { ...splitFields(fieldsOfForm(form)), hash: form.hash };
  }
  const { value, bytes } = await readJsonBody(c, maxBytes);
  if (!isPlainObject(value)) throw new HttpFault(400, 'invalid_json', 'The body must be a JSON object.');
  refuseForbidden(value);
  return { ...splitFields(fieldsOfJson(value)), hash: await hashOfBytes(bytes) };
}

/** `image[]` and `image[0]` are `image`, as in the forms of several clients. */
const baseName = (name: string): string => name.replace(/\[\d{0,3}\]$/, '');

function fieldsOfJson(body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const fields = new Map<string, unknown>();
  for (const [name, value] of Object.entries(body)) {
    const base = baseName(name);
    if (base !== name && fields.has(base)) throw twice(base);
    fields.set(base, value);
  }
  return Object.fromEntries(fields);
}

/** Exported for tests. @throws HttpFault 400: a field is not allowed, or was sent twice */
export function fieldsOfForm({ fields, files }: Pick<FormBody, 'fields' | 'files'>): Readonly<Record<string, unknown>> {
  const values = new Map<string, unknown[]>();
  const nested = new Map<string, Record<string, unknown>>();
  const texts = [...fields].flatMap(([name, all]) => all.map((value) => ({ name, value })));
  for (const { name, value } of [...texts, ...files.map(({ field, bytes }) => ({ name: field, value: bytes }))]) {
    refuseForbiddenName(name);
    const path = /^(\w{1,64})\[(\w{1,64})\](?:\[(\w{1,64})\])?$/.exec(name);
    if (path === null || /^\d+$/.test(path[2] ?? '')) {
      const base = baseName(name);
      values.set(base, [...(values.get(base) ?? []), value]);
    } else setNested(nested, path, value);
  }
  const scalars = [...values].map(([name, all]): [string, unknown] => {
    if (all.length > 1 && !isImageField(name)) throw twice(name);
    return [name, all.length === 1 ? all[0] : all];
  });
  return Object.fromEntries([...scalars, ...nested]);
}

function setNested(nested: Map<string, Record<string, unknown>>, path: RegExpExecArray, value: unknown): void {
  const [, name = '', key = '', inner] = path;
  const all = nested.get(name) ?? {};
  const before = all[key];
  if (inner === undefined) all[key] = value;
  else all[key] = { ...(isPlainObject(before) && before), [inner]: value };
  nested.set(name, all);
}

const isImageField = (name: string): boolean => name === 'image' || name === 'images' || name === 'mask';

function splitFields(fields: Readonly<Record<string, unknown>>): Omit<ImageBody, 'hash'> {
  const { image, images, mask } = fields;
  return {
    fields,
    images: [...readImageSources(image, 'image'), ...readImageSources(images, 'images')],
    masks: readImageSources(mask, 'mask'),
  };
}

const twice = (name: string): HttpFault => invalidField(name, 'was sent twice. Send it once.');
