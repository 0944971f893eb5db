/** Makes texts from an image file safe for a terminal. They are untrusted. */

/** Control characters, which move the cursor, change colours or hide text, and marks that change the writing direction. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are replaced
const UNSAFE = /[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]{1,100}/g;

/** Returns one line without control characters, at most `maxLength` characters long. */
export function toPlainText(text: string, maxLength = 200): string {
  const cut = text
    .slice(0, 4 * maxLength)
    .replace(UNSAFE, ' ')
    .trim();
  const characters = [...cut];
  return characters.length > maxLength ? `${characters.slice(0, maxLength - 1).join('')}…` : cut;
}
