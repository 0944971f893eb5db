/** Reads one JSON string under a blob key: checks whether it is base64 and decodes it while it arrives. */
import { indexOfByte } from '#platform';
import { BodyError } from '../body-error.ts';
import { markBroken } from '../broken-blob.ts';
import { ByteSegments } from '../byte-segments.ts';
import type { BlobKind } from '../limits.ts';
import { createAsciiUnescaper, INVALID, PENDING } from './ascii-unescaper.ts';
import { type Base64Decoder, createBase64Decoder, isWhiteSpace } from './base64-decoder.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const SCHEME = 'data:';
/** Longer than any media type with parameters seen in a `data:` URL. */
const MAX_HEADER_CHARACTERS = 256;

/** What the string is, as far as known. */
export type BlobOutcome =
  | { readonly kind: 'open' } // more bytes are needed
  | { readonly kind: 'blob'; readonly bytes: Uint8Array<ArrayBuffer> } // ended, closing quote included
  | { readonly kind: 'text'; readonly raw: Uint8Array }; // not a blob: the bytes so far, as written; the string continues after them

export interface BlobReader {
  /** Index of the first byte that the last `read` did not consume. */
  readonly next: number;
  read(chunk: Uint8Array, from: number): BlobOutcome;
  /** Returns the string so far as text, for a document that ends inside it. Call it last. */
  text(): Uint8Array;
}

const INVALID_ESCAPE = 'it contains an escape that is not a base64 character';
const OPEN: BlobOutcome = { kind: 'open' };
const EMPTY = new Uint8Array(0);

/** A string that turned out not to be base64: its text is collected up to the closing quote. */
interface Broken {
  readonly reason: string;
  readonly text: ByteSegments;
  isAfterBackslash: boolean;
}

/**
 * Creates a reader. A string that cannot be decoded becomes a blob of its own text, marked by `markBroken`. An empty string is text.
 * @param name the key of the string, for errors
 * @param kind `base64`: with or without a `data:` header; `data-url`: text, unless it has such a header
 * @param maxBytes limit of the decoded length
 * @param expectedBytes estimate of the decoded length; 0 if unknown
 */
