/**
 * Parses IP addresses and tells which are on the public internet.
 * Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890), IANA IPv6 Global Unicast Allocations.
 */

/** IPv4 blocks that are not public, including reachable ones that serve no files (anycast relays). */
const NON_PUBLIC_IPV4 = [
  '0.0.0.0/8', // this network, RFC 791
  '10.0.0.0/8', // private use, RFC 1918
  '100.64.0.0/10', // shared by carriers, RFC 6598; also where some clouds keep their metadata service
  '127.0.0.0/8', // loopback, RFC 1122
  '169.254.0.0/16', // link-local, RFC 3927; metadata service of most clouds
  '172.16.0.0/12', // private use, RFC 1918
  '192.0.0.0/24', // IETF protocol assignments, RFC 6890
  '192.0.2.0/24', // documentation, RFC 5737
  '192.88.99.0/24', // 6to4 relays, withdrawn by RFC 7526
  '192.168.0.0/16', // private use, RFC 1918
  '198.18.0.0/15', // benchmarks, RFC 2544
  '198.51.100.0/24', // documentation, RFC 5737
  '203.0.113.0/24', // documentation, RFC 5737
  '224.0.0.0/4', // multicast, RFC 5771
  '240.0.0.0/4', // reserved, RFC 1112; with the broadcast address 255.255.255.255, RFC 919
] as const;

/**
 * The only IPv6 block with public addresses, RFC 4291 and RFC 3513. It excludes all others:
 * `::`, `::1`, `::ffff:0:0:0/96`, `64:ff9b:1::/48`, `100::/64`, `5f00::/16`, `fc00::/7`, `fe80::/10`, `fec0::/10`, `ff00::/8`.
 */
const PUBLIC_IPV6 = '2000::/3';

/** Blocks inside `PUBLIC_IPV6` that are not public. */
const NON_PUBLIC_IPV6 = [
  '2001::/23', // IETF protocol assignments, RFC 2928; with Teredo 2001::/32, which carries an IPv4 address
  '2001:db8::/32', // documentation, RFC 3849
  '2002::/16', // 6to4, RFC 3056: carries an IPv4 address, and its relays are withdrawn
  '3fff::/20', // documentation, RFC 9637
] as const;

/**
 * IPv6 blocks whose last 32 bits are the IPv4 address that is reached; that address is checked instead.
 * A NAT64 prefix that a network has chosen itself cannot be recognised.
 */
const EMBEDDED_IPV4 = [
  '::ffff:0:0/96', // IPv4-mapped, RFC 4291
  '64:ff9b::/96', // NAT64, RFC 6052
] as const;

interface Block {
  readonly start: Uint8Array;
  readonly prefixBits: number;
}

const nonPublicIpv4 = NON_PUBLIC_IPV4.map(readBlock);
const publicIpv6 = readBlock(PUBLIC_IPV6);
const nonPublicIpv6 = NON_PUBLIC_IPV6.map(readBlock);
const embeddedIpv4 = EMBEDDED_IPV4.map(readBlock);

/**
 * Returns whether an address is on the public internet.
 * @param ip IPv4 or IPv6 address as a resolver returns it, without brackets
 * @returns `false` also for text that is not an address and for addresses with a zone (`fe80::1%eth0`)
 */
export function isPublicAddress(ip: string): boolean {
  const address = readAddress(ip);
  if (address === undefined) return false;
  if (address.length === 4) return !isInside(address, nonPublicIpv4);
  if (isInside(address, embeddedIpv4)) return !isInside(address.subarray(12), nonPublicIpv4);
  return isInside(address, [publicIpv6]) && !isInside(address, nonPublicIpv6);
}

/**
 * Returns the IP address in a URL's host.
 * @returns the address without brackets, or `undefined` if the host is a name
 */
export function literalAddress(url: URL): string | undefined {
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
  return readAddress(host) === undefined ? undefined : host;
}

/**
 * Parses an address strictly: four decimal parts without leading zeros, or IPv6 of RFC 4291.
 * @returns 4 or 16 bytes in network order, or `undefined`
 */
export function readAddress(ip: string): Uint8Array | undefined {
  return ip.includes(':') ? readIpv6(ip) : readIpv4(ip);
}

function readIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  const isPlain = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256);
  return isPlain ? Uint8Array.from(parts, Number) : undefined;
}

function readIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = readGroups(halves[0] ?? '', halves.length === 1);
  const tail = readGroups(halves[1] ?? '', halves.length === 2);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  // `::` stands for at least one group; without `::` all groups must be present.
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined;
  const address = new Uint8Array(16);
  address.set(head);
  address.set(tail, 16 - tail.length);
  return address;
}

/** Parses groups separated by colons. @param mayEndInIpv4 true if the groups are the end of the address */
function readGroups(text: string, mayEndInIpv4: boolean): readonly number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 255);
      continue;
    }
    const ipv4 = mayEndInIpv4 && index === groups.length - 1 ? readIpv4(group) : undefined;
    if (ipv4 === undefined) return undefined;
    bytes.push(...ipv4);
  }
  return bytes.length <= 16 ? bytes : undefined;
}

function readBlock(text: string): Block {
  const [ip = '', prefixBits] = text.split('/');
  const start = readAddress(ip);
  if (start === undefined) throw new TypeError(`${text} is not a block of addresses`);
  return { start, prefixBits: Number(prefixBits) };
}

function isInside(address: Uint8Array, blocks: readonly Block[]): boolean {
  return blocks.some(
    ({ start, prefixBits }) => start.length === address.length && sharesPrefix(address, start, prefixBits),
  );
}

function sharesPrefix(left: Uint8Array, right: Uint8Array, bits: number): boolean {
  for (let index = 0; index * 8 < bits; index++) {
    const mask = (0xff << Math.max(0, 8 - (bits - index * 8))) & 0xff;
    if (((left[index] ?? 0) & mask) !== ((right[index] ?? 0) & mask)) return false;
  }
  return true;
}
