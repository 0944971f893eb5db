/**
 * Decides which links may be followed. A link comes from outside (a reply, a redirect, a caller's input) and is treated as an attack:
 * it must lead to the public internet over https, or to an origin that was configured.
 * This looks at the text of the link only; what a name resolves to is checked when it is dialled (`dial` of `#platform`).
 */

import { type TransportError, transportError } from '../errors.ts';
import { isPublicAddress, literalAddress } from './address.ts';

export interface LinkRules {
  /**
   * Origins as `originOf` writes them. A link to exactly one of them (scheme, host and port) passes whatever its scheme and address are.
   * Whoever dials it must then allow its address too.
   */
  readonly trustedOrigins: ReadonlySet<string>;
  /** When given, only these hosts and their subdomains pass; a host that is an address must be the same one. @default any public host */
  readonly allowedHosts?: readonly string[] | undefined;
  /** `false` also lets `http:` links to public hosts pass, for services that are themselves spoken to in clear. @default true */
  readonly secureOnly?: boolean | undefined;
}

/**
 * Names that never belong to the public internet; each stands for its subdomains too.
 * `.example` is missing on purpose: RFC 6761 section 6.5 asks applications to treat it like any other name.
 */
const CLOSED_NAMES = [
  'localhost', // RFC 6761
  'localdomain', // in many hosts files beside localhost
  'test', // RFC 6761; the usual name of development machines
  'invalid', // RFC 6761
  'local', // multicast DNS, RFC 6762
  ...['intranet', 'internal', 'private', 'corp', 'home', 'lan'], // private networks, RFC 6762 appendix G; with metadata.google.internal
  'arpa', // infrastructure, RFC 3172; with home.arpa (RFC 8375) and ipv4only.arpa (RFC 7050)
  'onion', // RFC 7686
  'alt', // RFC 9476
  'metadata.goog', // the other name of metadata.google.internal
] as const;

const LABEL = /^[a-z0-9_-]{1,63}$/;
const MAX_NAME_LENGTH = 253;

/**
 * Checks a link before it is dialled, and again each hop it redirects to.
 * @param link an absolute URL; text is read strictly, without the repairs browsers make
 * @param rules what was configured
 * @returns the URL to dial: a copy, without a trailing dot in its host
 * @throws TransportError `unsafe_url`, whose message names the reason and at most the host, since the rest of a link may be a signature
 */
export function checkLink(link: string | URL, rules: LinkRules): URL {
  const url = readLink(link);
  if (rules.trustedOrigins.has(url.origin)) return url;
  const { allowedHosts, secureOnly = true } = rules;
  if (secureOnly && url.protocol !== 'https:') throw refused(url, 'it is not encrypted, only https is followed');
  if (url.username !== '' || url.password !== '') throw refused(url, 'it carries a user name or password');
  if (url.port === '0') throw refused(url, 'port 0 cannot be dialled');

  // Before anything looks at the host: without its last dot a name can turn out to be an address (`127.0.0.1..`).
  url.hostname = url.hostname.replace(/\.$/, '');
  const address = literalAddress(url);
  if (address === undefined) {
    checkName(url);
  } else if (!isPublicAddress(address)) {
    throw refused(url, 'not a public address');
  }
  if (allowedHosts !== undefined && !allowedHosts.some((host) => covers(host, url))) {
    throw refused(url, 'not one of the allowed hosts');
  }
  return url;
}

/** Whether a link leads to the public internet over https, as far as its text tells. */
export function isFollowable(link: string): boolean {
  try {
    checkLink(link, { trustedOrigins: new Set() });
    return true;
  } catch {
    return false; // what is wrong with it is said by whoever asked
  }
}

/**
 * The origin of a link, for `trustedOrigins`.
 * @param link an absolute http or https URL
 * @returns scheme, host and port, the port only when it is not the scheme's own: `http://127.0.0.1:8188`
 * @throws TransportError `unsafe_url` for any other text
 */
export function originOf(link: string | URL): string {
  return readLink(link).origin;
}

/** Two names of one place: a server that was configured under one of them names itself by the other. */
const LOOPBACK_NAMES = ['localhost', '127.0.0.1'];

/**
 * The link under the configured name, where both are names of one loopback port.
 * @param url any absolute URL
 * @param base the configured address
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

/** Reads what is certainly an http or https URL. URL objects are read again, so that the caller's object is never changed. */
function readLink(link: string | URL): URL {
  const text = typeof link === 'string' ? link : link.href;
  // The URL parser drops tabs and line ends, trims, and reads a backslash as a slash: two readers could then see two hosts.
  const isClean = text === text.trim() && !text.includes('\\') && !/\p{Cc}/u.test(text);
  if (!isClean) throw refused(undefined, 'it holds white space at its ends, control characters or backslashes');
  // Schemes without an authority can still have an origin (`blob:http://…`), so the scheme is decided before origins are compared.
  if (/^[a-z][a-z0-9+.-]*:/i.test(text) && !/^https?:/i.test(text)) throw refused(undefined, 'its scheme is not https');
  const url = /^https?:\/\/[^/]/i.test(text) ? parse(text) : undefined;
  if (url === undefined) throw refused(undefined, 'it is not an absolute URL');
  return url;
}

function checkName(url: URL): void {
  const name = url.hostname;
  const labels = name.split('.');
  if (name.length > MAX_NAME_LENGTH || !labels.every((label) => LABEL.test(label)))
    throw refused(url, 'not a valid host name');
  if (CLOSED_NAMES.some((closed) => isSameOrBelow(name, closed))) throw refused(url, 'not a public name');
  if (labels.length === 1) throw refused(url, 'a name without a domain is not public');
}

/** An entry that is no host at all covers nothing. */
function covers(allowed: string, url: URL): boolean {
  const isBareIpv6 = allowed.includes(':') && !allowed.startsWith('[');
  const origin = `https://${isBareIpv6 ? `[${allowed}]` : allowed}`;
  const entry = parse(origin)?.hostname.replace(/\.$/, '');
  // The URL parser completes numbers to whole addresses (`8.8` is 8.0.0.8), so no entry is the mere end of an address.
  return entry !== undefined && entry !== '' && isSameOrBelow(url.hostname, entry);
}

/** `URL.canParse` is not asked: once optimised, that of Node 22 says no to names with letters like `ü`. */
function parse(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined; // the platform's error would show the whole link
  }
}

function isSameOrBelow(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}

function refused(url: URL | undefined, reason: string): TransportError {
  const host = url === undefined ? '' : ` to ${url.hostname.slice(0, MAX_NAME_LENGTH)}`;
  return transportError(`link${host} is refused: ${reason}`, { fault: 'unsafe_url', step: 'download' });
}
