/** The only place that calls `JSON.parse`: for the skeleton of a document, once it is whole, and for a key with escapes in it. */

import { BodyError } from '../body-error.ts';

/** @param notJson says what the body seems to be when it is not JSON */
export function parseSkeleton(bytes: Uint8Array, notJson: () => string): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new BodyError('unreadable', 'the body is not valid UTF-8');
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new BodyError('unreadable', notJson()); // the engine's message quotes the body
  }
}

/**
 * Replaces each string `nonce` + index by the blob of that index, and refuses numbers that are no longer finite (`1e400`).
 * Goes through the tree with a list of its own, so that depth costs no stack.
 * @param nonce a text that nobody outside this process can know; empty when there are no blobs
 */
export function reviveBlobs(document: unknown, nonce: string, blobs: readonly Uint8Array[]): unknown {
  const open: Record<string, unknown>[] = [];

  function revived(value: unknown): unknown {
    if (typeof value === 'string') {
      return nonce !== '' && value.startsWith(nonce) ? blobs[Number(value.slice(nonce.length))] : value;
    }
    if (typeof value === 'object' && value !== null)
      open.push(value as Record<string, unknown>); // arrays have keys as well
    else if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) {
      throw new BodyError('unreadable', 'the JSON holds a number too large to be one');
    }
    return value;
  }

  const root = revived(document);
  for (let container = open.pop(); container !== undefined; container = open.pop()) {
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
