/** Encodes model and job ids as parts of a URL, and rejects ids that would lead to another URL. */

import type { Refusal } from '../../protocol/plan.ts';

/** An id that cannot be part of a URL. `model`: from the caller; `job`: from the vendor. */
export class UnsafeName extends Error {
  override readonly name = 'UnsafeName';
  readonly kind: 'model' | 'job';

  constructor(kind: 'model' | 'job') {
    super(`the ${kind} id cannot be part of a URL`);
    this.kind = kind;
  }
}

/** The refusal of such an id before the call. */
export function refusalOfName({ message }: UnsafeName, provider: string): Refusal {
  const hint = 'Pass the id as the vendor writes it, e.g. owner/name: no "..", "?", "#", backslash or empty part.';
  return { code: 'invalid_request', field: 'model', message: `${provider}: ${message}`, hint };
}

/** Characters that end a path, count as a slash, or are removed by some servers. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are searched for
const FORBIDDEN = /[?#\\\u0000-\u001f\u007f]/;
/** Segments that a URL parser resolves to the same or the parent folder. */
const DOT_SEGMENT = /^\.{0,2}$/;
/** Encoded characters that vendors write unencoded in paths. */
const ALLOWED_PLAIN = /%(?:3A|40|2B|2C)/g;

/** Encodes a model id and keeps its slashes: `fal-ai/flux/dev`. @throws UnsafeName */
export function modelPath(model: string): string {
  return safeParts(model, 'model')
    .map((part) => encodeURIComponent(part).replace(ALLOWED_PLAIN, decodeURIComponent))
    .join('/');
}

/** Encodes a model id as one path segment, including its slashes. @throws UnsafeName */
export function modelSegment(model: string): string {
  return encodeURIComponent(safeParts(model, 'model').join('/'));
}

/** Encodes a job id as one path segment. @throws UnsafeName */
export function jobSegment(id: string): string {
  return encodeURIComponent(safeParts(id, 'job').join('/'));
}

function safeParts(name: string, kind: UnsafeName['kind']): readonly string[] {
  // Some servers decode a path twice, so the decoded name must be safe too.
  const readings = [name, decoded(name)];
  const isSafe = readings.every(
    (reading) =>
      reading.isWellFormed() &&
      !FORBIDDEN.test(reading) &&
      !reading.split('/').some((part) => DOT_SEGMENT.test(part.trim())),
  );
  if (!isSafe) throw new UnsafeName(kind);
  return name.split('/');
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // a `%` that starts no escape is an ordinary character
  }
}
