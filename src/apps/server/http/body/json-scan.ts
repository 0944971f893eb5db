/** Checks JSON text before it is parsed: how deep and how large it is, and whether it has keys that would change the prototype of an object. */
import { HttpFault } from '../http-fault.ts';

/** Levels of objects and arrays. */
export const MAX_JSON_DEPTH = 64;
/** Values in all objects and arrays together. */
export const MAX_JSON_VALUES = 100_000;

const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor']);

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN = new Set([0x7b, 0x5b]);
const CLOSE = new Set([0x7d, 0x5d]);
const SPACE = new Set([0x20, 0x09, 0x0a, 0x0d]);

const decoder = new TextDecoder();

/**
 * Reads the bytes once. Long texts, such as base64, are skipped by the native `indexOf`. Malformed JSON passes: the parser refuses it.
 * @throws HttpFault 400
 */
export function checkJson(bytes: Uint8Array): void {
  let depth = 0;
  let values = 1;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      const end = endOfText(bytes, at + 1);
      if (isKey(bytes, end + 1)) checkKey(bytes.subarray(at + 1, end));
      at = end;
    } else if (byte === COMMA) {
      if (++values > MAX_JSON_VALUES) throw tooLarge(`more than ${MAX_JSON_VALUES} values`);
    } else if (OPEN.has(byte)) {
      if (++depth > MAX_JSON_DEPTH) throw tooLarge(`more than ${MAX_JSON_DEPTH} levels`);
    } else if (CLOSE.has(byte)) depth -= 1;
  }
}

/** @throws HttpFault 400: the name of a field would change the prototype of an object */
export function checkFieldName(name: string): void {
  if (!FORBIDDEN_KEYS.has(name)) return;
  throw new HttpFault(400, 'invalid_field', `The body has the field ${name}, which is not allowed. Remove it.`, {
    param: name,
  });
}

/** @returns the position of the closing quote; the length of the bytes if there is none */
function endOfText(bytes: Uint8Array, from: number): number {
  for (let end = bytes.indexOf(QUOTE, from); end !== -1; end = bytes.indexOf(QUOTE, end + 1)) {
    let first = end;
    while (first > from && bytes[first - 1] === BACKSLASH) first -= 1;
    // An even number of backslashes: each pair stands for one, and the quote is a quote.
    if ((end - first) % 2 === 0) return end;
  }
  return bytes.length;
}

function isKey(bytes: Uint8Array, from: number): boolean {
  let at = from;
  while (at < bytes.length && SPACE.has(bytes[at]!)) at += 1;
  return bytes[at] === COLON;
}

/** The longest way to write a forbidden key: each character as an escape of six. */
const MAX_WRITTEN_KEY = 6 * 'constructor'.length;

function checkKey(written: Uint8Array): void {
  if (written.length > MAX_WRITTEN_KEY) return;
  const text = decoder.decode(written);
  checkFieldName(written.includes(BACKSLASH) ? unescapeKey(text) : text);
}

function unescapeKey(written: string): string {
  try {
    return String(JSON.parse(`"${written}"`));
  } catch {
    return written; // a malformed escape: the parser refuses the whole body
  }
}

const tooLarge = (what: string): HttpFault =>
  new HttpFault(400, 'invalid_json', `The JSON body has ${what}. Send a smaller one.`);
