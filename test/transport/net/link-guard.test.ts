import { createServer } from 'node:net';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TransportError } from '../../../src/transport/errors.ts';
import { isPublicAddress } from '../../../src/transport/net/address.ts';
import { checkLink, type LinkRules, originOf } from '../../../src/transport/net/link-guard.ts';
import { dial } from '../../../src/transport/platform/node.ts';

/** Anyone who reaches this port was led to a private address. */
const victim = createServer((socket) => {
  dialled += 1;
  socket.destroy();
});
let dialled = 0;
let port = 0;

beforeAll(async () => {
  await new Promise<void>((done) => victim.listen(0, '127.0.0.1', done));
  const address = victim.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterAll(() => new Promise((done) => victim.close(done)));

const open: LinkRules = { trustedOrigins: new Set() };
const alsoPlain: LinkRules = { trustedOrigins: new Set(), secureOnly: false };

/** Checks and dials like a download does; resolves only when something answered. */
async function follow(link: string | URL, rules: LinkRules) {
  const url = checkLink(link, rules);
  return dial(url, { headers: {}, signal: AbortSignal.timeout(2_000), isAllowed: isPublicAddress });
}

const platformFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = platformFetch;
});

/** Expects the same refusal of a link that is dialled, and of one that a `fetch` of the host app sends. */
async function refusalOf(link: string | URL, rules: LinkRules = open): Promise<TransportError> {
  const dialling = await expectRefusal(link, rules);
  globalThis.fetch = (...request) => platformFetch(...request);
  const fetching = await expectRefusal(link, rules);
  globalThis.fetch = platformFetch;
  expect(fetching.message).toBe(dialling.message);
  return dialling;
}

async function expectRefusal(link: string | URL, rules: LinkRules): Promise<TransportError> {
  const outcome = await follow(link, rules).catch((error: unknown) => error);
  expect(outcome, String(link)).toBeInstanceOf(TransportError);
  expect(outcome).toMatchObject({ fault: 'unsafe_url', step: 'download', outcome: 'failed' });
  return outcome as TransportError;
}

describe('links to private addresses', () => {
  it.each([
    ['R01: loopback', (at: number) => `http://127.0.0.1:${at}/`],
    ['R02: the metadata service of a cloud', () => 'http://169.254.169.254/latest/meta-data/'],
    ['R03: IPv6 loopback', (at: number) => `http://[::1]:${at}/`],
    ['R04: an IPv4 address written as IPv6', () => 'http://[::ffff:a9fe:a9fe]/'],
    ['R05: an address written as one number', (at: number) => `http://2130706433:${at}/`],
    ['R06: localhost with a trailing dot', (at: number) => `http://localhost.:${at}/`],
  ])('%s is not dialled, over http or https', async (_name, link) => {
    await refusalOf(link(port));
    await refusalOf(link(port), alsoPlain);
    await refusalOf(link(port).replace('http:', 'https:'));
    expect(dialled).toBe(0);
  });

  it('R08: a redirect is checked like the first link', async () => {
    const hop = new URL('http://169.254.169.254/latest/meta-data/', 'https://cdn.example.com/a.png');
    expect((await refusalOf(hop)).message).toBe(
      'link to 169.254.169.254 is refused: it is not encrypted, only https is followed',
    );
  });

  it('R10 R17: schemes other than http and https are refused', async () => {
    for (const link of [
      'file:///etc/hostname',
      'gopher://127.0.0.1:70/_x',
      'data:image/png;base64,AAAA',
      'ftp://cdn.example.com/a',
    ]) {
      expect((await refusalOf(link, alsoPlain)).message).toBe('link is refused: its scheme is not https');
      await refusalOf(new URL(link), alsoPlain);
    }
  });

  it('R11: an http link is refused, unless the rules allow http', async () => {
    const link = 'http://cdn.example.com/a.png';
    expect((await refusalOf(link)).message).toBe(
      'link to cdn.example.com is refused: it is not encrypted, only https is followed',
    );
    expect(checkLink(link, alsoPlain).href).toBe(link);
  });
});

