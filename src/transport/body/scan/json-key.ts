/** Tells which keys of a document hold blobs. */

import type { BlobKeys } from '../limits.ts';
import { unescapeJson } from './json-parse.ts';

const BACKSLASH = 0x5c;
/** Any character may be written in six: \uXXXX. */
const LONGEST_SPELLING = 6;
/** A byte order mark is a character like any other inside a document: a key that begins with one is another key. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export interface KeyReader {
  start(): void;
  /** Takes the key as it is written, byte by byte, without the quotes. */
  take(byte: number): void;
  /** The key if it is one of the blob keys, whichever way it was spelt. */
  end(): string | undefined;
}

export function createKeyReader(blobs: BlobKeys): KeyReader {
  const lengths = new Set([...blobs.keys()].map((name) => new TextEncoder().encode(name).length));
  const bytes = new Uint8Array(Math.max(0, ...lengths) * LONGEST_SPELLING);
  let length = 0;
  let isEscaped = false;

  return {
    start() {
      length = 0;
      isEscaped = false;
    },
    take(byte) {
      if (length < bytes.length) bytes[length] = byte;
      length += 1;
      if (byte === BACKSLASH) isEscaped = true;
    },
    end() {
      if (length > bytes.length || !(isEscaped || lengths.has(length))) return undefined;
      const name = unescapeJson(decoder.decode(bytes.subarray(0, length)));
      return name !== undefined && blobs.has(name) ? name : undefined;
    },
  };
}
