/** Compares received values with recorded ones, and describes the differences. */
import { inspectImage } from '../providers/kit/image/inspect-image.ts';
import { decodePng } from '../providers/kit/image/png.ts';
import { dataUrl, type ExpandedSketch, expandAny, toBase64 } from './expand.ts';

const MAX_SHOWN = 120;

export interface CompareOptions {
  /** Ignores unexpected fields of objects. @default false */
  readonly isSubset?: boolean;
}

/**
 * Compares a value with the expected JSON.
 * @param expected JSON. An image sketch matches its base64 or bytes, a mask matches by pixels, and `{ "$any": "number" }` matches any value of
 *   that type, for values that differ each time
 * @returns one line per difference, empty when there is none
 */
export async function differences(
  path: string,
  expected: unknown,
  actual: unknown,
  options: CompareOptions = {},
): Promise<readonly string[]> {
  const expanded = await expandAny(expected);
  if (expanded) return compareImage(path, expanded, actual);
  if (isObject(expected) && typeof expected.$any === 'string') {
    return typeof actual === expected.$any ? [] : [`${path}: expected any ${expected.$any}, got ${show(actual)}`];
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return [differs(path, expected, actual)];
    if (actual.length !== expected.length) {
      return [`${path}: expected ${expected.length} entries, got ${actual.length}: ${show(actual)}`];
    }
    return each(expected.map((value, index) => [`${path}[${index}]`, value, actual[index]]));
  }
  if (isObject(expected)) {
    if (!isObject(actual)) return [differs(path, expected, actual)];
    const unexpected = options.isSubset
      ? []
      : Object.keys(actual).filter((key) => !Object.hasOwn(expected, key) && actual[key] !== undefined);
    return [
      ...(await each(Object.entries(expected).map(([key, value]) => [`${path}.${key}`, value, actual[key]]))),
      ...unexpected.map((key) => `${path}.${key}: not expected, got ${show(actual[key])}`),
    ];
  }
  return Object.is(expected, actual) ? [] : [differs(path, expected, actual)];

  async function each(pairs: readonly (readonly [string, unknown, unknown])[]): Promise<readonly string[]> {
    return (await Promise.all(pairs.map(([at, want, got]) => differences(at, want, got, options)))).flat();
  }
}

/** Compares bytes; two PNG files also match when their pixels do, because encoders differ. */
export async function compareImage(
  path: string,
  expected: ExpandedSketch,
  actual: unknown,
): Promise<readonly string[]> {
  const what = `${expected.isDataUrl ? 'a data URL with ' : ''}${expected.mediaType}, ${expected.bytes.length} bytes`;
  const found = readBytes(actual, expected);
  if (found === undefined) return [`${path}: expected ${what}, got ${show(actual)}`];
  if (sameBytes(expected.bytes, found)) return [];
  const isSame = expected.mediaType === 'image/png' && (await samePixels(expected.bytes, found));
  return isSame ? [] : [`${path}: expected ${what}, got another file: ${describeFile(found)}`];
}

function readBytes(actual: unknown, { isDataUrl, mediaType }: ExpandedSketch): Uint8Array | undefined {
  if (actual instanceof Uint8Array) return isDataUrl ? undefined : actual;
  if (typeof actual !== 'string') return undefined;
  const prefix = isDataUrl ? dataUrl({ bytes: new Uint8Array(0), mediaType, isDataUrl }) : '';
  if (!actual.startsWith(prefix)) return undefined;
  try {
    return Uint8Array.from(atob(actual.slice(prefix.length)), (character) => character.charCodeAt(0));
  } catch {
    return undefined; // not base64; the caller reports it
  }
}

async function samePixels(a: Uint8Array, b: Uint8Array): Promise<boolean> {
  if (inspectImage(a).kind !== 'image' || inspectImage(b).kind !== 'image') return false;
  try {
    const [one, other] = await Promise.all([a, b].map((bytes) => decodePng(bytes, { maxPixels: 20_000_000 })));
    return one?.width === other?.width && one?.height === other?.height && sameBytes(one!.data, other!.data);
  } catch {
    return false; // one of them is not a readable PNG
  }
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

export function describeFile(bytes: Uint8Array): string {
  const inspected = inspectImage(bytes);
  if (inspected.kind === 'image')
    return `${inspected.format}, ${inspected.width}x${inspected.height}, ${bytes.length} bytes`;
  return `${bytes.length} bytes that are not a complete image (${inspected.reason})`;
}

function differs(path: string, expected: unknown, actual: unknown): string {
  return `${path}: expected ${show(expected)}, got ${show(actual)}`;
}

/** Returns a short text for a value. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value instanceof Uint8Array) return `${value.length} bytes (${toBase64(value.subarray(0, 12))}…)`;
  const text = JSON.stringify(value) ?? String(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}… (${text.length} characters)` : text;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
