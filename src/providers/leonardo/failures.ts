/** What the vendor's errors mean. Sources: OpenAPI document of REST v1 (2026-05-21); for v2 integrators' notes (unverified). */
import type { ReadError } from '../kit/index.ts';
import type { Failure } from './wire.ts';

/** The words are the vendor's only sign; which status it gives them is not published. */
export function toError(failure: Failure): ReadError {
  const [first] = Array.isArray(failure) ? failure : 'errors' in failure ? failure.errors : [];
  const [text, code] =
    first === undefined
      ? ['error' in failure ? failure.error : '', undefined]
      : [first.message, first.extensions?.code];
  const more = first?.extensions?.details;
  const message = [text, typeof more === 'string' ? more : more?.message, code].filter(Boolean).join('; ');
  if (/\bmoderat/i.test(message)) return { message, code: 'content_refused' };
  if (/\bnot enough\b[^.;]{0,40}\btokens?\b|\binsufficient\b/i.test(message))
    return { message, code: 'quota_exhausted' };
  return { message, code: /\baccess-denied\b|\binvalid api key\b/i.test(message) ? 'authentication' : undefined };
}
