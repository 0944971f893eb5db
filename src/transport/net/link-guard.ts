/**
 * Decides which links may be followed. A link from a reply, a redirect or a caller may be an attack (SSRF): it must be an https link to
 * the public internet, or be on a configured origin.
 * Only the text of the link is checked here; `dial` of `#platform` checks the address that its host name resolves to.
 */

import { type TransportError, transportError } from '../errors.ts';
import { isPublicAddress, literalAddress } from './address.ts';

export interface LinkRules {
  /**
   * Origins as returned by `originOf`. A link to one of them (same scheme, host and port) passes, whatever its scheme and address.
   * The `isAllowed` of `dial` must then allow its address too.
   */
  readonly trustedOrigins: ReadonlySet<string>;
  /** If set, only these hosts and their subdomains pass; IP addresses must be equal. @default any public host */
  readonly allowedHosts?: readonly string[] | undefined;
  /** `false` allows `http:` links to public hosts, for services that are used without TLS themselves. @default true */
  readonly secureOnly?: boolean | undefined;
}

/**
 * Names that are never on the public internet, including their subdomains.
 * `.example` is missing on purpose: RFC 6761 section 6.5 asks applications to treat it like any other name.
 */
const NON_PUBLIC_NAMES = [
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
 * Checks a link before it is dialled. Call it for each redirect too.
 * @param link an absolute URL; text is parsed strictly, without the repairs that browsers make
 * @returns the URL to dial: a copy, without a trailing dot in its host. A user name or password of a trusted link is left out: `fetch` refuses
 *   URLs with them, and the server accepts the credential of the call
 * @throws TransportError `unsafe_url`; the message contains the host and the reason, but not the rest of the link, which may be signed
 */
export function checkLink(link: string | URL, rules: LinkRules): URL {
  const url = readLink(link);
  if (rules.trustedOrigins.has(url.origin)) return withoutUser(url);
  const { allowedHosts, secureOnly = true } = rules;
  if (secureOnly && url.protocol !== 'https:')
    throw refusedLinkError(url, 'it is not encrypted, only https is followed');
  if (url.username !== '' || url.password !== '') throw refusedLinkError(url, 'it contains a user name or password');
  if (url.port === '0') throw refusedLinkError(url, 'no connection to port 0 is possible');

  // Before the host is checked: without its trailing dot a name may be an IP address (`127.0.0.1..`).
  url.hostname = url.hostname.replace(/\.$/, '');
  const address = literalAddress(url);
  if (address === undefined) {
    checkName(url);
  } else if (!isPublicAddress(address)) {
    throw refusedLinkError(url, 'not a public address');
  }
  if (allowedHosts !== undefined && !allowedHosts.some((host) => matchesHost(host, url))) {
    throw refusedLinkError(url, 'not one of the allowed hosts');
  }
  return url;
}

/** Returns the URL without user name and password. @param url changed in place */
export function withoutUser(url: URL): URL {
  url.username = '';
  url.password = '';
  return url;
}

/**
 * Returns the origin of a link, for `trustedOrigins`.
 * @param link an absolute http or https URL
 * @returns scheme, host and any non-default port: `http://127.0.0.1:8188`
 * @throws TransportError `unsafe_url` for any other text
 */
export function originOf(link: string | URL): string {
  return readLink(link).origin;
}

/** Parses an http or https URL. A URL object is parsed again, so that the caller's object is never changed. */
function readLink(link: string | URL): URL {
  const text = typeof link === 'string' ? link : link.href;
  // The URL parser drops tabs and line ends, trims, and reads a backslash as a slash: two parsers could then see different hosts.
  const isClean = text === text.trim() && !text.includes('\\') && !/\p{Cc}/u.test(text);
  if (!isClean)
    throw refusedLinkError(undefined, 'it contains white space at its ends, control characters or backslashes');
  // `blob:http://…` has an origin too, so the scheme is checked before origins are compared.
  if (/^[a-z][a-z0-9+.-]*:/i.test(text) && !/^https?:/i.test(text))
    throw refusedLinkError(undefined, 'its scheme is not https');
  const url = /^https?:\/\/[^/]/i.test(text) ? parse(text) : undefined;
  if (url === undefined) throw refusedLinkError(undefined, 'it is not an absolute URL');
  return url;
}

function checkName(url: URL): void {
  const name = url.hostname;
  const labels = name.split('.');
  if (name.length > MAX_NAME_LENGTH || !labels.every((label) => LABEL.test(label)))
    throw refusedLinkError(url, 'not a valid host name');
  if (NON_PUBLIC_NAMES.some((closed) => isSameOrSubdomain(name, closed)))
    throw refusedLinkError(url, 'not a public name');
  if (labels.length === 1) throw refusedLinkError(url, 'a name without a domain is not public');
}

/** An entry that is not a valid host matches nothing. */
function matchesHost(allowed: string, url: URL): boolean {
  const isBareIpv6 = allowed.includes(':') && !allowed.startsWith('[');
  const origin = `https://${isBareIpv6 ? `[${allowed}]` : allowed}`;
  const entry = parse(origin)?.hostname.replace(/\.$/, '');
  // The URL parser completes numbers to whole addresses (`8.8` is 8.0.0.8), so no entry matches only the end of an address.
  return entry !== undefined && entry !== '' && isSameOrSubdomain(url.hostname, entry);
}

/** `URL.canParse` is not used: once optimised, Node 22's returns false for names with letters like `ü`. */
function parse(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined; // the platform's error would show the whole link
  }
}

function isSameOrSubdomain(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}

function refusedLinkError(url: URL | undefined, reason: string): TransportError {
  const host = url === undefined ? '' : ` to ${url.hostname.slice(0, MAX_NAME_LENGTH)}`;
  return transportError(`link${host} is refused: ${reason}`, { fault: 'unsafe_url', step: 'download' });
}