/** Ways to write a host that must not be reached. Each is tried with http and https, with the port of a server that listens. */
const HOSTS = [
  // Loopback as numbers.
  ...[
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '127.255.255.254',
    '0177.0.0.1',
    '0177.1',
    '0x7f.1',
    '0x7f.0x0.0x0.0x1',
    '0x7F000001',
  ],
  ...['2130706433', '017700000001', '127.0.0.1.', '127.0.0.1..', '0', '0.0.0.0', '0x0', '0x', '%30'],
  // Digits and dots that Unicode or percent-encoding folds into plain ones.
  ...[
    '１２７.０.０.１',
    '127。0。0。1',
    '127．0．0．1',
    '127｡0｡0｡1',
    '①②⑦.⓪.⓪.①',
    '%31%32%37.0.0.1',
    '127%2e0%2e0%2e1',
  ],
  // Metadata services and private networks.
  ...[
    '169.254.169.254',
    '2852039166',
    '0xa9fea9fe',
    '0251.0376.0251.0376',
    '169.254.43518',
    '100.100.100.200',
    '192.0.0.192',
  ],
  ...['10.0.0.5', '012.0.0.5', '172.16.0.1', '172.31.255.255', '192.168.0.1', '192.168.257', '198.18.0.1', '224.0.0.1'],
  ...['255.255.255.255', '4294967295'],
  // IPv6, and IPv4 inside it.
  ...[
    '[::1]',
    '[::]',
    '[0:0:0:0:0:0:0:1]',
    '[::127.0.0.1]',
    '[::7f00:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::FFFF:a9fe:a9fe]',
  ],
  ...[
    '[::ffff:0:127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[64:ff9b::127.0.0.1]',
    '[64:ff9b:1::a00:5]',
    '[2002:7f00:1::]',
    '[2001:0:7f00:1::]',
  ],
  ...[
    '[2001:db8::1]',
    '[fe80::1]',
    '[fe80::1%25eth0]',
    '[fe80::1%eth0]',
    '[fec0::1]',
    '[fc00::1]',
    '[fd00:ec2::254]',
    '[ff02::1]',
  ],
  ...['[100::1]', '[5f00::1]', '[3fff::1]', '[::1', '::1', '[127.0.0.1]'],
  // Names.
  ...[
    'localhost',
    'LOCALHOST',
    'localhost.',
    'localhost..',
    'ｌｏｃａｌｈｏｓｔ',
    'ⓛocalhost',
    'loc%61lhost',
    'a.localhost',
    'a.localhost.',
  ],
  ...[
    'local\u00adhost',
    'localhost。',
    'localhost.localdomain',
    'ip6-localhost',
    'printer',
    'printer.local',
    'nas.lan',
    'wiki.corp',
  ],
  ...[
    'router.home.arpa',
    '1.0.0.127.in-addr.arpa',
    'metadata.google.internal',
    'METADATA.google.internal.',
    'metadata.goog',
  ],
  ...[
    'metadata',
    'dev.test',
    '.',
    '..',
    'a..example.com',
    'a;b.example.com',
    `${'a'.repeat(64)}.example.com`,
    'a.'.repeat(130),
  ],
] as const;

/** Whole links that two readers could read differently, or that are no link. `PORT` is where a server listens. */
const LINKS = [
  ...[
    'http://cdn@127.0.0.1:PORT/',
    'http://cdn.example.com:443@127.0.0.1:PORT/',
    'http://cdn.example.com%40@127.0.0.1:PORT/',
  ],
  ...[
    'http://127.0.0.1:PORT#@cdn.example.com',
    'http://127.0.0.1:PORT?@cdn.example.com',
    'http://127.0.0.1:PORT\\@cdn.example.com/',
  ],
  ...[
    'https://cdn.example.com\\@127.0.0.1:PORT/',
    'https:\\\\127.0.0.1:PORT/',
    '\\\\127.0.0.1\\share',
    'https://user:pw@cdn.example.com/',
  ],
  ...[
    '//169.254.169.254/',
    '//127.0.0.1:PORT/',
    '/etc/hostname',
    '127.0.0.1:PORT',
    'https:/127.0.0.1:PORT/',
    'https:127.0.0.1:PORT',
  ],
  ...[
    'https:///127.0.0.1:PORT/',
    'https:////cdn.example.com/',
    'https://',
    'https://?',
    'https://#',
    '',
    'null',
    'undefined',
  ],
  ...[
    'ht\ttp://127.0.0.1:PORT/',
    'https://127.0.\n0.1:PORT/',
    'https://cdn.exam\tple.com/',
    'https://cdn.example.com/a\r\nb',
  ],
  ...[
    ' https://cdn.example.com/',
    'https://cdn.example.com/ ',
    '\u00a0https://cdn.example.com/',
    '\ufeffhttps://cdn.example.com/',
  ],
  ...[
    '\0https://cdn.example.com/',
    'https://cdn.example.com\0.evil.com/',
    'https://cdn.example.com/\u0085',
    'https://cdn.example.com/\u007f',
  ],
  ...[
    'https://cdn.example.com:0/',
    'https://cdn.example.com:65536/',
    'https://cdn.example.com:-1/',
    'https://cdn.example.com:8o/',
  ],
  ...[
    'blob:https://cdn.example.com/1',
    'blob:http://127.0.0.1:PORT/1',
    'view-source:https://cdn.example.com/',
    'javascript:alert(1)',
  ],
  ...[
    'ws://127.0.0.1:PORT/',
    'jar:https://cdn.example.com/a!/',
    'ＨＴＴＰＳ://127.0.0.1:PORT/',
    'url:https://127.0.0.1:PORT/',
  ],
] as const;

