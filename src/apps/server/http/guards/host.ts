/** Refuses requests that a web page of another site sends, with a foreign host name or with a foreign origin. */
import type { ImageServerSettings } from '../../settings.ts';
import { HttpFault } from '../http-fault.ts';

export interface SiteCheck {
  /** The name in `Host` must be known, because a page may let its own name resolve to this machine. @throws HttpFault 421 */
  readonly checkHost: (host: string | undefined) => void;
  /** @throws HttpFault 403 */
  readonly checkOrigin: (headers: SiteHeaders) => void;
  /** The origin is in `settings.origins`. */
  readonly isListed: (origin: string | undefined) => boolean;
}

export interface SiteHeaders {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`. Programs send `Sec-Fetch-Mode` too, but only browsers send the site. */
  readonly site: string | undefined;
}

const OWN_NAMES = ['127.0.0.1', 'localhost', '[::1]'];

export function createSiteCheck({ hosts = [], origins = [], publicUrl }: ImageServerSettings): SiteCheck {
  const publicAddress = publicUrl === undefined ? undefined : new URL(publicUrl);
  const names = new Set([...OWN_NAMES, ...hosts.map(toHostName), ...(publicAddress ? [publicAddress.hostname] : [])]);
  const listed = new Set(origins);
  const isListed = (origin: string | undefined) => origin !== undefined && listed.has(origin);

  /** A page of this server itself. The port counts: other programs of this machine have pages too. */
  const isOwn = (origin: string, host: string | undefined): boolean =>
    origin === publicAddress?.origin || origin === `http://${host}` || origin === `https://${host}`;

  return {
    isListed,
    checkHost(host) {
      if (host !== undefined && names.has(toHostName(withoutPort(host)))) return;
      throw new HttpFault(
        421,
        'unknown_host',
        'This server does not answer to the name in the Host header. Add the name to the hosts of the server.',
      );
    },
    checkOrigin({ host, origin, site }) {
      if (isListed(origin)) return;
      if (origin !== undefined && !isOwn(origin, host)) {
        throw new HttpFault(
          403,
          'origin_not_allowed',
          'Web pages of this origin may not call the server. Add the origin to the origins of the server.',
        );
      }
      if (site === undefined || site === 'same-origin' || site === 'none') return;
      throw new HttpFault(403, 'origin_not_allowed', 'Web pages of other sites may not call the server.');
    },
  };
}

/** In lower case, and an IPv6 address in brackets. */
export function toHostName(name: string): string {
  const lower = name.toLowerCase();
  return lower.includes(':') && !lower.startsWith('[') ? `[${lower}]` : lower;
}

function withoutPort(host: string): string {
  const colon = host.lastIndexOf(':');
  return colon > host.lastIndexOf(']') ? host.slice(0, colon) : host;
}
