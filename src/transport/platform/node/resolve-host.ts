/** Resolves the host of a link. */
import { literalAddress } from '../../net/address.ts';
import type { DialOptions, ResolvedAddress } from '../dial-options.ts';

/** Returns the addresses of a URL's host: the host itself if it is an address. */
export async function resolveHost(
  url: URL,
  { lookup = systemLookup }: DialOptions,
): Promise<readonly ResolvedAddress[]> {
  const literal = literalAddress(url);
  const found =
    literal === undefined ? await lookup(url.hostname) : [{ address: literal, family: literal.includes(':') ? 6 : 4 }];
  // Copied, so that a resolver cannot change an address after the check.
  return found.map(({ address, family }) => ({ address, family }));
}

async function systemLookup(hostname: string): Promise<readonly ResolvedAddress[]> {
  const { lookup } = await import('node:dns/promises');
  return lookup(hostname, { all: true, order: 'verbatim' });
}
