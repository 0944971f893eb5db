/** Expands the shorthands of a conversation: sketches become images, and placeholders are filled in. */
import { jsonText } from '../providers/kit/index.ts';
import { MEDIA_TYPES } from '../providers/protocol/vocabulary.ts';
import { imageSketchSchema, maskSchema } from './conversation.ts';
import { encodeSketch, type ImageSketch, type MaskSketch } from './image-sketch.ts';

/** An encoded sketch. */
export interface ExpandedSketch {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly isDataUrl: boolean;
}

/** Returns a sketch; `undefined` for any other value. @throws TypeError the value has `$image` or `$mask` but is not a valid sketch */
export function readSketch(value: unknown): ImageSketch | MaskSketch | undefined {
  if (typeof value !== 'object' || value === null || !('$image' in value || '$mask' in value)) return undefined;
  const parsed = '$image' in value ? imageSketchSchema.safeParse(value) : maskSchema.safeParse(value);
  if (parsed.success) return parsed.data as ImageSketch | MaskSketch;
  const fields = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`);
  throw new TypeError(`not a valid image sketch: ${JSON.stringify(value)} (${fields.join('; ')})`);
}

export async function expandSketch(sketch: ImageSketch | MaskSketch): Promise<ExpandedSketch> {
  const mediaType = MEDIA_TYPES['$mask' in sketch ? 'png' : sketch.$image];
  return { bytes: await encodeSketch(sketch), mediaType, isDataUrl: false };
}

/** Maps a JSON tree. `replace` returns the replacement of a value, or `undefined` to map its children. */
export async function mapTree(value: unknown, replace: (value: unknown) => Promise<unknown>): Promise<unknown> {
  const replaced = await replace(value);
  if (replaced !== undefined) return replaced;
  if (Array.isArray(value)) return Promise.all(value.map((each) => mapTree(each, replace)));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(async ([key, each]) => [key, await mapTree(each, replace)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** Expands the arguments of a call: sketches become bytes, `$dataUrl` becomes a data URL. */
export function toCallValue(value: unknown): Promise<unknown> {
  return mapTree(value, async (each) => {
    const expanded = await expandAny(each);
    return expanded && (expanded.isDataUrl ? dataUrl(expanded) : expanded.bytes);
  });
}

/** Expands a sketch or `{ "$dataUrl": sketch }`; returns `undefined` for any other value. */
export async function expandAny(value: unknown): Promise<ExpandedSketch | undefined> {
  if (typeof value === 'object' && value !== null && '$dataUrl' in value) {
    const inner = readSketch(value.$dataUrl);
    return inner && { ...(await expandSketch(inner)), isDataUrl: true };
  }
  const sketch = readSketch(value);
  return sketch && expandSketch(sketch);
}

export function dataUrl({ bytes, mediaType }: ExpandedSketch): string {
  return `data:${mediaType};base64,${toBase64(bytes)}`;
}

export function toBase64(bytes: Uint8Array): string {
  return JSON.parse(jsonText(bytes)) as string;
}

export interface Placeholders {
  readonly origin: string;
  readonly apiKey: string;
}

/** Fills in the placeholders. @param encode encodes the key, e.g. `encodeURIComponent` in a path */
export function fillIn(
  text: string,
  { origin, apiKey }: Placeholders,
  encode: (key: string) => string = (key) => key,
): string {
  return text.replaceAll('{{origin}}', origin).replaceAll('{{key}}', encode(apiKey));
}
