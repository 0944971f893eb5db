/** Parses `multipart/form-data` (RFC 7578). Parts are views of the body: nothing is copied. */
import { HttpFault } from '../http-fault.ts';
import { checkFieldName } from './json-scan.ts';

/** A file of a form. */
export interface FormFile {
  /** The name of the form's field. */
  readonly field: string;
  /** The name of the file, as the client sent it. Never a path of this machine. */
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export type FormPart =
  | {
      readonly kind: 'text';
      readonly field: string;
      readonly text: string;
      readonly bytes: Uint8Array<ArrayBuffer>;
    }
  | (FormFile & { readonly kind: 'file' });

/** More than any client sends: 16 images, a mask and some thirty fields. */
export const MAX_FORM_PARTS = 128;
const MAX_PART_HEADER_BYTES = 4_096;
const MAX_TEXT_BYTES = 1024 ** 2;

const CR = 0x0d;
const decoder = new TextDecoder('utf-8', { fatal: true });
const encoder = new TextEncoder();

/** @param contentType the header, with the boundary @throws HttpFault 400 */
export function parseMultipart(body: Uint8Array<ArrayBuffer>, contentType: string): readonly FormPart[] {
  const boundary = readParameter(contentType, 'boundary');
  if (boundary === undefined || boundary === '' || boundary.length > 200) {
    throw malformed('its Content-Type has no valid boundary');
  }
  // The first delimiter may be the beginning of the body; all others follow a line end.
  const delimiter = encoder.encode(`\r\n--${boundary}`);
  let at = startsWith(body, delimiter.subarray(2), 0) ? delimiter.length - 2 : afterDelimiter(body, delimiter, 0);
  const parts: FormPart[] = [];
  while (!isLast(body, at)) {
    if (parts.length === MAX_FORM_PARTS) {
      throw new HttpFault(400, 'too_many_parts', `The form has more than ${MAX_FORM_PARTS} parts. Send fewer.`);
    }
    const headers = endOfLine(body, at) + 2;
    const content = endOfHeaders(body, headers);
    const next = afterDelimiter(body, delimiter, content - 2);
    const part = readPart(
      body.subarray(headers, Math.max(headers, content - 4)),
      body.subarray(content, Math.max(content, next - delimiter.length)),
    );
    if (part !== undefined) parts.push(part);
    at = next;
  }
  return parts;
}

/** @returns undefined for the file of a form field in which no file was chosen */
function readPart(header: Uint8Array, bytes: Uint8Array<ArrayBuffer>): FormPart | undefined {
  const lines = decodeText(header, 'the header of a part').split('\r\n');
  const disposition = findHeader(lines, 'content-disposition') ?? '';
  const field = readParameter(disposition, 'name');
  if (field === undefined) throw malformed('a part has no name');
  checkFieldName(field);
  const encoding = findHeader(lines, 'content-transfer-encoding')?.toLowerCase() ?? 'binary';
  if (!['binary', '8bit', '7bit'].includes(encoding)) throw malformed('a part has a Content-Transfer-Encoding');
  const name = readParameter(disposition, 'filename') ?? readParameter(disposition, 'filename*');
  if (name !== undefined) {
    return name === '' && bytes.length === 0 ? undefined : { kind: 'file', field, name, bytes };
  }
  if (bytes.length > MAX_TEXT_BYTES) {
    throw new HttpFault(400, 'invalid_form', `A text field has more than ${MAX_TEXT_BYTES} bytes.`, { param: field });
  }
  return { kind: 'text', field, text: decodeText(bytes, 'a text field'), bytes };
}

function findHeader(lines: readonly string[], name: string): string | undefined {
  const line = lines.find((each) => each.toLowerCase().startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim();
}

/**
 * Reads a parameter of a header: `name=value` or `name="value"`. A quote in a value is written `%22` by browsers, and `\"` by other clients;
 * a backslash before another character is a backslash, as in Windows paths.
 */
function readParameter(header: string, wanted: string): string | undefined {
  let at = header.indexOf(';');
  while (at !== -1) {
    const equals = header.indexOf('=', at);
    if (equals === -1) return undefined;
    const name = header
      .slice(at + 1, equals)
      .trim()
      .toLowerCase();
    const { value, end } = header[equals + 1] === '"' ? readQuoted(header, equals + 2) : readToken(header, equals + 1);
    if (name === wanted) return value;
    at = header.indexOf(';', end);
  }
  return undefined;
}

function readQuoted(header: string, from: number): { readonly value: string; readonly end: number } {
  let value = '';
  for (let at = from; at < header.length; at++) {
    const character = header[at]!;
    if (character === '"') return { value: value.replaceAll('%22', '"'), end: at + 1 };
    if (character === '\\' && header[at + 1] === '"') at += 1;
    value += header[at];
  }
  throw malformed('a quoted text in a header does not end');
}

function readToken(header: string, from: number): { readonly value: string; readonly end: number } {
  const semicolon = header.indexOf(';', from);
  const end = semicolon === -1 ? header.length : semicolon;
  return { value: header.slice(from, end).trim(), end };
}

function endOfLine(body: Uint8Array, from: number): number {
  const end = body.indexOf(CR, from);
  // White space may follow a boundary; nothing else.
  const isEmpty = end !== -1 && body.subarray(from, end).every((byte) => byte === 0x20 || byte === 0x09);
  if (!isEmpty || body[end + 1] !== 0x0a) throw malformed('a boundary is followed by other text');
  return end;
}

const HEADER_END = encoder.encode('\r\n\r\n');

/** @param from the position after the line end of a boundary @returns the position of the content */
function endOfHeaders(body: Uint8Array, from: number): number {
  const end = find(body.subarray(0, from + MAX_PART_HEADER_BYTES), HEADER_END, from - 2);
  if (end === -1) throw malformed(`the header of a part does not end within ${MAX_PART_HEADER_BYTES} bytes`);
  return end + HEADER_END.length;
}

/** @returns the position after the next delimiter */
function afterDelimiter(body: Uint8Array, delimiter: Uint8Array, from: number): number {
  const at = find(body, delimiter, from);
  if (at === -1) throw malformed('its last boundary is missing');
  return at + delimiter.length;
}

const isLast = (body: Uint8Array, at: number): boolean => body[at] === 0x2d && body[at + 1] === 0x2d;

/** Finds bytes that begin with CR. The native `indexOf` skips what lies between. */
function find(body: Uint8Array, wanted: Uint8Array, from: number): number {
  for (let at = body.indexOf(CR, from); at !== -1; at = body.indexOf(CR, at + 1)) {
    if (startsWith(body, wanted, at)) return at;
  }
  return -1;
}

function startsWith(body: Uint8Array, wanted: Uint8Array, at: number): boolean {
  for (let index = 0; index < wanted.length; index++) if (body[at + index] !== wanted[index]) return false;
  return true;
}

function decodeText(bytes: Uint8Array, what: string): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw malformed(`${what} is not valid UTF-8`);
  }
}

const malformed = (why: string): HttpFault =>
  new HttpFault(400, 'invalid_form', `The multipart body cannot be read: ${why}.`);
