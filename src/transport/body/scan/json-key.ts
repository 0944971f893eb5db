/** Recognises the keys of a document whose values are blobs. */
import type { BlobKeys } from '../limits.ts';
import { unescapeJson } from './json-parse.ts';

const BACKSLASH = 0x5c;
/** Each character may be written as an escape of six: \uXXXX. */
const LONGEST_SPELLING = 6;
/** Inside a document a byte order mark is an ordinary character, so a key that begins with one is a different key. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export interface KeyReader {
  start(): void;
  /** Adds one byte of the key as written, without the quotes. */
  take(byte: number): void;
  /** Returns the key if it is a blob key, even if it was written with escapes. */
  end(): string | undefined;
}

/** The lengths of the keys in bytes, by set of keys: a provider has one set for all its replies. */
const knownLengths = new WeakMap<BlobKeys, ReadonlySet<number>>();

function lengthsOf(blobs: BlobKeys): ReadonlySet<number> {
  const known =
    knownLengths.get(blobs) ?? new Set([...blobs.keys()].map((name) => new TextEncoder().encode(name).length));
  knownLengths.set(blobs, known);
  return known;
}

export function createKeyReader(blobs: BlobKeys): KeyReader {
  const lengths = lengthsOf(blobs);
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
