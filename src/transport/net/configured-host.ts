/** Loopback aliases in links. Apart from `link-guard.ts`, which only calls that follow links load. */

/** Aliases: a server that is configured under one of these names may return links under the other. */
const LOOPBACK_NAMES = ['localhost', '127.0.0.1'];

/**
 * Rewrites a link to the configured host name if both are aliases of the same loopback port.
 * @param url any absolute URL
 * @param base the configured base URL
 */
export function withConfiguredHost(url: URL, base: URL): URL {
  const isAlias =
    LOOPBACK_NAMES.includes(url.hostname) &&
    LOOPBACK_NAMES.includes(base.hostname) &&
    url.port === base.port &&
    url.protocol === base.protocol;
  if (!isAlias || url.hostname === base.hostname) return url;
  const renamed = new URL(url);
  renamed.hostname = base.hostname;
  return renamed;
}
