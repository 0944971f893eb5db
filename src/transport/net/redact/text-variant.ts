/** A decoded copy of a text that knows where each of its characters comes from. Works on character codes for speed. */

/** Character `i` of the variant comes from `starts[i]` to `ends[i]` of the original text. */
export interface TextVariant {
  readonly codes: readonly number[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

export interface VariantBuilder {
  readonly codes: number[];
  readonly starts: number[];
  readonly ends: number[];
}

/** Separates two decoded parts of a variant, so that no match spans both. */
export const SEPARATOR = 0xffff;

export function toVariant(text: string): TextVariant {
  const variant = empty();
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (!isInvisible(code)) add(variant, toNarrow(code), at, at + 1);
  }
  return variant;
}

const INVISIBLE = /\p{Cf}/u;

/** Zero-width characters and soft hyphens, which a reader does not see. */
export const isInvisible = (code: number): boolean => code >= 0x80 && INVISIBLE.test(String.fromCharCode(code));

/** Converts a full-width character to its ASCII character. */
export const toNarrow = (code: number): number => (code >= 0xff01 && code <= 0xff5e ? code - 0xfee0 : code);

export const empty = (): VariantBuilder => ({ codes: [], starts: [], ends: [] });

export function add({ codes, starts, ends }: VariantBuilder, code: number, start: number, end: number): void {
  codes.push(code);
  starts.push(start);
  ends.push(end);
}

export function addPoint(variant: VariantBuilder, point: number, start: number, end: number): void {
  if (point > 0xffff) add(variant, 0xd7c0 + (point >> 10), start, end);
  add(variant, point > 0xffff ? 0xdc00 + (point & 0x3ff) : point, start, end);
}

/** Returns the variant as a string. */
export function textOf({ codes }: Pick<TextVariant, 'codes'>): string {
  let text = '';
  for (let from = 0; from < codes.length; from += 4096) text += String.fromCharCode(...codes.slice(from, from + 4096));
  return text;
}

/** Decodes bytes as UTF-8. Invalid bytes become a `SEPARATOR`. */
export function addUtf8(variant: VariantBuilder, { codes: bytes, starts, ends }: TextVariant): void {
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] ?? 0;
    const length = utf8Length(first);
    let point = length <= 1 ? first : first & (0x7f >> length);
    let used = 1;
    while (used < length && ((bytes[at + used] ?? 0) & 0xc0) === 0x80)
      point = (point << 6) | ((bytes[at + used++] ?? 0) & 0x3f);
    const isWhole = length > 0 && used === length && point <= 0x10ffff;
    if (!isWhole) used = 1;
    addPoint(variant, isWhole ? point : SEPARATOR, starts[at] ?? 0, ends[at + used - 1] ?? 0);
    at += used;
  }
}

/** Length in bytes of the UTF-8 character with this first byte; 0 if the byte starts none. */
export function utf8Length(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}
