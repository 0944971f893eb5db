/** Lists every decoded variant of a text in which a secret could be hidden. */
import { BASE64, decodeVariant, HEX } from './encodings.ts';
import { type TextVariant, toVariant } from './text-variant.ts';
import { unescapeVariant } from './unescape.ts';

/**
 * Returns the text as written, with its URL, JSON and HTML escapes undone once and twice, and with base64 and hexadecimal decoded at
 * every offset.
 */
export function variantsOf(text: string): readonly TextVariant[] {
  const raw = toVariant(text);
  const once = unescapeVariant(raw);
  const twice = distinct(once.flatMap(unescapeVariant));
  const decoded = [BASE64, HEX].flatMap((encoding) =>
    distinct([raw, ...once].flatMap((variant) => decodeVariant(variant, encoding))),
  );
  return distinct([raw, ...once, ...twice, ...decoded, ...decoded.flatMap(unescapeVariant)]);
}

/** Removes duplicates: escapes of two languages can be undone in either order, and most encoded text contains no escapes. */
function distinct(variants: readonly TextVariant[]): readonly TextVariant[] {
  return variants.filter((each, at) => variants.findIndex((other) => isSame(each, other)) === at);
}

const isSame = (one: TextVariant, other: TextVariant): boolean =>
  one === other ||
  (one.codes.length === other.codes.length &&
    one.codes.every((code, at) => code === other.codes[at] && one.starts[at] === other.starts[at]));
