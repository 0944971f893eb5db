/** What a token server answers. Source: RFC 6749, sections 5.1 and 5.2. */
import { transportError } from '../errors.ts';
import { createRedactor } from '../net/redact.ts';
import type { TokenReply } from './strategy.ts';
import type { FetchedToken } from './tokens.ts';

/** When the server does not say how long a token lasts. */
const USUAL_SECONDS = 3600;

/**
 * @param secrets what was sent: a server may repeat it in its words
 * @param remark what a person should know about a refusal, e.g. that the clock is wrong
 * @throws TransportError it gave none, and its own words for that
 */
export function readTokenReply(
  { status, body }: TokenReply,
  { secrets, remark }: { readonly secrets: readonly string[]; readonly remark?: string | undefined },
): FetchedToken {
  const { access_token: token, expires_in: seconds, error, error_description: words } = fieldsOf(body);
  if (status === 200 && typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) {
    return { token, lifeMs: (typeof seconds === 'number' && seconds > 0 ? seconds : USUAL_SECONDS) * 1000 };
  }
  const said = [error, words].filter((each) => typeof each === 'string').join(': ');
  const details = [`HTTP ${status}`, createRedactor(() => secrets)(said)].filter((each) => each !== '').join(', ');
  throw transportError(
    `the token server refused the credentials (${details})${remark === undefined ? '' : `; ${remark}`}`,
    { fault: 'authentication', step: 'token', isFinal: true },
  );
}

/** The fields of an object; of anything else none. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
