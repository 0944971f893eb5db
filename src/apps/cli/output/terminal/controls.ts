/** Control characters in texts of vendors, files and arguments. */

/** Characters that can move the cursor, break a line or reverse text: C0 and C1 controls, line separators and bidirectional marks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern searches for them
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Replaces control characters, so that no text of a vendor, a file or an argument can change the terminal. */
export function withoutControls(text: string): string {
  return text.replace(CONTROL, '\ufffd');
}

/** Escapes control characters in JSON. A parser still reads the same text. @param json whose only white space is spaces and LF */
export function escapeControls(json: string): string {
  return json.replace(CONTROL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
