/** Finds and decodes base64 and hexadecimal text. */
import {
  add,
  addUtf8,
  empty,
  isInvisible,
  SEPARATOR,
  type TextVariant,
  toNarrow,
  utf8Length,
  type VariantBuilder,
} from './text-variant.ts';

/** Shorter decoded text cannot contain a secret. */
const MIN_DECODED_CHARACTERS = 4;

/** How an encoding writes bytes as digits. */
export interface Encoding {
  /** Bits per digit. */
  readonly width: number;
  /** Digits at which a byte may begin, because the text may be cut anywhere. */
  readonly offsets: readonly number[];
  /** Value of a digit; negative if the character is not one. */
  readonly digitOf: (code: number) => number;
}

export const BASE64: Encoding = { width: 6, offsets: [0, 1, 2, 3], digitOf: base64Digit };
export const HEX: Encoding = { width: 4, offsets: [0, 1], digitOf: hexDigit };

/** Returns the byte that begins at the given bit of the digits. */
function byteAt(digits: readonly number[], bit: number, width: number): number {
  const pair = ((digits[Math.floor(bit / width)] ?? 0) << width) | (digits[Math.floor((bit + 7) / width)] ?? 0);
  return (pair >> (2 * width - 8 - (bit % width))) & 0xff;
}

/** Line ends and invisible characters do not end a run of digits. */
const isIgnored = (code: number): boolean => code === 10 || code === 13 || isInvisible(code);

/**
 * Whether a text contains escapes, or base64 or hexadecimal that decodes to text. A cheap check, because most texts contain none.
 * @param minCharacters minimum length of the decoded text
 */
export function hasEncodedText(text: string, minCharacters: number): boolean {
  const runs = [BASE64, HEX].map((encoding) => ({ encoding, digits: [] as number[] })); // the literal alone would be never[]
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? toNarrow(text.charCodeAt(at)) : 0;
    if (code === 0x25 || code === 0x5c || code === 0x26) return true;
    for (const { encoding, digits } of runs) {
      const digit = encoding.digitOf(code);
      if (digit >= 0) digits.push(digit);
      else if (digits.length > 0 && !isIgnored(code)) {
        if (encoding.offsets.some((offset) => hasTextRun(digits, offset, minCharacters, encoding))) return true;
        digits.length = 0;
      }
    }
  }
  return false;
}

function hasTextRun(digits: readonly number[], offset: number, minCharacters: number, { width }: Encoding): boolean {
  if (digits.length * width < minCharacters * 8) return false;
  let length = 0;
  let continuationBytes = 0;
  for (let bit = offset * width; bit + 8 <= digits.length * width; bit += 8) {
    const byte = byteAt(digits, bit, width);
    const isContinued = isTextByte(byte, continuationBytes);
    // A byte that does not continue the text may start a new one.
    const isStart = !isContinued && isTextByte(byte, 0);
    length = isContinued ? length + 1 : isStart ? 1 : 0;
    continuationBytes = isContinued || isStart ? continuationBytesAfter(byte, isContinued ? continuationBytes : 0) : 0;
    if (length >= minCharacters) return true;
  }
  return false;
}

/** @param continuationBytes how many bytes of the previous character are still missing */
function isTextByte(byte: number, continuationBytes: number): boolean {
  if (continuationBytes > 0) return (byte & 0xc0) === 0x80;
  if (byte >= 0x80) return utf8Length(byte) > 0;
  return byte >= 0x20 ? byte !== 0x7f : byte === 9 || byte === 10 || byte === 13;
}

const continuationBytesAfter = (byte: number, continuationBytes: number): number =>
  (continuationBytes > 0 ? continuationBytes : utf8Length(byte)) - 1;

/** Decodes all encoded text of a variant; returns one variant per offset at which a byte may begin. */
export function decodeVariant(variant: TextVariant, encoding: Encoding): readonly TextVariant[] {
  const runs = findRuns(variant, encoding);
  return encoding.offsets.flatMap((offset) => {
    const decoded = empty();
    for (const run of runs) addDecodedText(decoded, run, offset, encoding);
    return decoded.codes.length === 0 ? [] : [decoded];
  });
}

/** Finds runs of digits, also across line ends. The codes of each run are the values of its digits. */
function findRuns({ codes, starts, ends }: TextVariant, { width, digitOf }: Encoding): readonly TextVariant[] {
  const runs: VariantBuilder[] = [];
  let run = empty();
  for (let at = 0; at <= codes.length; at++) {
    const code = toNarrow(codes[at] ?? 0);
    const digit = digitOf(code);
    if (digit >= 0) add(run, digit, starts[at] ?? 0, ends[at] ?? 0);
    else if (run.codes.length > 0 && !isIgnored(code)) {
      if (run.codes.length * width >= MIN_DECODED_CHARACTERS * 8) runs.push(run);
      run = empty();
    }
  }
  return runs;
}

/** Base64 and base64url. */
function base64Digit(code: number): number {
  if (code >= 65 && code <= 90) return code - 65;
  if (code >= 97 && code <= 122) return code - 71;
  if (code >= 48 && code <= 57) return code + 4;
  if (code === 43 || code === 45) return 62;
  return code === 47 || code === 95 ? 63 : -1;
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 0x20;
  return letter >= 97 && letter <= 102 && code < 0x80 ? letter - 87 : -1;
}

/** Decodes one run. Keeps only parts that could be text: most ordinary words are valid base64 digits but decode to noise. */
function addDecodedText(
  decoded: VariantBuilder,
  { codes: digits, starts, ends }: TextVariant,
  offset: number,
  { width }: Encoding,
): void {
  let run = empty();
  let continuationBytes = 0;
  const keep = () => {
    if (run.codes.length >= MIN_DECODED_CHARACTERS) {
      addUtf8(decoded, run);
      add(decoded, SEPARATOR, 0, 0);
    }
    if (run.codes.length > 0) run = empty();
  };
  for (let bit = offset * width; bit + 8 <= digits.length * width; bit += 8) {
    const one = Math.floor(bit / width);
    const other = Math.floor((bit + 7) / width);
    const byte = byteAt(digits, bit, width);
    const isContinued = isTextByte(byte, continuationBytes);
    const isStart = !isContinued && isTextByte(byte, 0);
    if (!isContinued) keep();
    continuationBytes = isContinued || isStart ? continuationBytesAfter(byte, isContinued ? continuationBytes : 0) : 0;
    if (isContinued || isStart) add(run, byte, starts[one] ?? 0, ends[other] ?? 0);
  }
  keep();
}
