/** Headers that every answer has, unless its handler has set them. */
import type { HttpFault } from '../http-fault.ts';
import type { ServerRequest } from '../server-context.ts';
import { corsHeaders } from './cors.ts';

const DEFAULTS: readonly (readonly [name: string, value: string])[] = [
  ['x-content-type-options', 'nosniff'],
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
  ['cross-origin-resource-policy', 'same-origin'],
  ['referrer-policy', 'no-referrer'],
  ['cache-control', 'no-store'],
];

/** Sets the headers that do not depend on the request. */
export function setDefaultHeaders(headers: Headers, requestId: string): void {
  headers.set('x-request-id', requestId);
  for (const [name, value] of DEFAULTS) if (!headers.has(name)) headers.set(name, value);
}

export function setAnswerHeaders(c: ServerRequest, fault: HttpFault | undefined): void {
  const { headers } = c.res;
  setDefaultHeaders(headers, c.get('requestId'));
  setRateHeaders(c, headers);
  headers.append('vary', 'origin');
  const origin = c.get('listedOrigin');
  if (origin !== undefined) for (const [name, value] of Object.entries(corsHeaders(origin))) headers.set(name, value);
  if (fault === undefined) return;
  const { retryAfterMs, closesConnection, allow } = fault.details;
  if (retryAfterMs !== undefined) {
    headers.set('retry-after', String(Math.ceil(retryAfterMs / 1_000)));
    headers.set('retry-after-ms', String(Math.ceil(retryAfterMs)));
  }
  // The rest of the body is not read. Node closes the connection after an answer with this header.
  if (closesConnection) headers.set('connection', 'close');
  if (allow !== undefined) headers.set('allow', allow.join(', '));
  if (fault.status === 401) headers.set('www-authenticate', 'Bearer');
}

function setRateHeaders(c: ServerRequest, headers: Headers): void {
  const rate = c.get('rate');
  if (rate === undefined) return;
  headers.set('x-ratelimit-limit-requests', String(rate.perMinute));
  headers.set('x-ratelimit-remaining-requests', String(rate.remaining));
  headers.set('x-ratelimit-reset-requests', toDuration(rate.resetMs));
}

/** As OpenAI writes it: `1s`, `6m0s`. */
export function toDuration(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
