/** Reads the reply of an OAuth token server. Source: RFC 6749, sections 5.1 and 5.2. */
import { transportError } from '../errors.ts';
import { createRedactor } from '../net/redact/redact.ts';
import type { TokenReply } from './auth-strategy.ts';
import type { FetchedToken } from './token-cache.ts';

/** Used if the server does not say how long a token lasts. */
const DEFAULT_SECONDS = 3600;

/**
 * @param secrets that were sent; the server's message may repeat them
 * @param hint appended to the message of a refusal, e.g. that the clock is wrong
 * @throws TransportError if the reply holds no token; with the server's message
 */
export function readTokenReply(
  { status, body }: TokenReply,
  { secrets, hint }: { readonly secrets: readonly string[]; readonly hint?: string | undefined },
): FetchedToken {
  const { access_token: token, expires_in: seconds, error, error_description: description } = fieldsOf(body);
  if (status === 200 && typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) {
    return { token, lifeMs: (typeof seconds === 'number' && seconds > 0 ? seconds : DEFAULT_SECONDS) * 1000 };
  }
  const serverMessage = [error, description].filter((each) => typeof each === 'string').join(': ');
  const details = [`HTTP ${status}`, createRedactor(() => secrets)(serverMessage)]
    .filter((each) => each !== '')
    .join(', ');
  throw transportError(
    `the token server refused the credentials (${details})${hint === undefined ? '' : `; ${hint}`}`,
    { fault: 'authentication', step: 'token', isFinal: true },
  );
}

/** Returns the fields of an object; an empty object for any other value. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
