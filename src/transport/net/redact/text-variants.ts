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
  const twice = once && unescapeVariant(once);
  const decoded = [raw, ...(once ? [once] : [])].flatMap((variant) =>
    [BASE64, HEX].flatMap((encoding) => decodeVariant(variant, encoding)),
  );
  return [raw, once, twice, ...decoded, ...decoded.map(unescapeVariant)].filter((each) => each !== undefined);
}
