/** Reads the vendor's errors. Sources: OpenAPI document of REST v1 (2026-05-21); for v2 integrators' notes (unverified). */
import type { ReadError } from '../kit/index.ts';
import type { GenerationFailure } from './wire.ts';

/** Maps errors by their text: the vendor documents no codes or statuses for them. */
export function toError(failure: GenerationFailure): ReadError {
  const [first] = Array.isArray(failure) ? failure : 'errors' in failure ? failure.errors : [];
  const [text, code] =
    first === undefined
      ? ['error' in failure ? failure.error : '', undefined]
      : [first.message, first.extensions?.code];
  const details = first?.extensions?.details;
  const message = [text, typeof details === 'string' ? details : details?.message, code].filter(Boolean).join('; ');
  if (/\bmoderat/i.test(message)) return { message, code: 'content_refused' };
  if (/\bnot enough\b[^.;]{0,40}\btokens?\b|\binsufficient\b/i.test(message))
    return { message, code: 'quota_exhausted' };
  return { message, code: /\baccess-denied\b|\binvalid api key\b/i.test(message) ? 'authentication' : undefined };
}
