/**
 * Recognizes images in messages: our own parts, those of OpenAI, Anthropic, Gemini, the AI SDK, MCP and LangChain, and images in answers of
 * our tools.
 */
import { inspectImage } from '../../providers/kit/image/inspect-image.ts';
import { MEDIA_TYPES, type MediaType } from '../../providers/protocol/index.ts';
import { readBase64 } from '../files/base64.ts';
import { MAX_REFERENCE_BYTES } from '../files/check-reference.ts';
import { isImageId, readImageUri } from '../results/image-uri.ts';
import { dataProperty, textProperty } from './data-property.ts';
import type { FoundImage } from './found-image.ts';

/** Parts that are images even if they do not say a media type. */
const IMAGE_TYPES: readonly string[] = [
  ...['image', 'input_image', 'output_image', 'image_url', 'image-url', 'image-data', 'image_generation_call'],
];
const MEDIA_TYPE_NAMES = ['mediaType', 'mimeType', 'media_type', 'mime_type', 'mime'];
const LINK_NAMES = ['image_url', 'url', 'uri', 'fileUri', 'file_uri'];
const CONTENT_NAMES = ['source', 'data', 'image', 'base64', 'blob', 'result'];
/** `{ type: 'image_url', image_url: { url } }`, `{ data: { type: 'data', data } }` */
const MAX_NESTING = 2;
const MAX_TEXT = 8192;

/** How many characters of base64 may still be read. */
export interface ReadingBudget {
  characters: number;
}

/** @returns `undefined`: the part is no image, or has neither an id nor a link nor bytes of an image */
export function readImagePart(part: object, budget: ReadingBudget): FoundImage | undefined {
  const type = textProperty(part, ['type']) ?? '';
  const said = textProperty(part, MEDIA_TYPE_NAMES);
  const id = storedId(part, type, said);
  if (id !== undefined) {
    const path = shortText(textProperty(part, ['path']));
    const url = linkOf(textProperty(part, ['url']));
    return { id, ...(path !== undefined && { path }), ...(url !== undefined && { url }), ...typeOf(said) };
  }
  if (!IMAGE_TYPES.includes(type) && !said?.startsWith('image/')) return undefined;
  const found = readContent(part, said, budget, 0);
  const path = type === 'image' ? shortText(textProperty(part, ['path'])) : undefined;
  return found ?? (path === undefined ? undefined : { path, ...typeOf(said) });
}

/** Only images of this library have such an id; others have an `id` of the part. */
function storedId(part: object, type: string, said: string | undefined): string | undefined {
  const named = readImageUri(textProperty(part, ['uri', 'url']) ?? '');
  if (named !== undefined) return named;
  const isAnswer =
    said?.startsWith('image/') && dataProperty(part, 'mime') === said && dataProperty(part, 'url') !== undefined;
  const id = type === 'image' ? textProperty(part, ['image_id']) : isAnswer ? textProperty(part, ['id']) : undefined;
  return id !== undefined && isImageId(id) ? id : undefined;
}

function readContent(
  part: object,
  outer: string | undefined,
  budget: ReadingBudget,
  nesting: number,
): FoundImage | undefined {
  const said = textProperty(part, MEDIA_TYPE_NAMES) ?? outer;
  for (const name of [...LINK_NAMES, ...CONTENT_NAMES]) {
    const value = dataProperty(part, name);
    if (typeof value === 'string') {
      const found = readText(value, said, budget, CONTENT_NAMES.includes(name));
      if (found !== undefined) return found;
    } else if (value instanceof Uint8Array || value instanceof ArrayBuffer) {
      const found = readBytes(new Uint8Array(value instanceof Uint8Array ? value : new Uint8Array(value)));
      if (found !== undefined) return found;
    } else if (value instanceof URL) {
      const url = linkOf(String(value));
      if (url !== undefined) return { url, ...typeOf(said) };
    } else if (typeof value === 'object' && value !== null && nesting < MAX_NESTING) {
      const found = readContent(value, said, budget, nesting + 1);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** @param mayBeBase64 `false` for fields that hold links: their text is not decoded */
function readText(
  text: string,
  said: string | undefined,
  budget: ReadingBudget,
  mayBeBase64: boolean,
): FoundImage | undefined {
  const id = readImageUri(text);
  if (id !== undefined) return { id, ...typeOf(said) };
  const url = linkOf(text);
  if (url !== undefined) return { url, ...typeOf(said) };
  const comma = /^data:image\//i.test(text) ? text.indexOf(',') : -1;
  const isData = comma > 0 && comma < 200 && text.slice(0, comma).toLowerCase().endsWith(';base64');
  if ((!isData && !mayBeBase64) || text.length > budget.characters) return undefined;
  budget.characters -= text.length;
  const bytes = readBase64(isData ? text.slice(comma + 1) : text, MAX_REFERENCE_BYTES);
  return bytes && readBytes(bytes);
}

function readBytes(bytes: Uint8Array): FoundImage | undefined {
  if (bytes.length > MAX_REFERENCE_BYTES) return undefined;
  const inspected = inspectImage(bytes);
  return inspected.kind === 'image' ? { bytes, mediaType: inspected.mediaType } : undefined;
}

const linkOf = (text: string | undefined): string | undefined =>
  text !== undefined && text.length <= MAX_TEXT && /^https?:\/\//i.test(text) && URL.canParse(text) ? text : undefined;

const shortText = (text: string | undefined): string | undefined =>
  text !== undefined && text !== '' && text.length <= MAX_TEXT ? text : undefined;

const MEDIA_TYPE_LIST: readonly MediaType[] = Object.values(MEDIA_TYPES);

function typeOf(said: string | undefined): { readonly mediaType?: MediaType } {
  const mediaType = MEDIA_TYPE_LIST.find((each) => each === said);
  return mediaType === undefined ? {} : { mediaType };
}
