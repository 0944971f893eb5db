/** The address of the client of a request. */
import type { ServerRequest } from '../http/server-context.ts';

/**
 * @param trustProxy the last entry of `X-Forwarded-For` counts, which the nearest proxy wrote; those before it are the client's own words
 * @returns undefined: the runtime does not tell it, or the connection is a Unix socket
 */
export function readClientAddress(c: ServerRequest, trustProxy: boolean): string | undefined {
  const forwarded = trustProxy ? c.req.header('x-forwarded-for')?.split(',').at(-1)?.trim() : undefined;
  return forwarded ? forwarded.slice(0, MAX_ADDRESS_LENGTH) : c.env?.incoming?.socket.remoteAddress;
}

const MAX_ADDRESS_LENGTH = 64;

/** What a limit per address counts: an IPv6 network of 64 bits, because its holder has all addresses in it. */
export function addressKey(address: string | undefined): string {
  if (address === undefined) return '';
  const isVersion6 = address.includes(':') && !address.includes('.'); // not `::ffff:192.0.2.1`
  if (!isVersion6) return address;
  const [left = [], right = []] = address.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  return [...left, ...zeros, ...right].slice(0, 4).join(':');
}
