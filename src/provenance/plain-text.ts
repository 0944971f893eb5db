/** Texts from a picture, made fit for a terminal: whoever made the file chose them. */

/** Control characters move the cursor, recolour or hide; the others here turn the direction of writing around. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
const UNFIT = /[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]{1,100}/g;

/** One line without control characters, cut at `maxLength` characters. */
export function toPlainText(text: string, maxLength = 200): string {
  const cut = text
    .slice(0, 4 * maxLength)
    .replace(UNFIT, ' ')
    .trim();
  const characters = [...cut];
  return characters.length > maxLength ? `${characters.slice(0, maxLength - 1).join('')}…` : cut;
}