describe('spellings of private addresses', () => {
  it('R14: the table is long', () => {
    expect(new Set([...HOSTS, ...LINKS]).size).toBeGreaterThan(120);
  });

  it.each(HOSTS)('R14: the host %j is not dialled', async (host) => {
    for (const scheme of ['http', 'https']) await refusalOf(`${scheme}://${host}:${port}/a.png`, alsoPlain);
    expect(dialled).toBe(0);
  });

  it.each(LINKS)('R14: the link %j is not dialled', async (link) => {
    await refusalOf(link.replace('PORT', String(port)), alsoPlain);
    expect(dialled).toBe(0);
  });

  it('R14: every numeric form of an address is judged by the address it stands for', () => {
    const spell = {
      dotted: (bytes: Uint8Array) => bytes.join('.'),
      decimal: (bytes: Uint8Array) => String(toNumber(bytes)),
      hexadecimal: (bytes: Uint8Array) => `0x${toNumber(bytes).toString(16)}`,
      octal: (bytes: Uint8Array) => [...bytes].map((byte) => `0${byte.toString(8)}`).join('.'),
      mapped: (bytes: Uint8Array) => `[::ffff:${bytes.join('.')}]`,
    };
    const toNumber = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
    const passes = (host: string) => {
      try {
        checkLink(`https://${host}/`, open);
        return true;
      } catch {
        return false;
      }
    };
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 4, maxLength: 4 }),
        fc.constantFrom(...Object.values(spell)),
        (bytes, write) => {
          expect(passes(write(bytes))).toBe(isPublicAddress(bytes.join('.')));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('a link that passes also passes again unchanged, so every parser sees the same host', () => {
    const host = fc.oneof(
      fc.domain(),
      fc.string({
        unit: fc.constantFrom('1', '127', '0x7f', '.', '。', 'localhost', 'com', '%2e', '%31', '-'),
        maxLength: 8,
      }),
    );
    fc.assert(
      fc.property(host, fc.webPath(), (name, path) => {
        let passed: URL;
        try {
          passed = checkLink(`https://${name}${path}`, open);
        } catch (error) {
          expect(error).toMatchObject({ fault: 'unsafe_url' });
          return;
        }
        expect(checkLink(passed.href, open).href).toBe(passed.href);
        expect(passed.hostname.endsWith('.')).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('links that may be followed', () => {
  it.each([
    'https://cdn.example.com/a.png?sig=a%2Fb&Expires=1',
    'https://cdn.example.com:8443/a b.png',
    'https://r3---sn_a.cdn.example.com/',
    'https://bücher.example.com/',
    'https://8.8.8.8/a.png',
    'https://[2606:4700::1111]/a.png',
    'https://notlocalhost.com/',
    'https://mylocal.net/',
    'HTTPS://CDN.EXAMPLE.COM/A.png',
  ])('%s passes', (link) => {
    expect(checkLink(link, open).href).toBe(new URL(link).href);
    expect(checkLink(new URL(link), open).href).toBe(new URL(link).href);
  });

  it('lose the trailing dot of their host, and the given URL object stays unchanged', () => {
    const given = new URL('https://cdn.example.com./a.png');
    expect(checkLink(given, open).href).toBe('https://cdn.example.com/a.png');
    expect(given.hostname).toBe('cdn.example.com.');
  });

  it('R18: links that may be followed are limited to the allowed hosts and their subdomains if hosts are listed', () => {
    const listed: LinkRules = {
      ...open,
      allowedHosts: ['Example.com', 'files.example.org.', '8.8.8.8', '2606:4700::1'],
    };
    for (const host of [
      'example.com',
      'cdn.example.com',
      'a.b.example.com.',
      'files.example.org',
      '8.8.8.8',
      '[2606:4700::1]',
    ]) {
      expect(() => checkLink(`https://${host}/`, listed), host).not.toThrow();
    }
    for (const host of [
      'notexample.com',
      'example.com.evil.com',
      'example.org',
      'evil.com',
      '8.8.4.4',
      '[2606:4700::2]',
    ]) {
      expect(() => checkLink(`https://${host}/`, listed), host).toThrow('not one of the allowed hosts');
    }
  });

  it('are none if the list is empty, and an invalid entry allows nothing', () => {
    for (const allowedHosts of [[], [''], ['.'], ['*'], ['*.example.com'], ['example.com:443'], ['8']]) {
      expect(() => checkLink('https://cdn.example.com/', { ...open, allowedHosts })).toThrow(
        'not one of the allowed hosts',
      );
      expect(() => checkLink('https://8.8.8.8/', { ...open, allowedHosts })).toThrow('not one of the allowed hosts');
    }
  });

  it('never lead to a private address because it is listed', async () => {
    await refusalOf(`https://127.0.0.1:${port}/`, { ...open, allowedHosts: ['127.0.0.1'] });
    await refusalOf(`https://localhost:${port}/`, { ...open, allowedHosts: ['localhost'] });
    expect(dialled).toBe(0);
  });
});

describe('a trusted origin', () => {
  const trusting = (origin: string): LinkRules => ({ trustedOrigins: new Set([originOf(origin)]) });

  it('R19: a trusted origin passes as configured, but not with another port, scheme or name of the same machine', async () => {
    const rules = trusting('http://127.0.0.1:8188/api');
    expect(checkLink('http://127.0.0.1:8188/view?filename=a.png', rules).href).toBe(
      'http://127.0.0.1:8188/view?filename=a.png',
    );
    await refusalOf(`http://127.0.0.1:${port}/`, rules);
    await refusalOf('https://127.0.0.1:8188/', rules);
    await refusalOf('http://localhost:8188/', rules);
    await refusalOf('http://127.0.0.2:8188/', rules);
    expect(dialled).toBe(0);
  });

  it('is recognised in every spelling of the same host', () => {
    expect(checkLink('http://0x7f.1:8188/a', trusting('http://127.0.0.1:8188')).host).toBe('127.0.0.1:8188');
  });

  it('does not apply to other schemes', async () => {
    await refusalOf('blob:http://127.0.0.1:8188/1', trusting('http://127.0.0.1:8188'));
    await refusalOf('file:///etc/hostname', { trustedOrigins: new Set(['null']) });
  });

  it('contains no path, credential or default port', () => {
    expect(originOf('https://user:pw@API.example.com:443/v1?x=1')).toBe('https://api.example.com');
    expect(originOf(new URL('http://127.0.0.1:8188/'))).toBe('http://127.0.0.1:8188');
    expect(() => originOf('file:///etc')).toThrow('its scheme is not https');
  });
});

describe('a refusal', () => {
  it('names the reason and the host, and never the secret parts of a link', async () => {
    const refusal = await refusalOf('https://me:password@127.0.0.1/secret-path?sig=secret-signature#secret-part');
    expect(refusal.message).toBe('link to 127.0.0.1 is refused: it contains a user name or password');
    const private_ = await refusalOf('https://127.0.0.1/secret-path?sig=secret-signature');
    expect(private_.message).toBe('link to 127.0.0.1 is refused: not a public address');
    for (const link of [
      'secret',
      'secret:secret',
      'https://secret secret/',
      ' https://secret.com/secret',
      'file:///secret',
    ]) {
      const { message, cause } = await refusalOf(link);
      expect(message).not.toContain('secret');
      expect(cause).toBeUndefined();
    }
  });
});
