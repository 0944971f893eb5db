/** The only place that calls `JSON.parse`: for the skeleton of a document, once it is whole, and for a key with escapes in it. */

import { BodyError } from '../body-error.ts';

/**
 * @param notJson says what the body seems to be when it is not JSON
 * @param nonFinite `null`: `NaN` and `Infinity`, as Python writes them, are read as null
 */
export function parseSkeleton(bytes: Uint8Array, notJson: () => string, nonFinite: 'refuse' | 'null'): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new BodyError('unreadable', 'the body is not valid UTF-8');
  }
  try {
    return JSON.parse(text);
  } catch {
    if (nonFinite === 'null' && /NaN|Infinity/.test(text)) {
      return parseSkeleton(new TextEncoder().encode(withNulls(text)), notJson, 'refuse');
    }
    throw new BodyError('unreadable', notJson()); // the engine's message quotes the body
  }
}

const FORBIDDEN = '__proto__';

const WORDS = ['NaN', '-Infinity', 'Infinity'] as const;

/** The document with `null` for each word outside its strings. Goes through it once. */
function withNulls(text: string): string {
  let out = '';
  let from = 0;
  let isString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (isString && character === '\\') at += 1;
    else if (character === '"') isString = !isString;
    else if (!isString && (character === 'N' || character === 'I' || character === '-')) {
      const word = WORDS.find((each) => text.startsWith(each, at));
      if (word === undefined) continue;
      out += `${text.slice(from, at)}null`;
      from = at + word.length;
      at = from - 1;
    }
  }
  return out + text.slice(from);
}

/**
 * Replaces each string `nonce` + index by the blob of that index. Numbers that are no longer finite (`1e400`) stay: schemas refuse them.
 * A key `__proto__` is left out. Goes through the tree with a list of its own, so that depth costs no stack.
 * @param nonce a text that nobody outside this process can know; empty when there are no blobs
 */
export function reviveBlobs(document: unknown, nonce: string, blobs: readonly Uint8Array[]): unknown {
  const open: Record<string, unknown>[] = [];

  function revived(value: unknown): unknown {
    if (typeof value === 'string') {
      return nonce !== '' && value.startsWith(nonce) ? blobs[Number(value.slice(nonce.length))] : value;
    }
    if (typeof value === 'object' && value !== null) open.push(value as Record<string, unknown>); // arrays have keys as well
    return value;
  }

  const root = revived(document);
  for (let container = open.pop(); container !== undefined; container = open.pop()) {
    // Code that copies a document key by key would change the prototype of an object with it. A real reply never has it.
    if (Object.hasOwn(container, FORBIDDEN)) Reflect.deleteProperty(container, FORBIDDEN);
    for (const key of Object.keys(container)) {
      const value = container[key];
      const now = revived(value);
      if (now !== value) container[key] = now;
    }
  }
  return root;
}

/** The text that a JSON string stands for, given without its quotes. Nothing when an escape is malformed. */
export function unescapeJson(written: string): string | undefined {
  if (!written.includes('\\')) return written;
  try {
    return String(JSON.parse(`"${written}"`));
  } catch {
    return undefined; // the same escape makes the whole document malformed, and that is reported
  }
}
