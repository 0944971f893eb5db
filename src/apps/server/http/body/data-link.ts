/** Decodes `data:` links with base64. */
import { invalidField } from '../invalid-field.ts';

/** Characters that are decoded at once, a multiple of 4. */
const STEP_CHARACTERS = 262_144;
/** Some programs break base64 into lines of 76 characters. */
const SPACES = /[\t\n\f\r ]/g;

/** @throws HttpFault 400 with the name of the field */
export function readDataLink(link: string, field: string): Uint8Array<ArrayBuffer> {
  const comma = link.indexOf(',');
  const head = link.slice(0, Math.max(comma, 0)).slice(0, 200).toLowerCase();
  if (comma < 0 || !head.startsWith('data:image/') || !head.endsWith(';base64')) {
    throw invalidField(field, 'has a data link that is not data:image/…;base64,…');
  }
  try {
    return decode(link.slice(comma + 1).replaceAll(SPACES, ''));
  } catch {
    // The platform's message says no more.
    throw invalidField(field, 'has a data link whose base64 is not valid.');
  }
}

/** @param text without white space, which would shift the pieces: they would be decoded to other bytes, without an error */
function decode(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.ceil((text.length * 3) / 4));
  let length = 0;
  for (let at = 0; at < text.length; at += STEP_CHARACTERS) {
    const piece = atob(text.slice(at, at + STEP_CHARACTERS));
    for (let index = 0; index < piece.length; index++) bytes[length + index] = piece.charCodeAt(index);
    length += piece.length;
  }
  return bytes.slice(0, length);
}
