/** Tells whether an error reply comes from a proxy on the way, and not from the server that was asked. */

/** Names of proxies in the header `server`. Sources: the error pages of Squid, Tinyproxy, Privoxy and Symantec's (Blue Coat) proxy. */
const PROXY_SERVER = /^(?:squid|tinyproxy|privoxy|bluecoat)\b/i;

/** A proxy says with `error` that it made the reply itself (RFC 9209, 2.3). */
const PROXY_STATUS_ERROR = /;\s{0,10}error\s{0,10}=/i;

/**
 * Reads a 403 or 407: with these a proxy refuses to pass a request on. Other statuses of a proxy do not say whether it did.
 * @returns how the proxy shows itself, for the message; undefined if the reply may be the server's own
 */
export function proxyRefusal({ status, headers }: Pick<Response, 'status' | 'headers'>): string | undefined {
  if (status !== 403 && status !== 407) return undefined;
  if (headers.has('x-squid-error')) return 'X-Squid-Error';
  if (PROXY_STATUS_ERROR.test(headers.get('proxy-status') ?? '')) return 'Proxy-Status';
  if (PROXY_SERVER.test(headers.get('server') ?? '')) return 'Server';
  // Only a proxy asks for a proxy's password.
  return status === 407 ? 'Proxy Authentication Required' : undefined;
}

/**
 * Whether a proxy may have made this 403. Over https it could not, and `Via` is also set by servers' own gateways, so this is no proof.
 * @param protocol that of the request, e.g. `http:`
 */
export function mayBeProxyRefusal(
  { status, headers }: Pick<Response, 'status' | 'headers'>,
  protocol: string,
): boolean {
  return status === 403 && protocol === 'http:' && (headers.has('via') || headers.has('proxy-connection'));
}

/** The sentence for the message. `hintFor` of the kit recognises its first words. */
export const proxyRefusalText = (status: number, evidence: string): string =>
  `the proxy refused the request (HTTP ${status}, ${evidence})`;
