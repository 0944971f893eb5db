/** What every request passes first, with or without a token: closing, host, origin, method. */
import type { MiddlewareHandler } from 'hono';
import { HttpFault } from '../http-fault.ts';
import { METHODS } from '../methods.ts';
import type { ServerContext, ServerEnv } from '../server-context.ts';
import { answerPreflight, methodFault } from './cors.ts';
import { createSiteCheck } from './host.ts';

/** Names under which programs send a token in the query. */
const TOKEN_PARAMETERS = ['token', 'access_token', 'api_key', 'api-key', 'apikey'];

export function wayIn({ settings, state }: ServerContext): MiddlewareHandler<ServerEnv> {
  const site = createSiteCheck(settings);
  return async (c, next) => {
    if (state.isClosing) {
      throw new HttpFault(503, 'server_closing', 'The server is closing. Send the request again.', {
        type: 'server_error',
        mayRetry: true,
        retryAfterMs: 1_000,
        closesConnection: true,
      });
    }
    const host = c.req.header('host');
    site.checkHost(host ?? new URL(c.req.url).host);
    // A request line may have a host of its own, which would get into links.
    if (!c.req.url.startsWith(`http://${host}/`)) site.checkHost(new URL(c.req.url).host);
    const origin = c.req.header('origin');
    // A link to a file may stand in a page of any site: who has the link may see the file.
    if (!isFileRequest(c.req.method, c.req.path)) {
      site.checkOrigin({ host, origin, site: c.req.header('sec-fetch-site') });
    }
    if (origin !== undefined && site.isListed(origin)) c.set('listedOrigin', origin);
    if (!METHODS.includes(c.req.method)) throw methodFault();
    if (c.req.method === 'OPTIONS') return answerPreflight(c);
    checkQuery(c.req.url);
    return next();
  };
}

const isFileRequest = (method: string, path: string): boolean =>
  (method === 'GET' || method === 'HEAD') && path.startsWith('/files/');

/** Queries are written to the logs of proxies and into the history of browsers. @throws HttpFault 401 */
function checkQuery(url: string): void {
  if (!url.includes('?')) return;
  const { searchParams } = new URL(url);
  if (!TOKEN_PARAMETERS.some((name) => searchParams.has(name))) return;
  throw new HttpFault(
    401,
    'invalid_api_key',
    'A token in the query of the address is refused, because logs keep addresses. Send it in the Authorization header, and replace it if it is in use.',
  );
}
