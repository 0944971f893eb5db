/** Decodes `data:` links with base64. */
import { invalidField } from './read-value.ts';

/** Characters that are decoded at once, a multiple of 4. */
const STEP_CHARACTERS = 262_144;

/** @throws HttpFault 400 with the name of the field */
export function readDataLink(link: string, field: string): Uint8Array<ArrayBuffer> {
  const comma = link.indexOf(',');
  const head = link.slice(0, Math.max(comma, 0)).slice(0, 200).toLowerCase();
  if (comma < 0 || !head.startsWith('data:image/') || !head.endsWith(';base64')) {
    throw invalidField(field, 'has a data link that is not data:image/…;base64,…');
  }
  const start = comma + 1;
  try {
    return decode(link, start);
  } catch {
    // The platform's message says no more.
    throw invalidField(field, 'has a data link whose base64 is not valid.');
  }
}

function decode(link: string, start: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.ceil(((link.length - start) * 3) / 4));
  let length = 0;
  for (let at = start; at < link.length; at += STEP_CHARACTERS) {
    const piece = atob(link.slice(at, at + STEP_CHARACTERS));
    for (let index = 0; index < piece.length; index++) bytes[length + index] = piece.charCodeAt(index);
    length += piece.length;
  }
  return bytes.slice(0, length);
}
