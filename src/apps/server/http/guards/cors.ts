/** Lets pages of the origins in `settings.origins` call the server, and no others. Never with cookies. */
import { HttpFault } from '../http-fault.ts';
import { METHODS } from '../methods.ts';
import type { ServerRequest } from '../server-context.ts';

const EXPOSED_HEADERS = [
  ...['x-request-id', 'openai-processing-ms', 'x-should-retry', 'retry-after', 'retry-after-ms'],
  ...['x-imagen-run', 'x-imagen-cost-usd', 'x-imagen-model', 'x-imagen-adopted'],
  ...['x-ratelimit-limit-requests', 'x-ratelimit-remaining-requests', 'x-ratelimit-reset-requests'],
].join(', ');

/** A browser asks again after this time. */
const PREFLIGHT_SECONDS = '600';

/**
 * Answers the question of a browser before a request of a listed origin. The origin has been checked before.
 * @throws HttpFault 405: it is no such question
 */
export function answerPreflight(c: ServerRequest): Response {
  const asked = c.req.header('access-control-request-method');
  if (c.req.header('origin') === undefined || asked === undefined) throw methodFault();
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-methods': METHODS.join(', '),
      // The client names its own headers, e.g. `x-stainless-*`. The origin is trusted, so they are all allowed.
      'access-control-allow-headers': c.req.header('access-control-request-headers') ?? '',
      'access-control-max-age': PREFLIGHT_SECONDS,
    },
  });
}

/** Headers of every answer to a listed origin. */
export const corsHeaders = (origin: string): Readonly<Record<string, string>> => ({
  'access-control-allow-origin': origin,
  'access-control-expose-headers': EXPOSED_HEADERS,
});

/** @param allow the methods that may be used @param what was refused, as a sentence */
export function methodFault(allow = METHODS, what = 'The method of the request is not allowed.'): HttpFault {
  return new HttpFault(405, 'method_not_allowed', `${what} Use ${allow.join(', ')}.`, {
    allow,
    // No client of this server sends a method that no route takes.
    closesConnection: allow === METHODS,
  });
}
