/** Compares a received request with the recorded one: method, path, headers, and every part of the body. */
import { compareImage, differences, show } from './compare.ts';
import type { ExpectedRequest } from './conversation.ts';
import { expandAny, fillIn, mapTree, type Placeholders } from './expand.ts';

export interface ReceivedRequest {
  readonly method: string;
  /** Includes the query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** @returns one line per difference */
export async function compareRequest(
  expected: ExpectedRequest,
  received: ReceivedRequest,
  placeholders: Placeholders,
): Promise<readonly string[]> {
  const path = fillIn(expected.path, placeholders, encodeURIComponent);
  const line = `${expected.method} ${path}`;
  // With a wrong path, the body belongs to another request, so it is not compared.
  if (`${received.method} ${received.path}` !== line) return [`expected ${line}`];
  return [
    ...compareHeaders(expected.headers ?? {}, received, placeholders),
    ...(await compareBody(expected, received, placeholders)),
  ];
}

function compareHeaders(
  expected: NonNullable<ExpectedRequest['headers']>,
  { headers }: ReceivedRequest,
  placeholders: Placeholders,
): readonly string[] {
  return Object.entries(expected).flatMap(([name, value]) => {
    const found = headers[name.toLowerCase()];
    if (value === null) return found === undefined ? [] : [`header ${name}: must be absent, got ${show(found)}`];
    if (value === '*') return found === undefined ? [`header ${name}: is missing`] : [];
    const expectedValue = fillIn(value, placeholders);
    return found === expectedValue ? [] : [`header ${name}: expected ${show(expectedValue)}, got ${show(found)}`];
  });
}

async function compareBody(
  { json, multipart, bytes }: ExpectedRequest,
  { headers, body }: ReceivedRequest,
  placeholders: Placeholders,
): Promise<readonly string[]> {
  const type = headers['content-type'] ?? '';
  if (json !== undefined) {
    if (!/^application\/json\b/i.test(type)) return [`content-type: expected application/json, got ${show(type)}`];
    const found = parseJson(body);
    return found === undefined
      ? ['the body is not JSON']
      : differences('json', await fillTree(json, placeholders), found);
  }
  if (multipart !== undefined) {
    const form = await readForm(body, type);
    return form === undefined
      ? [`content-type: expected multipart/form-data, got ${show(type)}`]
      : compareParts(multipart, form, placeholders);
  }
  const expanded = await expandAny(bytes);
  if (expanded !== undefined) {
    const wrong =
      type === expanded.mediaType ? [] : [`content-type: expected ${expanded.mediaType}, got ${show(type)}`];
    return [...wrong, ...(await compareImage('body', expanded, body))];
  }
  return body.length === 0 ? [] : [`unexpected body of ${body.length} bytes`];
}

async function compareParts(
  expected: Readonly<Record<string, unknown>>,
  form: FormData,
  placeholders: Placeholders,
): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const [name, value] of Object.entries(expected)) {
    const expectedValue = Array.isArray(value) ? value : [value];
    const found = form.getAll(name);
    if (found.length !== expectedValue.length) {
      faults.push(`part ${name}: expected ${expectedValue.length} parts, got ${found.length}`);
      continue;
    }
    for (const [index, each] of expectedValue.entries()) {
      const at = `part ${name}${expectedValue.length > 1 ? ` (${index + 1})` : ''}`;
      faults.push(...(await comparePart(at, each, found[index]!, placeholders)));
    }
  }
  const unexpected = [...new Set(form.keys())].filter((name) => !Object.hasOwn(expected, name));
  return [...faults, ...unexpected.map((name) => `part ${name}: not expected, got ${show(form.get(name))}`)];
}

async function comparePart(
  at: string,
  expected: unknown,
  found: FormDataEntryValue,
  placeholders: Placeholders,
): Promise<readonly string[]> {
  if (typeof expected === 'string') {
    const expectedValue = fillIn(expected, placeholders);
    return found === expectedValue ? [] : [`${at}: expected ${show(expectedValue)}, got ${describePart(found)}`];
  }
  if (typeof expected === 'object' && expected !== null && '$json' in expected) {
    const parsed = typeof found === 'string' ? parseJson(new TextEncoder().encode(found)) : undefined;
    return differences(at, await fillTree(expected.$json, placeholders), parsed);
  }
  if (typeof found === 'string') return [`${at}: expected a file, got ${show(found)}`];
  const bytes = new Uint8Array(await found.arrayBuffer());
  const expanded = await expandAny(expected);
  if (expanded === undefined) return differences(at, expected, { mediaType: found.type, bytes: bytes.length });
  const type =
    found.type === expanded.mediaType ? [] : [`${at}: expected type ${expanded.mediaType}, got ${found.type}`];
  const name = found.name === '' || found.name === 'blob' ? [`${at}: the file has no name`] : [];
  return [...type, ...name, ...(await compareImage(at, expanded, bytes))];
}

function describePart(part: FormDataEntryValue): string {
  return typeof part === 'string' ? show(part) : `a file of ${part.size} bytes (${part.type})`;
}

function fillTree(value: unknown, placeholders: Placeholders): Promise<unknown> {
  return mapTree(value, async (each) => (typeof each === 'string' ? fillIn(each, placeholders) : undefined));
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined; // the caller reports it
  }
}

async function readForm(body: Uint8Array<ArrayBuffer>, type: string): Promise<FormData | undefined> {
  if (!/^multipart\/form-data\b/i.test(type)) return undefined;
  try {
    return await new Response(body, { headers: { 'content-type': type } }).formData();
  } catch {
    return undefined; // the caller reports it
  }
}
