/**
 * Scans a JSON document in one pass, chunk by chunk. Declared blobs are decoded as they arrive, so that their text never exists as a
 * string. The rest, called the skeleton, is small; `JSON.parse` reads it at the end, with a placeholder for each blob.
 *
 * The scanner recognises only strings, keys and nesting. `JSON.parse` decides whether the document is valid: a placeholder replaces a
 * string with another string, so validity does not change.
 */

import { encodeBase64, indexOfByte } from '#platform';
import { BodyError } from '../body-error.ts';
import { brokenReason } from '../broken-blob.ts';
import { ByteSegments } from '../byte-segments.ts';
import type { BlobKeys, BodyLimits } from '../limits.ts';
import { type BlobReader, createBlobReader } from './blob-reader.ts';
import { createKeyReader } from './json-key.ts';
import { parseSkeleton, reviveBlobs } from './json-parse.ts';
import { createNesting } from './nesting.ts';
import { createOpening } from './opening.ts';

export interface JsonScannerOptions {
  readonly blobs: BlobKeys;
  readonly limits: BodyLimits;
  /**
   * Estimate of the document's length, used to allocate memory.
   * @default 0, unknown
   */
  readonly expectedBytes?: number | undefined;
  /**
   * What to do with `NaN` and `Infinity`, which are not JSON but which Python writes.
   * @default 'refuse'
   */
  readonly nonFinite?: 'refuse' | 'null' | undefined;
}

export interface JsonScanner {
  /** Reads one chunk and keeps only copies of it. @throws {BodyError} `unreadable`, `too_large` */
  write(chunk: Uint8Array): void;
  /**
   * Returns the document. Each blob is a `Uint8Array` from `ByteSegments`.
   * @throws {BodyError} `unreadable`, e.g. for a document that is cut off or followed by something else
   */
  end(): unknown;
  /** Returns the received bytes in a copy, with the base64 of the blobs. Strings that were cut stay cut. */
  received(): Uint8Array;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const LETTER_U = 0x75;
const ELLIPSIS = new TextEncoder().encode('…');

/** Where the next byte is. */
type State = 'between' | 'key' | 'text' | 'cut' | 'blob';

export function createJsonScanner({
  blobs,
  limits,
  expectedBytes = 0,
  nonFinite = 'refuse',
}: JsonScannerOptions): JsonScanner {
  const { maxBytes, maxBlobBytes, maxTextBytes = Number.POSITIVE_INFINITY } = limits;
  const skeleton = new ByteSegments();
  const opening = createOpening();
  const key = createKeyReader(blobs);
  const nesting = createNesting(limits);
  const found: Uint8Array[] = [];
  let total = 0;
  let chunkStart = 0;
  let state: State = 'between';
  let blob: BlobReader | undefined;
  /** 0: outside an escape; 1: after a backslash; 2 to 5: inside `\uXXXX`, one more than the digits still to come. */
  let escapeState = 0;
  /** The current or last escape is the first half of a surrogate pair. */
  let isHighHalf = false;
  let textBytes = 0;
  /** Bytes of the current chunk before this index are done: copied to the skeleton or left out of it. */
  let copied = 0;
  /** The joined skeleton. */
  let whole: Uint8Array | undefined;

  function copyUntil(chunk: Uint8Array, end: number): void {
    if (end > copied) skeleton.append(chunk.subarray(copied, end));
    copied = end;
  }

  function scanBetween(chunk: Uint8Array, from: number): number {
    for (let i = from; i < chunk.length; i++) {
      switch (chunk[i]) {
        case QUOTE:
          startString(chunk, i);
          return i + 1;
        case COMMA:
          nesting.separate();
          break;
        case OPEN_OBJECT:
          nesting.open(true);
          break;
        case OPEN_ARRAY:
          nesting.open(false);
          break;
        case CLOSE_OBJECT:
        case CLOSE_ARRAY:
          nesting.close();
          break;
      }
    }
    return chunk.length;
  }

  function startString(chunk: Uint8Array, at: number): void {
    escapeState = 0;
    textBytes = 0;
    isHighHalf = false;
    if (nesting.takeKey()) {
      key.start();
      state = 'key';
      return;
    }
    const { blobKey } = nesting;
    if (blobKey === undefined) {
      state = 'text';
    } else {
      copyUntil(chunk, at + 1);
      blob = createBlobReader(blobKey, blobs.get(blobKey)!, maxBlobBytes, expectedBlobBytes(at));
      state = 'blob';
    }
  }

  /** The first blob may fill the rest of the document; later ones are probably of similar size. */
  function expectedBlobBytes(at: number): number {
    const last = found.at(-1);
    const rest = Math.max(0, ((expectedBytes - chunkStart - at) * 3) / 4);
    return last === undefined ? rest : Math.min(rest, last.length + last.length / 16);
  }

  function scanKey(chunk: Uint8Array, from: number): number {
    for (let i = from; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (escapeState === 1) escapeState = 0;
      else if (byte === BACKSLASH) escapeState = 1;
      else if (byte === QUOTE) {
        nesting.enterValue(key.end());
        state = 'between';
        return i + 1;
      }
      key.take(byte);
    }
    return chunk.length;
  }

  function scanText(chunk: Uint8Array, from: number): number {
    const cutAt = from + Math.min(Math.max(maxTextBytes - textBytes, 0), chunk.length);
    for (let i = from; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (escapeState !== 0) {
        continueEscape(byte);
        continue;
      }
      if (byte === QUOTE) {
        state = 'between';
        return i + 1;
      }
      if (i >= cutAt && isCharacterStart(byte)) {
        copyUntil(chunk, i);
        skeleton.append(ELLIPSIS);
        state = 'cut';
        return i;
      }
      isHighHalf = false;
      if (byte === BACKSLASH) escapeState = 1;
    }
    textBytes += chunk.length - from;
    return chunk.length;
  }

  function continueEscape(byte: number): void {
    const lower = byte | 0x20;
    if (escapeState === 1) escapeState = byte === LETTER_U ? 5 : 0;
    else {
      if (escapeState === 5)
        isHighHalf = lower === 0x64; // \uD...
      else if (escapeState === 4) isHighHalf &&= byte === 0x38 || byte === 0x39 || lower === 0x61 || lower === 0x62; // \uD8.. to \uDB..
      escapeState = escapeState === 2 ? 0 : escapeState - 1;
    }
  }

  /** False inside a UTF-8 sequence and at the second half of an escaped surrogate pair. */
  function isCharacterStart(byte: number): boolean {
    return (byte & 0xc0) !== 0x80 && !(isHighHalf && byte === BACKSLASH);
  }

  function scanCut(chunk: Uint8Array, from: number): number {
    for (let i = from; i < chunk.length; i++) {
      const byte = chunk[i];
      if (escapeState === 1) escapeState = 0;
      else if (byte === BACKSLASH) escapeState = 1;
      else if (byte === QUOTE) {
        copied = i;
        state = 'between';
        return i + 1;
      }
    }
    copied = chunk.length;
    return chunk.length;
  }

  function scanBlob(chunk: Uint8Array, from: number, reader: BlobReader): number {
    const outcome = reader.read(chunk, from);
    copied = reader.next;
    if (outcome.kind === 'blob') {
      nonce ??= createNonce();
      skeleton.append(new TextEncoder().encode(`${nonce}${found.length}"`));
      found.push(outcome.bytes);
      state = 'between';
    } else if (outcome.kind === 'text') {
      skeleton.append(outcome.raw);
      textBytes = outcome.raw.length;
      state = 'text';
    }
    return reader.next;
  }

  function scanChunk(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (state === 'between') at = scanBetween(chunk, at);
      else if (state === 'key') at = scanKey(chunk, at);
      else if (state === 'text') at = scanText(chunk, at);
      else if (state === 'cut') at = scanCut(chunk, at);
      else at = scanBlob(chunk, at, blob!);
    }
  }

