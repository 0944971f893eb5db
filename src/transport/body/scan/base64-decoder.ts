/**
 * Decodes base64 (RFC 4648 section 4, padded) in chunks of any size. White space is skipped, because some servers wrap lines at 76 characters
 * (RFC 2045). The alphabet for URLs (section 5) is accepted too, with or without padding. Any other character is an error.
 */

import { decodeBase64, encodeBase64, indexOfByte } from '#platform';
import { BodyError } from '../body-error.ts';
import { ByteSegments } from '../byte-segments.ts';

const EQUALS = 0x3d;
const LETTER_A = 0x41;
const DASH = 0x2d;
const UNDERSCORE = 0x5f;
const PLUS = 0x2b;
const SLASH = 0x2f;
/** Space, tab, line feed, carriage return. */
const WHITE_SPACE = [0x20, 0x09, 0x0a, 0x0d];

export const isWhiteSpace = (byte: number): boolean => WHITE_SPACE.includes(byte);

export interface Base64Decoder {
  /** @throws {BodyError} `unreadable` for a character outside the alphabet, `too_large` past the limit */
  write(characters: Uint8Array): void;
  /** Returns the decoded bytes. @throws {BodyError} `unreadable` if the text ends inside a group */
  end(): Uint8Array<ArrayBuffer>;
  /** Returns the text so far, without white space; after a failed `write`, the text before it. Call it last. */
  text(): Uint8Array;
}

/**
 * Creates a decoder.
 * @param name the key of the text, for errors
 * @param expectedBytes estimate of the decoded length; 0 if unknown
 */
export function createBase64Decoder(name: string, maxBytes: number, expectedBytes: number): Base64Decoder {
  const decoded = new ByteSegments(Math.ceil(Math.min(expectedBytes, maxBytes) / 3) * 3); // for whole groups only
  const group = new Uint8Array(4);
  const threeBytes = new Uint8Array(3);
  let inGroup = 0;
  let isPadded = false;
  /** The text uses the alphabet for URLs, where padding is often omitted. */
  let isUrlSafe = false;
  /** The state after the last successful `write`. */
  let written = { length: 0, group: new Uint8Array(0) };

  function unreadable(): BodyError {
    return new BodyError('unreadable', `the base64 under "${name}" contains an invalid character or invalid padding`);
  }

  function checkSize(count: number): void {
    if (decoded.length + count <= maxBytes) return;
    throw new BodyError('too_large', `the base64 under "${name}" decodes to more than ${maxBytes} bytes`);
  }

  function decodeGroups(characters: Uint8Array): void {
    checkSize((characters.length / 4) * 3);
    let at = 0;
    while (at < characters.length) {
      const end = Math.min(characters.length, at + (decoded.freeBytes() / 3) * 4);
      const { segment, offset } = decoded.target();
      const count = decodeBase64(characters.subarray(at, end), segment, offset);
      if (count < 0) throw unreadable();
      decoded.commit(count);
      at = end;
    }
  }

  function decodeLastGroup(characters: Uint8Array): void {
    const filled = Uint8Array.from(characters);
    const count = filled[2] === EQUALS ? 1 : 2;
    filled.fill(LETTER_A, count + 1);
    if (decodeBase64(filled, threeBytes, 0) < 0) throw unreadable();
    checkSize(count);
    decoded.append(threeBytes.subarray(0, count));
    isPadded = true;
  }

  function decodeWhole(characters: Uint8Array): void {
    if (characters.length === 0) return;
    if (isPadded) throw unreadable();
    const isLast = characters[characters.length - 1] === EQUALS;
    decodeGroups(isLast ? characters.subarray(0, -4) : characters);
    if (isLast) decodeLastGroup(characters.subarray(-4));
  }

  function take(characters: Uint8Array): void {
    let at = 0;
    if (inGroup > 0) {
      while (inGroup < 4 && at < characters.length) group[inGroup++] = characters[at++]!;
      if (inGroup < 4) return;
      inGroup = 0;
      decodeWhole(group);
    }
    const end = at + ((characters.length - at) & ~3);
    decodeWhole(characters.subarray(at, end));
    for (at = end; at < characters.length; at++) group[inGroup++] = characters[at]!;
  }

  return {
    write(characters) {
      const clean = withoutWhiteSpace(characters);
      isUrlSafe ||= hasUrlSafe(clean);
      take(isUrlSafe ? inStandardAlphabet(clean) : clean);
      written = { length: decoded.length, group: group.slice(0, inGroup) };
    },
    end() {
      const mayEndHere = isUrlSafe && !isPadded && inGroup > 1 && !group.subarray(0, inGroup).includes(EQUALS);
      if (mayEndHere) decodeLastGroup(group.fill(EQUALS, inGroup));
      else if (inGroup > 0)
        throw new BodyError('unreadable', `the base64 under "${name}" ends inside a group of four characters`);
      return decoded.join();
    },
    text() {
      const whole = encodeBase64(decoded.join().subarray(0, written.length));
      const text = new TextEncoder().encode(whole + String.fromCharCode(...written.group));
      return isUrlSafe ? inUrlAlphabet(text) : text;
    },
  };
}

function withoutWhiteSpace(characters: Uint8Array): Uint8Array {
  const isClean = WHITE_SPACE.every((byte) => indexOfByte(characters, byte, 0) < 0);
  return isClean ? characters : characters.filter((byte) => !isWhiteSpace(byte));
}

const hasUrlSafe = (characters: Uint8Array): boolean =>
  indexOfByte(characters, DASH, 0) >= 0 || indexOfByte(characters, UNDERSCORE, 0) >= 0;

const inStandardAlphabet = (characters: Uint8Array): Uint8Array =>
  characters.map((byte) => (byte === DASH ? PLUS : byte === UNDERSCORE ? SLASH : byte));

const inUrlAlphabet = (characters: Uint8Array): Uint8Array =>
  characters.map((byte) => (byte === PLUS ? DASH : byte === SLASH ? UNDERSCORE : byte));
