/** Unescapes a JSON string byte by byte; an escape may span chunks. Only for ASCII text, such as base64 and media types. */

const BACKSLASH = 0x5c;
const SLASH = 0x2f;
const LETTER_U = 0x75;
/** Escapes of white space: `\n`, `\r`, `\t`. */
const WHITE_SPACE: Readonly<Record<number, number>> = { 110: 0x0a, 114: 0x0d, 116: 0x09 };
const FIRST_NON_ASCII = 0x80;

/** The byte is part of an unfinished escape. */
export const PENDING = -1;
/** The escape is malformed or stands for a character that base64 never contains. */
export const INVALID = -2;

export interface AsciiUnescaper {
  /** Whether an escape is unfinished. */
  isOpen(): boolean;
  /** Whether the last byte was the backslash of an escape. */
  isAfterBackslash(): boolean;
  /** Returns the character that `byte` completes, `PENDING` or `INVALID`. */
  take(byte: number): number;
}

export function createAsciiUnescaper(): AsciiUnescaper {
  /** 0: outside an escape; 1: after the backslash; 2 to 5: that many hexadecimal digits plus one are still to come. */
  let state = 0;
  let code = 0;

  return {
    isOpen: () => state !== 0,
    isAfterBackslash: () => state === 1,
    take(byte) {
      if (state === 0) {
        if (byte !== BACKSLASH) return byte;
        state = 1;
        return PENDING;
      }
      if (state === 1) {
        state = byte === LETTER_U ? 5 : 0;
        code = 0;
        if (byte === LETTER_U) return PENDING;
        return byte === SLASH ? SLASH : (WHITE_SPACE[byte] ?? INVALID);
      }
      const digit = hexDigit(byte);
      if (digit < 0) {
        state = 0;
        return INVALID;
      }
      code = code * 16 + digit;
      state = state === 2 ? 0 : state - 1;
      if (state !== 0) return PENDING;
      return code < FIRST_NON_ASCII ? code : INVALID;
    },
  };
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
