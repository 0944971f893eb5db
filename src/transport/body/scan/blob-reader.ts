/** Reads one JSON string that is declared to be a blob: finds out whether it is, and decodes it while it arrives. */

import { indexOfByte } from '#platform';
import { BodyError } from '../body-error.ts';
import type { BlobKind } from '../limits.ts';
import { createAsciiUnescaper, FOREIGN, PENDING } from './ascii-unescaper.ts';
import { type Base64Decoder, createBase64Decoder } from './base64-decoder.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const SCHEME = 'data:';
/** Longer than any media type with parameters that was seen in a `data:` URL. */
const MAX_HEADER_CHARACTERS = 256;

/** What became of the string once the reader has seen enough. */
export type BlobOutcome =
  | { readonly kind: 'open' } // more bytes are needed
  | { readonly kind: 'blob'; readonly bytes: Uint8Array<ArrayBuffer> } // ended, closing quote included
  | { readonly kind: 'text'; readonly raw: Uint8Array }; // no blob: the bytes so far, as they were written; the string goes on after them

export interface BlobReader {
  /** Where the bytes not yet consumed begin, after the last `read`. */
  readonly next: number;
  read(chunk: Uint8Array, from: number): BlobOutcome;
}

const FOREIGN_ESCAPE = 'it holds an escape that stands for no base64 character';
const OPEN: BlobOutcome = { kind: 'open' };

/**
 * @param name the key the string stands under, for errors
 * @param kind `base64`: must decode, with or without a `data:` header; `data-url`: anything without such a header is text
 * @param maxBytes decoded; more is an error
 * @param expectedBytes a guess of the decoded length, 0 for none
 */
export function createBlobReader(name: string, kind: BlobKind, maxBytes: number, expectedBytes: number): BlobReader {
  const unescaper = createAsciiUnescaper();
  /** The string so far as it was written, until it is known to be base64. */
  const raw: number[] = [];
  let header = '';
  let decoder: Base64Decoder | undefined;
  let next = 0;

  function unreadable(reason: string): BodyError {
    return new BodyError('unreadable', `the string under "${name}" is not base64: ${reason}`);
  }

  function startDecoding(characters: string): undefined {
    decoder = createBase64Decoder(name, maxBytes, expectedBytes);
    decoder.write(Uint8Array.from(characters, (character) => character.charCodeAt(0)));
  }

  /** Looks at the first characters one by one. Gives an outcome when the string is text, nothing when it is base64 or not known yet. */
  function readHeader(character: number): BlobOutcome | undefined {
    const isText = kind === 'data-url';
    const text = (): BlobOutcome => ({ kind: 'text', raw: Uint8Array.from(raw) });
    if (character === FOREIGN) {
      if (isText) return text();
      throw unreadable(FOREIGN_ESCAPE);
    }
    header += String.fromCharCode(character);
    if (!SCHEME.startsWith(header.slice(0, SCHEME.length).toLowerCase()))
      return isText ? text() : startDecoding(header);
    if (character !== COMMA && header.length < MAX_HEADER_CHARACTERS) return undefined;
    if (header.toLowerCase().endsWith(';base64,')) return startDecoding('');
    if (isText) return text();
    throw unreadable('it begins with "data:" but has no ";base64,"');
  }

  function readUntilKnown(chunk: Uint8Array): BlobOutcome | undefined {
    while (decoder === undefined && next < chunk.length) {
      const byte = chunk[next]!;
      if (byte === QUOTE && !unescaper.isOpen()) {
        if (kind === 'data-url') return { kind: 'text', raw: Uint8Array.from(raw) };
        if (header.length >= SCHEME.length) throw unreadable('it ends before ";base64,"');
        startDecoding(header);
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

  /** Escapes are rare, except in bodies whose writer escapes every slash: about one in 64 characters. */
  function unescapeRun(run: Uint8Array): Uint8Array {
    const characters = new Uint8Array(run.length);
    let count = 0;
    for (let i = 0; i < run.length; i++) {
      const character = unescaper.take(run[i]!);
      if (character === FOREIGN) throw unreadable(FOREIGN_ESCAPE);
      if (character !== PENDING) characters[count++] = character;
    }
    return characters.subarray(0, count);
  }

  return {
    get next() {
      return next;
    },
    read(chunk, from) {
      next = from;
      const outcome = readUntilKnown(chunk);
      if (outcome !== undefined) return outcome;
      if (decoder === undefined || next === chunk.length) return OPEN;
      const quote = indexOfByte(chunk, QUOTE, next);
      const run = chunk.subarray(next, quote < 0 ? chunk.length : quote);
      const isEscaped = unescaper.isOpen() || indexOfByte(run, BACKSLASH, 0) >= 0;
      decoder.write(isEscaped ? unescapeRun(run) : run);
      next += run.length;
      if (quote < 0) return OPEN;
      if (unescaper.isOpen()) throw unreadable(FOREIGN_ESCAPE);
      next += 1;
      return { kind: 'blob', bytes: decoder.end() };
    },
  };
}
