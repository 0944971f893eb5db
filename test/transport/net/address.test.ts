import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPublicAddress, literalAddress, readAddress } from '../../../src/transport/net/address.ts';

/** Every closed block: its first and last address, and the neighbours on both sides when those are public. */
const CLOSED_BLOCKS = [
  { first: '0.0.0.0', last: '0.255.255.255', outside: ['1.0.0.0'] },
  { first: '10.0.0.0', last: '10.255.255.255', outside: ['9.255.255.255', '11.0.0.0'] },
  { first: '100.64.0.0', last: '100.127.255.255', outside: ['100.63.255.255', '100.128.0.0'] },
  { first: '127.0.0.0', last: '127.255.255.255', outside: ['126.255.255.255', '128.0.0.0'] },
  { first: '169.254.0.0', last: '169.254.255.255', outside: ['169.253.255.255', '169.255.0.0'] },
  { first: '172.16.0.0', last: '172.31.255.255', outside: ['172.15.255.255', '172.32.0.0'] },
  { first: '192.0.0.0', last: '192.0.0.255', outside: ['191.255.255.255', '192.0.1.0'] },
  { first: '192.0.2.0', last: '192.0.2.255', outside: ['192.0.1.255', '192.0.3.0'] },
  { first: '192.88.99.0', last: '192.88.99.255', outside: ['192.88.98.255', '192.88.100.0'] },
  { first: '192.168.0.0', last: '192.168.255.255', outside: ['192.167.255.255', '192.169.0.0'] },
  { first: '198.18.0.0', last: '198.19.255.255', outside: ['198.17.255.255', '198.20.0.0'] },
  { first: '198.51.100.0', last: '198.51.100.255', outside: ['198.51.99.255', '198.51.101.0'] },
  { first: '203.0.113.0', last: '203.0.113.255', outside: ['203.0.112.255', '203.0.114.0'] },
  { first: '224.0.0.0', last: '255.255.255.255', outside: ['223.255.255.255'] },
  { first: '::', last: '::1', outside: [] },
  { first: '::ffff:0:0:0', last: '::ffff:0:ffff:ffff', outside: [] },
  { first: '64:ff9b:1::', last: '64:ff9b:1:ffff:ffff:ffff:ffff:ffff', outside: [] },
  { first: '100::', last: '100::ffff:ffff:ffff:ffff', outside: [] },
  { first: '2001::', last: '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff', outside: ['2000:ffff::', '2001:200::'] },
  { first: '2001:db8::', last: '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', outside: ['2001:db7::', '2001:db9::'] },
  { first: '2002::', last: '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff', outside: ['2001:ffff::', '2003::'] },
  { first: '3fff::', last: '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff', outside: ['3ffe:ffff::', '3fff:1000::'] },
  { first: '4000::', last: '5fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', outside: [] },
  { first: 'fc00::', last: 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', outside: [] },
  { first: 'fe80::', last: 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff', outside: [] },
  { first: 'fec0::', last: 'feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', outside: [] },
  { first: 'ff00::', last: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', outside: [] },
] as const;

const ipv4Bytes = fc.uint8Array({ minLength: 4, maxLength: 4 });
const ipv6Bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });

/** All eight groups, nothing shortened. */
const toFullIpv6 = (bytes: Uint8Array) =>
  Array.from({ length: 8 }, (_, group) =>
    (((bytes[group * 2] ?? 0) << 8) | (bytes[group * 2 + 1] ?? 0)).toString(16),
  ).join(':');

describe('a public address', () => {
  it.each(['1.1.1.1', '8.8.8.8', '93.184.215.14', '2606:4700:4700::1111', '2a00:1450:4001:80b::200e', '2003::1'])(
    'can be %s',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it.each(CLOSED_BLOCKS)(
    'is not between $first and $last, and may be right next to them',
    ({ first, last, outside }) => {
      expect(isPublicAddress(first)).toBe(false);
      expect(isPublicAddress(last)).toBe(false);
      for (const neighbour of outside) expect(isPublicAddress(neighbour), neighbour).toBe(true);
    },
  );

  it('R16: a public address is decided by the IPv4 address inside an IPv4-mapped or NAT64 address', () => {
    fc.assert(
      fc.property(ipv4Bytes, (bytes) => {
        const ipv4 = bytes.join('.');
        expect(isPublicAddress(`::ffff:${ipv4}`)).toBe(isPublicAddress(ipv4));
        expect(isPublicAddress(`64:ff9b::${ipv4}`)).toBe(isPublicAddress(ipv4));
      }),
    );
    expect(isPublicAddress('::ffff:8.8.8.8')).toBe(true);
    expect(isPublicAddress('64:ff9b::a9fe:a9fe')).toBe(false);
  });

  it.each([
    ...[
      '',
      ' ',
      'localhost',
      '1.2.3',
      '1.2.3.4.5',
      '256.1.1.1',
      '08.8.8.8',
      '0x8.8.8.8',
      '8.8.8.8 ',
      '8.8.8.8.',
      '134744072',
    ],
    ...['2606::1::1', '2606:4700', ':2606::1', '2606::1:', '2606:::1', '[2606:4700::1]', '2606::12345', '2606::g'],
    ...[
      '2606:1:2:3:4:5:6:7::',
      '2606:1:2:3:4:5:6:7:8',
      '2606:1:2:3:4:5:6:8.8.8.8',
      '8.8.8.8::',
      '2606::1%eth0',
      'fe80::1%eth0',
    ],
  ])('is not %j', (text) => {
    expect(isPublicAddress(text)).toBe(false);
  });
});

describe('parsing an address', () => {
  it('returns its bytes', () => {
    fc.assert(fc.property(ipv4Bytes, (bytes) => void expect(readAddress(bytes.join('.'))).toEqual(bytes)));
    fc.assert(fc.property(ipv6Bytes, (bytes) => void expect(readAddress(toFullIpv6(bytes))).toEqual(bytes)));
  });

  it('accepts every short form that a URL produces', () => {
    const mostlyZero = fc.array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(mostlyZero, (values) => {
        const bytes = Uint8Array.from(values);
        const short = new URL(`http://[${toFullIpv6(bytes)}]`).hostname.slice(1, -1);
        expect(readAddress(short)).toEqual(bytes);
      }),
    );
  });

  it('accepts and refuses the same texts as the platform', () => {
    const nearlyAddress = fc.oneof(
      fc.string({ unit: fc.constantFrom('0', '1', '25', 'f', ':', '::', '.', 'ff9b', '127.0.0.1'), maxLength: 12 }),
      fc.string(),
    );
    fc.assert(
      fc.property(
        nearlyAddress.filter((text) => !text.includes('%')),
        (text) => void expect(readAddress(text) !== undefined, text).toBe(isIP(text) !== 0),
      ),
      { numRuns: 5_000 },
    );
  });

  it('finds the address in a URL, and none in a host name', () => {
    expect(literalAddress(new URL('https://[2606:4700::1]:8443/a'))).toBe('2606:4700::1');
    expect(literalAddress(new URL('https://0x08080808/a'))).toBe('8.8.8.8');
    expect(literalAddress(new URL('https://cdn.example.com/a'))).toBeUndefined();
  });
});
