/** Text that a person wrote, from bytes: UTF-8 or nothing. A character that is replaced in silence would change what is paid for. */

export type DecodedText =
  | { readonly isText: true; readonly text: string }
  /** Why it is no UTF-8, e.g. `it is UTF-16`, or where it is not. */
  | { readonly isText: false; readonly why: string };

export const SAVE_AS_UTF8 = 'Save it as UTF-8.';

/** The order matters: UTF-32 begins like UTF-16. */
const MARKS = [
  ['UTF-32', [0xff, 0xfe, 0, 0]],
  ['UTF-32', [0, 0, 0xfe, 0xff]],
  ['UTF-16', [0xff, 0xfe]],
  ['UTF-16', [0xfe, 0xff]],
] as const;

/** How much is looked at to tell UTF-16 without a mark. */
const SAMPLE_BYTES = 4_096;

/** A byte order mark of UTF-8 at the start is taken off. @param bytes all of them: a cut character is an error */
export function decodeText(bytes: Uint8Array): DecodedText {
  const wide = wideEncodingOf(bytes);
  if (wide !== undefined) return { isText: false, why: `it is ${wide}` };
  try {
    return { isText: true, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    const at = firstFault(bytes);
    const line = bytes.subarray(0, at).reduce((lines, byte) => lines + (byte === 0x0a ? 1 : 0), 1);
    return { isText: false, why: `line ${line} has an invalid character, at byte ${at}` };
  }
}

function wideEncodingOf(bytes: Uint8Array): string | undefined {
  const mark = MARKS.find(([, start]) => start.every((byte, at) => bytes[at] === byte));
  if (mark) return mark[0];
  // Latin letters in UTF-16 have a zero in every second place; text in UTF-8 has none.
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  const zeros = [0, 0];
  for (const [at, byte] of sample.entries()) if (byte === 0) zeros[at % 2]!++;
  const half = sample.length / 2;
  return half >= 2 && Math.max(...zeros) > half / 3 && Math.min(...zeros) < half / 20 ? 'UTF-16' : undefined;
}

/** Where the first sequence begins that is no character. Source: The Unicode Standard, table 3-7 (well-formed UTF-8). */
function firstFault(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const length = lengthAt(bytes, at);
    if (length === 0) return at;
    at += length;
  }
  return at;
}

/** @returns how many bytes the character has, 0 for none */
function lengthAt(bytes: Uint8Array, at: number): number {
  const [first = 0, second = 0] = bytes.subarray(at, at + 2);
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  const isKnown = first >= 0xc2 && first <= 0xf4 && at + length <= bytes.length;
  if (!isKnown || bytes.subarray(at + 1, at + length).some((byte) => byte >> 6 !== 0b10)) return 0;
  // Spelt too long, half of a surrogate pair, or behind the last character.
  if ((first === 0xe0 && second < 0xa0) || (first === 0xed && second > 0x9f)) return 0;
  return (first === 0xf0 && second < 0x90) || (first === 0xf4 && second > 0x8f) ? 0 : length;
}
