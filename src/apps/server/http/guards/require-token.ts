/** What requests pass that need a token: the token, the type of the body, requests per minute. */
import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { ROUTES, type Route } from '../../../../client/routes.ts';
import { createAuthenticate, readToken } from '../../tenants/authenticate.ts';
import { addressKey } from '../../tenants/client-address.ts';
import { createMinuteLimit, type MinuteTaken } from '../../tenants/minute-limit.ts';
import { HttpFault } from '../http-fault.ts';
import type { ServerContext, ServerEnv, ServerRequest } from '../server-context.ts';

/** Paths that have no data in their answer. */
const PUBLIC_PATHS: ReadonlySet<string> = new Set(
  Object.values<Route>(ROUTES).flatMap(({ auth, path }) => (auth === 'none' ? [path] : [])),
);

export function requireToken({ settings, limits, failures, now }: ServerContext): MiddlewareHandler<ServerEnv> {
  const authenticate = createAuthenticate(settings.tokens);
  const requests = createMinuteLimit(now);
  return (c, next) => {
    if (PUBLIC_PATHS.has(c.req.path)) return next();
    const token = readToken((name) => c.req.header(name));
    const caller = token === undefined ? undefined : authenticate(token);
    if (caller === undefined) {
      countFailure(failures, c.get('address'));
      throw token === undefined ? noToken() : wrongToken();
    }
    c.set('caller', caller);
    // A request that no route takes is told so, whatever its body is.
    if (matchedRoutes(c).some(({ method }) => method === c.req.method)) checkContentType(c);
    const perMinute = caller.requestsPerMinute ?? limits.requestsPerMinute;
    const taken = requests.take(caller.name, perMinute);
    c.set('rate', { ...taken, perMinute });
    if (!taken.isAllowed) throw tooMany(`More than ${perMinute} requests in a minute.`, taken);
    return next();
  };
}

/** Wrong tokens and wrong links, per minute and address. */
export const FAILURES_PER_MINUTE = 30;

/** Counts a wrong token or link. A right one from the same address is still accepted. @throws HttpFault 429 */
export function countFailure(failures: ServerContext['failures'], address: string | undefined): void {
  const taken = failures.take(addressKey(address), FAILURES_PER_MINUTE);
  if (!taken.isAllowed) throw tooMany('Too many requests from this address without a valid token.', taken);
}

const tooMany = (what: string, { retryAfterMs }: MinuteTaken): HttpFault =>
  new HttpFault(429, 'rate_limit_exceeded', `${what} Try again in ${Math.ceil(retryAfterMs / 1_000)} s.`, {
    type: 'rate_limit_error',
    mayRetry: true,
    retryAfterMs,
  });

const noToken = (): HttpFault =>
  new HttpFault(
    401,
    'invalid_api_key',
    'The request has no token. Send it in the header Authorization, as Bearer and the token.',
  );

const wrongToken = (): HttpFault =>
  new HttpFault(401, 'invalid_api_key', 'The token of the request is wrong. Use a token of this server.');

/** A page of another site can send only forms and plain text without asking first. @throws HttpFault 415 */
function checkContentType(c: ServerRequest): void {
  const { method } = c.req;
  if (method === 'GET' || method === 'HEAD') return;
  const type = c.req.header('content-type');
  if (method === 'DELETE' && type === undefined) return;
  const name = type?.split(';')[0]?.trim().toLowerCase();
  if (name === 'application/json' || name === 'multipart/form-data') return;
  throw new HttpFault(
    415,
    'unsupported_media_type',
    'Send the body as application/json or multipart/form-data, and say so in the header Content-Type.',
  );
}