export function createBlobReader(name: string, kind: BlobKind, maxBytes: number, expectedBytes: number): BlobReader {
  const unescaper = createAsciiUnescaper();
  /** The string so far, as written, until it is known to be base64. */
  const raw: number[] = [];
  let header = '';
  let decoder: Base64Decoder | undefined;
  let broken: Broken | undefined;
  let next = 0;
  /** The start of an escape that continues in the next chunk. */
  let openEscape = EMPTY;

  const notBase64 = (reason: string) =>
    new BodyError('unreadable', `the string under "${name}" is not base64: ${reason}`);

  const toText = (): BlobOutcome => ({ kind: 'text', raw: Uint8Array.from(raw) });

  function startDecoding(characters: string): undefined {
    decoder = createBase64Decoder(name, maxBytes, expectedBytes);
    decoder.write(Uint8Array.from(characters, (character) => character.charCodeAt(0)));
  }

  function markBrokenAt(reason: string, textSoFar: Uint8Array, isAfterBackslash: boolean): undefined {
    const text = new ByteSegments();
    text.append(textSoFar);
    text.append(openEscape);
    broken = { reason, text, isAfterBackslash };
  }

  function breakHeader(reason: string): undefined {
    markBrokenAt(notBase64(reason).message, Uint8Array.from(raw), false);
  }

  /** Reads the first characters. Returns an outcome if the string is text; `undefined` if it is base64 or not known yet. */
  function readHeader(character: number): BlobOutcome | undefined {
    const isText = kind === 'data-url';
    if (character === INVALID) return isText ? toText() : breakHeader(INVALID_ESCAPE);
    if (header === '' && isWhiteSpace(character)) return undefined;
    header += String.fromCharCode(character);
    if (!SCHEME.startsWith(header.slice(0, SCHEME.length).toLowerCase()))
      return isText ? toText() : decodeOrBreak(header);
    if (character !== COMMA && header.length < MAX_HEADER_CHARACTERS) return undefined;
    if (header.toLowerCase().endsWith(';base64,')) return startDecoding('');
    return isText ? toText() : breakHeader('it begins with "data:" but has no ";base64,"');
  }

  /** Starts decoding with the characters so far, or marks the string as broken. */
  function decodeOrBreak(characters: string): undefined {
    try {
      startDecoding(characters);
    } catch (error) {
      markBrokenAt(reasonOf(error), Uint8Array.from(raw), false);
    }
  }

  function readUntilKnown(chunk: Uint8Array): BlobOutcome | undefined {
    while (decoder === undefined && broken === undefined && next < chunk.length) {
      const byte = chunk[next]!;
      if (byte === QUOTE && !unescaper.isOpen()) {
        if (kind === 'data-url' || header === '') return toText();
        if (header.length >= SCHEME.length) breakHeader('it ends before ";base64,"');
        else decodeOrBreak(header);
        break;
      }
      next += 1;
      raw.push(byte);
      const character = unescaper.take(byte);
      if (character === PENDING) continue;
      const outcome = readHeader(character);
      if (outcome !== undefined) return outcome;
    }
    return undefined;
  }

  /** Escapes are rare, except from servers that escape every slash: about one in 64 characters. */
  function unescapeRun(run: Uint8Array): Uint8Array {
    const characters = new Uint8Array(run.length);
    let count = 0;
    for (let i = 0; i < run.length; i++) {
      const character = unescaper.take(run[i]!);
      if (character === INVALID) throw notBase64(INVALID_ESCAPE);
      if (character !== PENDING) characters[count++] = character;
    }
    return characters.subarray(0, count);
  }

  /** @returns `undefined` if the string is broken */
  function decode(chunk: Uint8Array, decoding: Base64Decoder): BlobOutcome | undefined {
    let isAfterBackslash = unescaper.isAfterBackslash();
    try {
      const quote = indexOfByte(chunk, QUOTE, next);
      const run = chunk.subarray(next, quote < 0 ? chunk.length : quote);
      const isEscaped = unescaper.isOpen() || indexOfByte(run, BACKSLASH, 0) >= 0;
      const characters = isEscaped ? unescapeRun(run) : run;
      if (quote >= 0 && unescaper.isOpen()) throw notBase64(INVALID_ESCAPE);
      decoding.write(characters);
      openEscape = unescaper.isOpen() ? endOf(run, openEscape) : EMPTY;
      next += run.length;
      isAfterBackslash = false;
      if (quote < 0) return OPEN;
      const bytes = decoding.end();
      next += 1;
      return { kind: 'blob', bytes };
    } catch (error) {
      return markBrokenAt(reasonOf(error), decoding.text(), isAfterBackslash);
    }
  }

  function collect(chunk: Uint8Array, { reason, text, ...state }: Broken): BlobOutcome {
    const start = next;
    for (; next < chunk.length; next++) {
      const byte = chunk[next]!;
      if (state.isAfterBackslash) state.isAfterBackslash = false;
      else if (byte === BACKSLASH) state.isAfterBackslash = true;
      else if (byte === QUOTE) break;
    }
    broken = { reason, text, ...state };
    text.append(chunk.subarray(start, next));
    if (text.length > maxBytes * 2)
      throw new BodyError('too_large', `${reason}, and it is longer than ${maxBytes} bytes`);
    if (next === chunk.length) return OPEN;
    next += 1;
    return { kind: 'blob', bytes: markBroken(text.join(), reason) };
  }

  return {
    get next() {
      return next;
    },
    read(chunk, from) {
      next = from;
      const outcome = readUntilKnown(chunk);
      if (outcome !== undefined) return outcome;
      if (decoder !== undefined && broken === undefined) {
        const decoded = decode(chunk, decoder);
        if (decoded !== undefined) return decoded;
      }
      return broken === undefined ? OPEN : collect(chunk, broken);
    },
    text() {
      if (broken !== undefined) return broken.text.join();
      return decoder === undefined ? Uint8Array.from(raw) : joined(decoder.text(), openEscape);
    },
  };
}

/** Returns the open escape at the end of a run, which may have started in the run before. */
function endOf(run: Uint8Array, before: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const start = run.lastIndexOf(BACKSLASH);
  return start < 0 ? joined(before, run) : run.slice(start);
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

/** Returns why the string is not base64. @throws any other error, e.g. an exceeded limit */
function reasonOf(error: unknown): string {
  if (error instanceof BodyError && error.fault === 'unreadable') return error.message;
  throw error;
}
