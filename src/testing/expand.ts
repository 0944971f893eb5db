/** Shorthands of a conversation written out: pictures drawn, placeholders filled in. */
import { jsonText } from '../providers/kit/index.ts';
import { MEDIA_TYPES } from '../providers/protocol/vocabulary.ts';
import { imageSketchSchema, maskSchema } from './conversation.ts';
import { encodeSketch, type ImageSketch, type MaskSketch } from './picture.ts';

/** A picture in its place, drawn. */
export interface Drawn {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly isDataUrl: boolean;
}

/** @throws TypeError what looks like a sketch and is none */
export function readSketch(value: unknown): ImageSketch | MaskSketch | undefined {
  if (typeof value !== 'object' || value === null || !('$image' in value || '$mask' in value)) return undefined;
  const parsed = '$image' in value ? imageSketchSchema.safeParse(value) : maskSchema.safeParse(value);
  if (parsed.success) return parsed.data as ImageSketch | MaskSketch;
  const fields = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`);
  throw new TypeError(`this is no picture: ${JSON.stringify(value)} (${fields.join('; ')})`);
}

export async function expandSketch(sketch: ImageSketch | MaskSketch): Promise<Drawn> {
  const mediaType = MEDIA_TYPES['$mask' in sketch ? 'png' : sketch.$image];
  return { bytes: await encodeSketch(sketch), mediaType, isDataUrl: false };
}

/** Every value of a JSON tree, from the leaves up; `replace` gives what stands there instead, or `undefined` to go deeper. */
export async function mapTree(value: unknown, replace: (value: unknown) => Promise<unknown>): Promise<unknown> {
  const replaced = await replace(value);
  if (replaced !== undefined) return replaced;
  if (Array.isArray(value)) return Promise.all(value.map((each) => mapTree(each, replace)));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(async ([key, each]) => [key, await mapTree(each, replace)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** The caller's side: sketches become bytes, `$dataUrl` becomes a link. */
export function toCallValue(value: unknown): Promise<unknown> {
  return mapTree(value, async (each) => {
    const drawn = await expandAny(each);
    return drawn && (drawn.isDataUrl ? dataUrl(drawn) : drawn.bytes);
  });
}

/** Sketch, or `{ "$dataUrl": sketch }`. */
export async function expandAny(value: unknown): Promise<Drawn | undefined> {
  if (typeof value === 'object' && value !== null && '$dataUrl' in value) {
    const inner = readSketch(value.$dataUrl);
    return inner && { ...(await expandSketch(inner)), isDataUrl: true };
  }
  const sketch = readSketch(value);
  return sketch && expandSketch(sketch);
}

export function dataUrl({ bytes, mediaType }: Drawn): string {
  return `data:${mediaType};base64,${toBase64(bytes)}`;
}

export function toBase64(bytes: Uint8Array): string {
  return JSON.parse(jsonText(bytes)) as string;
}

export interface Placeholders {
  readonly origin: string;
  readonly apiKey: string;
}

/** @param encode how the key is written there, e.g. `encodeURIComponent` in a path */
export function fillIn(
  text: string,
  { origin, apiKey }: Placeholders,
  encode: (key: string) => string = (key) => key,
): string {
  return text.replaceAll('{{origin}}', origin).replaceAll('{{key}}', encode(apiKey));
}
