/**
 * Reads a text in every spelling in which a secret could stand in it, and knows where each character of a reading comes from. Every reply has
 * a text to look at (the server's name for it), so this works on character codes and makes few strings.
 */

/** One reading of a text. Character `i` of it was written between `starts[i]` and `ends[i]` of the text itself. */
export interface Reading {
  readonly codes: readonly number[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

interface Growing {
  readonly codes: number[];
  readonly starts: number[];
  readonly ends: number[];
}

/** Stands between two stretches of a reading, so that nothing matches across them. */
const BREAK = 0xffff;
/** Decoded stretches that are shorter hold nothing that is looked for. */
const MIN_DECODED = 4;

const ESCAPE =
  /(?:%[0-9a-f]{2})+|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|\\["'\\/bfnrt]|&(?:#\d{1,7}|#x[0-9a-f]{1,6}|amp|lt|gt|quot|apos|nbsp);/gi;
const NAMED: Readonly<Record<string, string>> = {
  ...{ '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'", '&nbsp;': ' ' },
  ...{ '\\n': '\n', '\\r': '\r', '\\t': '\t', '\\b': '\b', '\\f': '\f' },
};

/** How bytes are written as digits. */
interface Encoding {
  /** Bits of a digit. */
  readonly width: number;
  /** At which digit a byte can begin: a text may be cut anywhere. */
  readonly offsets: readonly number[];
  /** Of a character; negative: it is no digit. */
  readonly digitOf: (code: number) => number;
}

const BASE64: Encoding = { width: 6, offsets: [0, 1, 2, 3], digitOf: sextetOf };
const HEX: Encoding = { width: 4, offsets: [0, 1], digitOf: nibbleOf };

/** A byte whose first bit is the given one of all digits. */
function byteAt(digits: readonly number[], bit: number, width: number): number {
  const pair = ((digits[Math.floor(bit / width)] ?? 0) << width) | (digits[Math.floor((bit + 7) / width)] ?? 0);
  return (pair >> (2 * width - 8 - (bit % width))) & 0xff;
}

/** Line ends, and what has no width, may stand between the digits of one run. */
const isSkipped = (code: number): boolean => code === 10 || code === 13 || isInvisible(code);

/**
 * Whether a text could be read in more ways than as it stands: it has escapes, or base64 or hexadecimals that make sense. Cheap, since most
 * texts cannot.
 * @param least decoded characters in a row that are worth a look
 */
export function hasHiddenText(text: string, least: number): boolean {
  const runs = [BASE64, HEX].map((encoding) => ({ encoding, digits: [] as number[] })); // it begins empty
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? narrowOf(text.charCodeAt(at)) : 0;
    if (code === 0x25 || code === 0x5c || code === 0x26) return true;
    for (const { encoding, digits } of runs) {
      const digit = encoding.digitOf(code);
      if (digit >= 0) digits.push(digit);
      else if (digits.length > 0 && !isSkipped(code)) {
        if (encoding.offsets.some((offset) => hasStretch(digits, offset, least, encoding))) return true;
        digits.length = 0;
      }
    }
  }
  return false;
}

function hasStretch(digits: readonly number[], offset: number, least: number, { width }: Encoding): boolean {
  if (digits.length * width < least * 8) return false;
  let length = 0;
  let awaited = 0;
  for (let bit = offset * width; bit + 8 <= digits.length * width; bit += 8) {
    const byte = byteAt(digits, bit, width);
    const isNext = isTextByte(byte, awaited);
    // What does not go on may begin anew.
    const isFirst = !isNext && isTextByte(byte, 0);
    length = isNext ? length + 1 : isFirst ? 1 : 0;
    awaited = isNext || isFirst ? awaitedAfter(byte, isNext ? awaited : 0) : 0;
    if (length >= least) return true;
  }
  return false;
}

/** @param awaited how many bytes the character before it still lacks */
function isTextByte(byte: number, awaited: number): boolean {
  if (awaited > 0) return (byte & 0xc0) === 0x80;
  if (byte >= 0x80) return lengthOf(byte) > 0;
  return byte >= 0x20 ? byte !== 0x7f : byte === 9 || byte === 10 || byte === 13;
}

const awaitedAfter = (byte: number, awaited: number): number => (awaited > 0 ? awaited : lengthOf(byte)) - 1;

/** As it stands; with URL, JSON and HTML escapes undone once and twice; and these with base64 and hexadecimals undone, at any offset. */
export function readingsOf(text: string): readonly Reading[] {
  const raw = asWritten(text);
  const once = unescaped(raw);
  const twice = once && unescaped(once);
  const decoded = [raw, ...(once ? [once] : [])].flatMap((reading) =>
    [BASE64, HEX].flatMap((encoding) => decodedOf(reading, encoding)),
  );
  return [raw, once, twice, ...decoded, ...decoded.map(unescaped)].filter((each) => each !== undefined);
}

function asWritten(text: string): Reading {
  const reading = empty();
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (!isInvisible(code)) add(reading, narrowOf(code), at, at + 1);
  }
  return reading;
}

const INVISIBLE = /\p{Cf}/u;

/** Zero-width characters and soft hyphens: a person reads over them. */
const isInvisible = (code: number): boolean => code >= 0x80 && INVISIBLE.test(String.fromCharCode(code));

/** The ASCII character that a full-width one stands for. */
const narrowOf = (code: number): number => (code >= 0xff01 && code <= 0xff5e ? code - 0xfee0 : code);

const empty = (): Growing => ({ codes: [], starts: [], ends: [] });

function add({ codes, starts, ends }: Growing, code: number, start: number, end: number): void {
  codes.push(code);
  starts.push(start);
  ends.push(end);
}

function addPoint(reading: Growing, point: number, start: number, end: number): void {
  if (point > 0xffff) add(reading, 0xd7c0 + (point >> 10), start, end);
  add(reading, point > 0xffff ? 0xdc00 + (point & 0x3ff) : point, start, end);
}

/** The characters of a reading. */
export function textOf({ codes }: Pick<Reading, 'codes'>): string {
  let text = '';
  for (let from = 0; from < codes.length; from += 4096) text += String.fromCharCode(...codes.slice(from, from + 4096));
  return text;
}

/** @returns undefined when there is no escape in it */
function unescaped(reading: Reading): Reading | undefined {
  const { codes, starts, ends } = reading;
  if (!codes.some((code) => code === 0x25 || code === 0x5c || code === 0x26)) return undefined;
  const plain = empty();
  let from = 0;
  const copyUpTo = (end: number) => {
    for (let at = from; at < end; at++) add(plain, codes[at] ?? 0, starts[at] ?? 0, ends[at] ?? 0);
  };
  for (const { 0: written, index } of textOf(reading).matchAll(ESCAPE)) {
    copyUpTo(index);
    from = index + written.length;
    if (written.startsWith('%')) {
      const bytes = empty();
      for (let at = index; at < from; at += 3) {
        const value = Number.parseInt(written.slice(at - index + 1, at - index + 3), 16);
        add(bytes, value, starts[at] ?? 0, ends[at + 2] ?? 0);
      }
      addUtf8(plain, bytes);
    } else {
      for (const character of meaningOf(written)) {
        addPoint(plain, character.codePointAt(0) ?? 0, starts[index] ?? 0, ends[from - 1] ?? 0);
      }
    }
  }
  if (from === 0) return undefined;
  copyUpTo(codes.length);
  return plain;
}

/** Of an escape of JSON or HTML. */
function meaningOf(written: string): string {
  const isDecimal = /^&#\d/.test(written);
  if (!isDecimal && !/^\\[ux]|^&#/i.test(written)) return NAMED[written.toLowerCase()] ?? written.slice(1);
  const point = Number.parseInt(written.replace(/[^0-9a-f]/gi, ''), isDecimal ? 10 : 16);
  return point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd';
}

/** Bytes that are no UTF-8 become a break. */
function addUtf8(reading: Growing, { codes: bytes, starts, ends }: Reading): void {
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] ?? 0;
    const length = lengthOf(first);
    let point = length <= 1 ? first : first & (0x7f >> length);
    let used = 1;
    while (used < length && ((bytes[at + used] ?? 0) & 0xc0) === 0x80)
      point = (point << 6) | ((bytes[at + used++] ?? 0) & 0x3f);
    const isWhole = length > 0 && used === length && point <= 0x10ffff;
    if (!isWhole) used = 1;
    addPoint(reading, isWhole ? point : BREAK, starts[at] ?? 0, ends[at + used - 1] ?? 0);
    at += used;
  }
}

/** How many bytes a character has that begins so; 0 when none does. */
function lengthOf(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/** What a reading holds in an encoding, one reading for each place at which a byte can begin. */
function decodedOf(reading: Reading, encoding: Encoding): readonly Reading[] {
  const runs = digitsOf(reading, encoding);
  return encoding.offsets.flatMap((offset) => {
    const decoded = empty();
    for (const run of runs) addDecoded(decoded, run, offset, encoding);
    return decoded.codes.length === 0 ? [] : [decoded];
  });
}

/** Runs of digits, also over line ends; the values of the digits. */
function digitsOf({ codes, starts, ends }: Reading, { width, digitOf }: Encoding): readonly Reading[] {
  const runs: Growing[] = [];
  let run = empty();
  for (let at = 0; at <= codes.length; at++) {
    const code = narrowOf(codes[at] ?? 0);
    const digit = digitOf(code);
    if (digit >= 0) add(run, digit, starts[at] ?? 0, ends[at] ?? 0);
    else if (run.codes.length > 0 && !isSkipped(code)) {
      if (run.codes.length * width >= MIN_DECODED * 8) runs.push(run);
      run = empty();
    }
  }
  return runs;
}

/** Of base64 and of base64url. */
function sextetOf(code: number): number {
  if (code >= 65 && code <= 90) return code - 65;
  if (code >= 97 && code <= 122) return code - 71;
  if (code >= 48 && code <= 57) return code + 4;
  if (code === 43 || code === 45) return 62;
  return code === 47 || code === 95 ? 63 : -1;
}

function nibbleOf(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 0x20;
  return letter >= 97 && letter <= 102 && code < 0x80 ? letter - 87 : -1;
}

/** Most words are no base64 and make no sense when read so: only stretches that could be text are kept. */
function addDecoded(
  decoded: Growing,
  { codes: digits, starts, ends }: Reading,
  offset: number,
  { width }: Encoding,
): void {
  let stretch = empty();
  let awaited = 0;
  const keep = () => {
    if (stretch.codes.length >= MIN_DECODED) {
      addUtf8(decoded, stretch);
      add(decoded, BREAK, 0, 0);
    }
    if (stretch.codes.length > 0) stretch = empty();
  };
  for (let bit = offset * width; bit + 8 <= digits.length * width; bit += 8) {
    const one = Math.floor(bit / width);
    const other = Math.floor((bit + 7) / width);
    const byte = byteAt(digits, bit, width);
    const isNext = isTextByte(byte, awaited);
    const isFirst = !isNext && isTextByte(byte, 0);
    if (!isNext) keep();
    awaited = isNext || isFirst ? awaitedAfter(byte, isNext ? awaited : 0) : 0;
    if (isNext || isFirst) add(stretch, byte, starts[one] ?? 0, ends[other] ?? 0);
  }
  keep();
}

/** For keys: white space and what has no width is left out, capitals are small letters, and full-width letters are plain ones. */
export function foldKey({ codes, starts, ends }: Reading): Reading {
  const folded = empty();
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? 0;
    const start = starts[at] ?? 0;
    if (code < 0x80) {
      if (code !== 0x20 && !(code >= 9 && code <= 13)) add(folded, smallOf(code), start, ends[at] ?? 0);
      continue;
    }
    const character = characterAt(codes, at);
    at += character.length - 1;
    for (const each of compactOf(character)) addPoint(folded, each.codePointAt(0) ?? 0, start, ends[at] ?? 0);
  }
  return folded;
}

/** Of an ASCII character. */
const smallOf = (code: number): number => (code >= 65 && code <= 90 ? code + 32 : code);

const compactOf = (character: string): string =>
  character
    .normalize('NFKC')
    .replace(/[\s\p{Cf}]/gu, '')
    .toLowerCase();

/** Half a pair counts as a character. */
function characterAt(codes: readonly number[], at: number): string {
  const code = codes[at] ?? 0;
  const next = codes[at + 1] ?? 0;
  const isPair = code >= 0xd800 && code < 0xdc00 && next >= 0xdc00 && next < 0xe000;
  return isPair ? String.fromCharCode(code, next) : String.fromCharCode(code);
}

/** For words: only letters, digits and signs beyond ASCII are kept, without accents, and capitals are small letters. */
export function foldWords({ codes, starts, ends }: Reading): Reading {
  const folded = empty();
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? 0;
    const start = starts[at] ?? 0;
    if (code < 0x80) {
      const isKept = (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
      if (isKept) add(folded, smallOf(code), start, ends[at] ?? 0);
      continue;
    }
    const character = characterAt(codes, at);
    at += character.length - 1;
    for (const each of plainOf(character)) addPoint(folded, each.codePointAt(0) ?? 0, start, ends[at] ?? 0);
  }
  return folded;
}

function plainOf(character: string): string {
  const apart = character.normalize('NFKD').replace(/[\s\p{M}\p{Cf}]/gu, '');
  return apart.toUpperCase().toLowerCase();
}

export const foldedKey = (text: string): string => textOf(foldKey(asWritten(text)));
export const foldedWords = (text: string): string => textOf(foldWords(asWritten(text)));
