/** Undoes the escapes of URLs, JSON and HTML. */
import { add, addPoint, addUtf8, empty, type TextVariant, textOf } from './text-variant.ts';

/** Matches the escapes of one language each, and of all of them. */
const ESCAPES = {
  url: /(?:%[0-9a-f]{2})+/gi,
  json: /\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|\\["'\\/bfnrt]/gi,
  html: /&(?:#\d{1,7}|#x[0-9a-f]{1,6}|amp|lt|gt|quot|apos|nbsp);/gi,
  all: /(?:%[0-9a-f]{2})+|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|\\["'\\/bfnrt]|&(?:#\d{1,7}|#x[0-9a-f]{1,6}|amp|lt|gt|quot|apos|nbsp);/gi,
} as const;
const NAMED_ESCAPES: Readonly<Record<string, string>> = {
  ...{ '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'", '&nbsp;': ' ' },
  ...{ '\\n': '\n', '\\r': '\r', '\\t': '\t', '\\b': '\b', '\\f': '\f' },
};

/**
 * Undoes the escapes of each language alone, and those of all languages together. Alone, because a secret may contain what looks like an
 * escape of another language: `&#38;\/` in HTML is the text `&\/`, not `&/`.
 * @returns one variant for each distinct result; none if the variant contains no escape
 */
export function unescapeVariant(variant: TextVariant): readonly TextVariant[] {
  if (!variant.codes.some((code) => code === 0x25 || code === 0x5c || code === 0x26)) return [];
  const text = textOf(variant);
  const alone = [ESCAPES.url, ESCAPES.json, ESCAPES.html].flatMap((pattern) => undo(variant, text, pattern) ?? []);
  const together = alone.length > 1 ? undo(variant, text, ESCAPES.all) : undefined;
  return together ? [...alone, together] : alone;
}

/** @returns `undefined` if the text contains no such escape */
function undo({ codes, starts, ends }: TextVariant, text: string, pattern: RegExp): TextVariant | undefined {
  const plain = empty();
  let from = 0;
  const copyUpTo = (end: number) => {
    for (let at = from; at < end; at++) add(plain, codes[at] ?? 0, starts[at] ?? 0, ends[at] ?? 0);
  };
  for (const { 0: written, index } of text.matchAll(pattern)) {
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
      for (const character of unescapeText(written)) {
        addPoint(plain, character.codePointAt(0) ?? 0, starts[index] ?? 0, ends[from - 1] ?? 0);
      }
    }
  }
  if (from === 0) return undefined;
  copyUpTo(codes.length);
  return plain;
}

/** Returns the character that an escape of JSON or HTML stands for. */
function unescapeText(written: string): string {
  const isDecimal = /^&#\d/.test(written);
  if (!isDecimal && !/^\\[ux]|^&#/i.test(written)) return NAMED_ESCAPES[written.toLowerCase()] ?? written.slice(1);
  const point = Number.parseInt(written.replace(/[^0-9a-f]/gi, ''), isDecimal ? 10 : 16);
  return point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd';
}