  return {
    write(chunk) {
      chunkStart = total;
      total += chunk.length;
      if (total > maxBytes) throw new BodyError('too_large', `the JSON is longer than ${maxBytes} bytes`);
      opening.take(chunk);
      if (!opening.mayBeJson()) {
        // Kept for `received`: it may be a result with a wrong content type.
        skeleton.append(chunk);
        if (skeleton.length > maxBlobBytes) throw new BodyError('unreadable', opening.describe());
        return;
      }
      copied = 0;
      try {
        scanChunk(chunk);
      } finally {
        copyUntil(chunk, chunk.length); // even after an error, so that `received` is complete
      }
    },
    end() {
      if (!opening.mayBeJson()) throw new BodyError('unreadable', opening.describe());
      if (opening.isData() && (state !== 'between' || !nesting.isClosed)) {
        throw new BodyError('unreadable', `the JSON ends in the middle, after ${total} bytes`);
      }
      whole = skeleton.join();
      return reviveBlobs(parseSkeleton(whole, opening.describe, nonFinite), nonce ?? '', found);
    },
    received() {
      whole ??= skeleton.join();
      const begun = state === 'blob' && blob !== undefined ? [blob.text()] : [];
      return joinBytes([...withBlobs(whole, found), ...begun]);
    },
  };
}

/** Returns the skeleton with each placeholder replaced by the text of its blob, in parts. */
function withBlobs(skeleton: Uint8Array, found: readonly Uint8Array[]): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  let from = 0;
  for (const [index, bytes] of found.entries()) {
    const placeholder = new TextEncoder().encode(`${nonce}${index}"`);
    const at = indexOf(skeleton, placeholder, from);
    const isText = brokenReason(bytes) !== undefined;
    parts.push(skeleton.subarray(from, at), isText ? bytes : new TextEncoder().encode(encodeBase64(bytes)));
    from = at + placeholder.length - 1;
  }
  return [...parts, skeleton.subarray(from)];
}

/** Returns the index of `sequence`, which must be present. */
function indexOf(bytes: Uint8Array, sequence: Uint8Array, from: number): number {
  let at = indexOfByte(bytes, sequence[0]!, from);
  while (!sequence.every((byte, offset) => bytes[at + offset] === byte)) at = indexOfByte(bytes, sequence[0]!, at + 1);
  return at;
}

function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** 128 random bits that never leave this process, so that a server cannot fake a placeholder. */
let nonce: string | undefined;

function createNonce(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
