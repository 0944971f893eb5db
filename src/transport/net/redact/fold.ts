/** Folds a text for comparison: different spellings of the same secret become equal. */
import { add, addPoint, empty, type TextVariant, textOf, toVariant } from './text-variant.ts';

/** For keys: removes white space and invisible characters, lower-cases letters, and converts full-width letters to ASCII. */
export function foldKey({ codes, starts, ends }: TextVariant): TextVariant {
  const folded = empty();
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? 0;
    const start = starts[at] ?? 0;
    if (code < 0x80) {
      if (code !== 0x20 && !(code >= 9 && code <= 13)) add(folded, toLowerCaseCode(code), start, ends[at] ?? 0);
      continue;
    }
    const character = characterAt(codes, at);
    at += character.length - 1;
    for (const each of foldKeyCharacter(character)) addPoint(folded, each.codePointAt(0) ?? 0, start, ends[at] ?? 0);
  }
  return folded;
}

/** For ASCII only. */
const toLowerCaseCode = (code: number): number => (code >= 65 && code <= 90 ? code + 32 : code);

const foldKeyCharacter = (character: string): string =>
  character
    .normalize('NFKC')
    .replace(/[\s\p{Cf}]/gu, '')
    .toLowerCase();

/** Half a surrogate pair counts as a character. */
function characterAt(codes: readonly number[], at: number): string {
  const code = codes[at] ?? 0;
  const next = codes[at + 1] ?? 0;
  const isPair = code >= 0xd800 && code < 0xdc00 && next >= 0xdc00 && next < 0xe000;
  return isPair ? String.fromCharCode(code, next) : String.fromCharCode(code);
}

/** For prompts: keeps letters, digits and non-ASCII characters; removes accents and lower-cases letters. */
export function foldWords({ codes, starts, ends }: TextVariant): TextVariant {
  const folded = empty();
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? 0;
    const start = starts[at] ?? 0;
    if (code < 0x80) {
      const isKept = (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
      if (isKept) add(folded, toLowerCaseCode(code), start, ends[at] ?? 0);
      continue;
    }
    const character = characterAt(codes, at);
    at += character.length - 1;
    for (const each of foldWordCharacter(character)) addPoint(folded, each.codePointAt(0) ?? 0, start, ends[at] ?? 0);
  }
  return folded;
}

function foldWordCharacter(character: string): string {
  const apart = character.normalize('NFKD').replace(/[\s\p{M}\p{Cf}]/gu, '');
  return apart.toUpperCase().toLowerCase();
}

export const foldKeyText = (text: string): string => textOf(foldKey(toVariant(text)));
export const foldWordsText = (text: string): string => textOf(foldWords(toVariant(text)));
