/** Reads the bodies of requests. Every handler reads them here, because every body has a cap. */

import { checkJson } from './body/json-scan.ts';
import { type FormFile, parseMultipart } from './body/multipart.ts';
import { HttpFault } from './http-fault.ts';
import type { ServerRequest } from './server-context.ts';

export interface JsonBody {
  /** Parsed, and not yet checked by a schema. It has no `__proto__` and no `constructor`. */
  readonly value: unknown;
  /** The body as it was sent. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface FormBody {
  /** The texts of each field, in the order of the body. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
  /** The files, in the order of the body. */
  readonly files: readonly FormFile[];
  /** SHA-256 over the names and the content of all parts, in hex. The boundary and the names of files do not count. */
  readonly hash: string;
}

/**
 * Reads a JSON body.
 * @param maxBytes a larger body is answered with 413, and the connection is closed
 * @throws HttpFault 400, 413, 415
 */
export async function readJsonBody(c: ServerRequest, maxBytes: number): Promise<JsonBody> {
  const bytes = await readBytes(c, maxBytes);
  if (bytes.length === 0) {
    throw new HttpFault(400, 'invalid_json', 'The request has no body. Send a JSON object as its body.');
  }
  checkJson(bytes);
  return { value: parseJson(bytes), bytes };
}

/**
 * Reads a `multipart/form-data` body.
 * @param maxBytes a larger body is answered with 413, and the connection is closed
 * @throws HttpFault 400, 413, 415
 */
export async function readFormBody(c: ServerRequest, maxBytes: number): Promise<FormBody> {
  const type = c.req.header('content-type') ?? '';
  if (!isMultipart(type)) {
    throw new HttpFault(415, 'unsupported_media_type', 'Send the body as multipart/form-data.');
  }
  const parts = parseMultipart(await readBytes(c, maxBytes), type);
  const fields = new Map<string, string[]>();
  const files: FormFile[] = [];
  for (const part of parts) {
    if (part.kind === 'file') files.push({ field: part.field, name: part.name, bytes: part.bytes });
    else fields.set(part.field, [...(fields.get(part.field) ?? []), part.text]);
  }
  return { fields, files, hash: await hashOfParts(parts) };
}

/** Whether the body is a form with files, by its `Content-Type`. */
export const isMultipart = (contentType: string): boolean =>
  contentType.trimStart().toLowerCase().startsWith('multipart/form-data');

/** Hashes the fields and the content of parts, in order: equal for two requests that differ only in boundary and file names. In hex. */
export async function hashOfParts(
  parts: readonly { readonly field: string; readonly bytes: Uint8Array<ArrayBuffer> }[],
): Promise<string> {
  const encoder = new TextEncoder();
  const digests = parts.flatMap(({ field, bytes }) => [digest(encoder.encode(field)), digest(bytes)]);
  const joined = new Uint8Array(digests.length * 32);
  (await Promise.all(digests)).forEach((each, at) => {
    joined.set(each, at * 32);
  });
  return toHex(await digest(joined));
}

/** Hashes bytes with SHA-256. In hex. */
export const hashOfBytes = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> => toHex(await digest(bytes));

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

const toHex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** @throws HttpFault 400: the client hung up; 413; 415: the body is compressed */
export async function readBytes(c: ServerRequest, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  // Compressed bytes are no JSON, and a few of them can become many.
  const encoding = c.req.header('content-encoding')?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity') throw compressed();
  const declared = Number(c.req.header('content-length') ?? Number.NaN);
  if (declared > maxBytes) throw tooLarge(maxBytes);
  try {
    // Node's HTTP parser lets no more through than was declared.
    if (c.env?.incoming !== undefined && declared <= maxBytes) return new Uint8Array(await c.req.raw.arrayBuffer());
    return await collect(c.req.raw.body, maxBytes);
  } catch (cause) {
    if (cause instanceof HttpFault) throw cause;
    throw new HttpFault(400, 'incomplete_body', 'The body of the request ended early. Send it again.');
  }
}

async function collect(body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  if (body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = body.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    length += read.value.length;
    if (length > maxBytes) throw tooLarge(maxBytes);
    chunks.push(read.value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

const compressed = (): HttpFault =>
  new HttpFault(
    415,
    'unsupported_media_type',
    'The body is compressed, and this server accepts no compressed bodies. Send it again without Content-Encoding.',
  );

const tooLarge = (maxBytes: number): HttpFault =>
  new HttpFault(413, 'request_too_large', `The body is larger than ${maxBytes} bytes, the limit of this server.`, {
    closesConnection: true,
  });

const decoder = new TextDecoder('utf-8', { fatal: true });

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    // The engine's message quotes the body.
    throw new HttpFault(400, 'invalid_json', 'The body is not valid JSON in UTF-8. Correct it.');
  }
}
