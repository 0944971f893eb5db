/** Decodes UTF-8 text and rejects anything else. A silently replaced character would change the prompt, and so what is paid for. */

export type DecodedText =
  | { readonly isText: true; readonly text: string }
  /** Why it is not UTF-8, e.g. `it is UTF-16`, or the first invalid byte. */
  | { readonly isText: false; readonly why: string };

export const SAVE_AS_UTF8 = 'Save it as UTF-8.';

/** The order matters: UTF-32 begins like UTF-16. */
const BYTE_ORDER_MARKS = [
  ['UTF-32', [0xff, 0xfe, 0, 0]],
  ['UTF-32', [0, 0, 0xfe, 0xff]],
  ['UTF-16', [0xff, 0xfe]],
  ['UTF-16', [0xfe, 0xff]],
] as const;

/** Bytes that are checked to detect UTF-16 without a byte order mark. */
const SAMPLE_BYTES = 4_096;

/** Removes a UTF-8 byte order mark at the start. @param bytes the whole text: a cut character is an error */
export function decodeText(bytes: Uint8Array): DecodedText {
  const wide = wideEncodingOf(bytes);
  if (wide !== undefined) return { isText: false, why: `it is ${wide}` };
  try {
    return { isText: true, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    const at = firstInvalidByte(bytes);
    const line = bytes.subarray(0, at).reduce((lines, byte) => lines + (byte === 0x0a ? 1 : 0), 1);
    return { isText: false, why: `line ${line} has an invalid character, at byte ${at}` };
  }
}

function wideEncodingOf(bytes: Uint8Array): string | undefined {
  const mark = BYTE_ORDER_MARKS.find(([, start]) => start.every((byte, at) => bytes[at] === byte));
  if (mark) return mark[0];
  // Latin letters in UTF-16 have a zero in every second byte; UTF-8 text has no zeros.
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  const zeros = [0, 0];
  for (const [at, byte] of sample.entries()) if (byte === 0) zeros[at % 2]!++;
  const half = sample.length / 2;
  return half >= 2 && Math.max(...zeros) > half / 3 && Math.min(...zeros) < half / 20 ? 'UTF-16' : undefined;
}

/** Returns where the first invalid sequence begins. Source: The Unicode Standard, table 3-7 (well-formed UTF-8). */
function firstInvalidByte(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const length = lengthAt(bytes, at);
    if (length === 0) return at;
    at += length;
  }
  return at;
}

/** @returns the number of bytes of the character, 0 if it is invalid */
function lengthAt(bytes: Uint8Array, at: number): number {
  const [first = 0, second = 0] = bytes.subarray(at, at + 2);
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  const isKnown = first >= 0xc2 && first <= 0xf4 && at + length <= bytes.length;
  if (!isKnown || bytes.subarray(at + 1, at + length).some((byte) => byte >> 6 !== 0b10)) return 0;
  // Overlong, half of a surrogate pair, or above the last code point.
  if ((first === 0xe0 && second < 0xa0) || (first === 0xed && second > 0x9f)) return 0;
  return (first === 0xf0 && second < 0x90) || (first === 0xf4 && second > 0x8f) ? 0 : length;
}
