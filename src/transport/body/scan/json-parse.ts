/** The only file that calls `JSON.parse`: for the document without its blobs, and for keys with escapes. */
import { BodyError } from '../body-error.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Parses the skeleton: the document with a placeholder for each blob.
 * @param notJson describes the body if it is not JSON
 * @param nonFinite `null`: reads `NaN` and `Infinity`, which Python writes, as null
 */
export function parseSkeleton(bytes: Uint8Array, notJson: () => string, nonFinite: 'refuse' | 'null'): unknown {
  let text: string;
  try {
    text = decoder.decode(bytes);
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

/** Replaces each of these words outside strings with `null`, in one pass. */
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
 * Replaces each placeholder (`nonce` + index) with its blob and removes `__proto__` keys. Numbers that overflow to infinity (`1e400`) stay;
 * schemas refuse them. Iterative, so that deep documents use no stack.
 * @param nonce a random text that a server cannot know; empty if there are no blobs
 */
export function reviveBlobs(document: unknown, nonce: string, blobs: readonly Uint8Array[]): unknown {
  const open: Record<string, unknown>[] = [];

  function revived(value: unknown): unknown {
    if (typeof value === 'string') {
      return nonce !== '' && value.startsWith(nonce) ? blobs[Number(value.slice(nonce.length))] : value;
    }
    if (typeof value === 'object' && value !== null) open.push(value as Record<string, unknown>); // arrays too
    return value;
  }

  const root = revived(document);
  for (let container = open.pop(); container !== undefined; container = open.pop()) {
    // Copying such a key would change the prototype of the copy. Genuine replies never have it.
    if (Object.hasOwn(container, FORBIDDEN)) Reflect.deleteProperty(container, FORBIDDEN);
    for (const key of Object.keys(container)) {
      const value = container[key];
      const now = revived(value);
      if (now !== value) container[key] = now;
    }
  }
  return root;
}

/** Unescapes a JSON string without its quotes. @returns `undefined` if an escape is malformed */
export function unescapeJson(written: string): string | undefined {
  if (!written.includes('\\')) return written;
  try {
    return String(JSON.parse(`"${written}"`));
  } catch {
    return undefined; // the whole document is malformed then, which is reported later
  }
}
