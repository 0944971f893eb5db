/** A request that came held against the one recorded: method, path, headers, and every part of the body. */
import { compareImage, differences, show } from './compare.ts';
import type { ExpectedRequest } from './conversation.ts';
import { expandAny, fillIn, mapTree, type Placeholders } from './expand.ts';

export interface SeenRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** @returns one line per difference */
export async function compareRequest(
  expected: ExpectedRequest,
  seen: SeenRequest,
  filled: Placeholders,
): Promise<readonly string[]> {
  const path = fillIn(expected.path, filled, encodeURIComponent);
  const line = `${expected.method} ${path}`;
  // A wrong address is the whole story: the body of another request says nothing.
  if (`${seen.method} ${seen.path}` !== line) return [`expected ${line}`];
  return [...compareHeaders(expected.headers ?? {}, seen, filled), ...(await compareBody(expected, seen, filled))];
}

function compareHeaders(
  expected: NonNullable<ExpectedRequest['headers']>,
  { headers }: SeenRequest,
  filled: Placeholders,
): readonly string[] {
  return Object.entries(expected).flatMap(([name, value]) => {
    const found = headers[name.toLowerCase()];
    if (value === null) return found === undefined ? [] : [`header ${name}: must be absent, got ${show(found)}`];
    if (value === '*') return found === undefined ? [`header ${name}: must be there`] : [];
    const wanted = fillIn(value, filled);
    return found === wanted ? [] : [`header ${name}: expected ${show(wanted)}, got ${show(found)}`];
  });
}

async function compareBody(
  { json, multipart, bytes }: ExpectedRequest,
  { headers, body }: SeenRequest,
  filled: Placeholders,
): Promise<readonly string[]> {
  const type = headers['content-type'] ?? '';
  if (json !== undefined) {
    if (!/^application\/json\b/i.test(type)) return [`content-type: expected application/json, got ${show(type)}`];
    const found = parseJson(body);
    return found === undefined ? ['the body is no JSON'] : differences('json', await fillTree(json, filled), found);
  }
  if (multipart !== undefined) {
    const form = await readForm(body, type);
    return form === undefined
      ? [`content-type: expected multipart/form-data, got ${show(type)}`]
      : compareParts(multipart, form, filled);
  }
  const drawn = await expandAny(bytes);
  if (drawn !== undefined) {
    const wrong = type === drawn.mediaType ? [] : [`content-type: expected ${drawn.mediaType}, got ${show(type)}`];
    return [...wrong, ...(await compareImage('body', drawn, body))];
  }
  return body.length === 0 ? [] : [`a body of ${body.length} bytes was not recorded`];
}

async function compareParts(
  expected: Readonly<Record<string, unknown>>,
  form: FormData,
  filled: Placeholders,
): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const [name, value] of Object.entries(expected)) {
    const wanted = Array.isArray(value) ? value : [value];
    const found = form.getAll(name);
    if (found.length !== wanted.length) {
      faults.push(`part ${name}: expected ${wanted.length} of it, got ${found.length}`);
      continue;
    }
    for (const [index, each] of wanted.entries()) {
      const at = `part ${name}${wanted.length > 1 ? ` (${index + 1})` : ''}`;
      faults.push(...(await comparePart(at, each, found[index]!, filled)));
    }
  }
  const unexpected = [...new Set(form.keys())].filter((name) => !Object.hasOwn(expected, name));
  return [...faults, ...unexpected.map((name) => `part ${name}: not expected, got ${show(form.get(name))}`)];
}

async function comparePart(
  at: string,
  expected: unknown,
  found: FormDataEntryValue,
  filled: Placeholders,
): Promise<readonly string[]> {
  if (typeof expected === 'string') {
    const wanted = fillIn(expected, filled);
    return found === wanted ? [] : [`${at}: expected ${show(wanted)}, got ${describePart(found)}`];
  }
  if (typeof expected === 'object' && expected !== null && '$json' in expected) {
    const parsed = typeof found === 'string' ? parseJson(new TextEncoder().encode(found)) : undefined;
    return differences(at, await fillTree(expected.$json, filled), parsed);
  }
  if (typeof found === 'string') return [`${at}: expected a file, got ${show(found)}`];
  const bytes = new Uint8Array(await found.arrayBuffer());
  const drawn = await expandAny(expected);
  if (drawn === undefined) return differences(at, expected, { mediaType: found.type, bytes: bytes.length });
  const type = found.type === drawn.mediaType ? [] : [`${at}: expected type ${drawn.mediaType}, got ${found.type}`];
  const name = found.name === '' || found.name === 'blob' ? [`${at}: the file has no name`] : [];
  return [...type, ...name, ...(await compareImage(at, drawn, bytes))];
}

function describePart(part: FormDataEntryValue): string {
  return typeof part === 'string' ? show(part) : `a file of ${part.size} bytes (${part.type})`;
}

function fillTree(value: unknown, filled: Placeholders): Promise<unknown> {
  return mapTree(value, async (each) => (typeof each === 'string' ? fillIn(each, filled) : undefined));
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined; // said by the caller
  }
}

async function readForm(body: Uint8Array<ArrayBuffer>, type: string): Promise<FormData | undefined> {
  if (!/^multipart\/form-data\b/i.test(type)) return undefined;
  try {
    return await new Response(body, { headers: { 'content-type': type } }).formData();
  } catch {
    return undefined; // said by the caller
  }
}
