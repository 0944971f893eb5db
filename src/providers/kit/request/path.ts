/** Names that a caller or a vendor gives, as parts of an address: nothing in one may lead to another address. */

import type { Refusal } from '../../protocol/plan.ts';

/** A name that cannot be part of an address. `model`: the caller gave it; `job`: the vendor did. */
export class UnsafeName extends Error {
  override readonly name = 'UnsafeName';
  readonly kind: 'model' | 'job';

  constructor(kind: 'model' | 'job') {
    super(
      kind === 'model' ? 'the model’s id cannot be part of an address' : 'the job’s id cannot be part of an address',
    );
    this.kind = kind;
  }
}

/** What to say about it before anything is sent. */
export function refusalOfName({ message }: UnsafeName, provider: string): Refusal {
  const hint = 'Pass the id as the vendor writes it, e.g. owner/name: no "..", "?", "#", backslash or empty part.';
  return { code: 'invalid_request', field: 'model', message: `${provider}: ${message}`, hint };
}

/** Characters that end a path, are read as a slash, or are dropped by some server on the way. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const NEVER = /[?#\\\u0000-\u001f\u007f]/;
/** What a URL parser takes for the same or the upper folder. */
const DOTS = /^\.{0,2}$/;
/** May stand in a path as they are, and vendors write them so. */
const PLAIN = /%(?:3A|40|2B|2C)/g;

/** A model's id whose slashes separate: `fal-ai/flux/dev`. @throws UnsafeName */
export function modelPath(model: string): string {
  return safeParts(model, 'model')
    .map((part) => encodeURIComponent(part).replace(PLAIN, decodeURIComponent))
    .join('/');
}

/** A model's id as one part of a path: its slashes are encoded. @throws UnsafeName */
export function modelSegment(model: string): string {
  return encodeURIComponent(safeParts(model, 'model').join('/'));
}

/** A job's id as one part of a path. @throws UnsafeName */
export function jobSegment(id: string): string {
  return encodeURIComponent(safeParts(id, 'job').join('/'));
}

function safeParts(name: string, kind: UnsafeName['kind']): readonly string[] {
  // Also as a server reads it that decodes once more than it should.
  const readings = [name, decoded(name)];
  const isSafe = readings.every(
    (reading) =>
      reading.isWellFormed() && !NEVER.test(reading) && !reading.split('/').some((part) => DOTS.test(part.trim())),
  );
  if (!isSafe) throw new UnsafeName(kind);
  return name.split('/');
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // a `%` that begins no escape is a character like any other
  }
}
