/** An input image as a client names it: bytes, a link, or the id of a stored image. */
import { quoteName } from '../../../../providers/protocol/input/hide-keys.ts';
import { readDataLink } from '../../http/body/data-link.ts';
import { invalidField } from '../../http/invalid-field.ts';

export type ImageSource =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'link'; readonly link: string }
  | { readonly kind: 'stored'; readonly id: string };

/**
 * Reads a value of `image`, `images` or `mask`: one image or several. Each is the content of a file, a text, or an object with `image_url`,
 * `file_id` or `id`.
 * @throws HttpFault 400 with the name of the field
 */
export function readImageSources(value: unknown, field: string): readonly ImageSource[] {
  if (Array.isArray(value)) return value.flatMap((each) => readImageSources(each, field));
  if (value === null || value === undefined || value === '') return [];
  return [readImageSource(value, field)];
}

function readImageSource(value: unknown, field: string): ImageSource {
  if (value instanceof Uint8Array) return { kind: 'bytes', bytes: value };
  if (typeof value === 'string') return ofText(value, field);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongImage(field);
  const { image_url: link, file_id: file, id, url, ...others } = value as Readonly<Record<string, unknown>>; // its fields are checked below
  const address = typeof link === 'object' && link !== null && 'url' in link ? link.url : (link ?? url);
  const given = [address, file, id].filter((each) => each !== undefined && each !== null);
  const [first] = given;
  if (given.length !== 1 || typeof first !== 'string') throw wrongImage(field);
  const [unknown] = Object.keys(others).filter((name) => name !== 'type' && name !== 'detail');
  if (unknown !== undefined) throw invalidField(field, `has the unknown field ${quoteName(unknown)}. Remove it.`);
  return address === undefined || address === null ? { kind: 'stored', id: first } : ofLink(first, field);
}

function ofText(value: string, field: string): ImageSource {
  const trimmed = value.trim();
  if (/^(?:https?|data):/i.test(trimmed)) return ofLink(trimmed, field);
  if (/^[\w-]{1,128}$/.test(trimmed)) return { kind: 'stored', id: trimmed };
  throw wrongImage(field);
}

function ofLink(link: string, field: string): ImageSource {
  if (/^data:/i.test(link)) return { kind: 'bytes', bytes: readDataLink(link, field) };
  if (/^https:\/\//i.test(link)) return { kind: 'link', link };
  throw invalidField(field, 'has a link that is neither https nor data. Send the bytes of the image instead.');
}

const wrongImage = (field: string) =>
  invalidField(
    field,
    'must be an image file, or in JSON an object with image_url (an https or data link) or file_id (the id of a stored image).',
  );
