import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTransport } from '../../../src/transport/create-transport.ts';
import { isPublicAddress } from '../../../src/transport/net/address.ts';
import { type DialOptions, dial, type ResolvedAddress } from '../../../src/transport/platform/node.ts';

/** A `fetch` of the host app, which resolves every name to the server on 127.0.0.1. */
const platformFetch = globalThis.fetch;
const sent: { url: unknown; init: RequestInit }[] = [];
const requests: { url: string; method: string; body: string; headers: NodeJS.Dict<string | string[]> }[] = [];
const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  requests.push({ url: request.url ?? '', method: request.method ?? '', body, headers: request.headers });
  const location = new URL(request.url ?? '', 'http://x').searchParams.get('to');
  if (location !== null) response.writeHead(302, { location }).end();
  else response.end('bytes');
});
let port = 0;

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  port = (server.address() as AddressInfo).port;
});
beforeEach(() => {
  sent.length = 0;
  requests.length = 0;
  globalThis.fetch = (url, init = {}) => {
    sent.push({ url, init });
    const { pathname, search } = new URL(String(url));
    return platformFetch(`http://127.0.0.1:${port}${pathname}${search}`, init);
  };
});
afterEach(() => {
  globalThis.fetch = platformFetch;
  vi.useRealTimers();
});
afterAll(() => {
  server.closeAllConnections();
  return new Promise((done) => server.close(done));
});

const at = (address: string): ResolvedAddress => ({ address, family: address.includes(':') ? 6 : 4 });
const resolvesTo = (...addresses: readonly string[]) => ({ lookup: async () => addresses.map(at) });
const send = (link: string, options: Partial<DialOptions> = {}) =>
  dial(new URL(link), {
    signal: AbortSignal.timeout(20_000),
    headers: { accept: '*/*' },
    isAllowed: isPublicAddress,
    ...resolvesTo('93.184.216.34'),
    ...options,
  });

describe('a link that a fetch of the host app sends', () => {
  it('is sent with plain values, without a password, cookies, referrer, redirects or encoding', async () => {
    const response = await send('https://me:password@cdn.example.com/a.png?sig=1');
    expect(await response.text()).toBe('bytes');
    expect(sent).toMatchObject([
      {
        url: 'https://cdn.example.com/a.png?sig=1',
        init: {
          method: 'GET',
          headers: { accept: '*/*', 'accept-encoding': 'identity' },
          redirect: 'manual',
          credentials: 'omit',
          referrerPolicy: 'no-referrer',
        },
      },
    ]);
    expect(requests[0]?.headers['accept-encoding']).toBe('identity');
  });

  it('can be an upload', async () => {
    const body = new TextEncoder().encode('file');
    await send('https://cdn.example.com/a', { method: 'PUT', body, headers: { 'content-type': 'image/png' } });
    expect(requests).toMatchObject([{ method: 'PUT', body: 'file', headers: { 'content-type': 'image/png' } }]);
  });

  it.each([
    ['10.0.0.5'],
    ['127.0.0.1'],
    ['169.254.169.254'],
    ['::1'],
    ['::ffff:127.0.0.1'],
    ['64:ff9b::7f00:1'],
    ['fec0::1'],
    ['93.184.216.34', '127.0.0.1'],
    ['2606:4700::1111', 'fd00::5'],
  ])(
    'R07: a link that a fetch of the host app sends is not sent if its name resolves to %s %s',
    async (...addresses) => {
      await expect(send('https://cdn.example.com/?sig=secret', resolvesTo(...addresses))).rejects.toMatchObject({
        fault: 'unsafe_url',
        step: 'download',
        message: 'link to cdn.example.com is refused: one of its addresses is not allowed',
      });
      expect(sent).toEqual([]);
    },
  );

  it('R07: a link that a fetch of the host app sends is not sent if the system’s resolver gives a private address', async () => {
    await expect(send('https://localhost/', { lookup: undefined })).rejects.toMatchObject({ fault: 'unsafe_url' });
    expect(sent).toEqual([]);
  });

  it('R14 R16: a link that a fetch of the host app sends with an IP address is checked without a resolver', async () => {
    const lookup = () => Promise.reject(new Error('must not be called'));
    for (const host of ['127.0.0.1', '0x7f.1', '[::1]', '[::ffff:127.0.0.1]', '[64:ff9b::7f00:1]', '[fec0::1]'])
      await expect(send(`https://${host}/`, { lookup })).rejects.toMatchObject({
        fault: 'unsafe_url',
        message: expect.stringContaining('the address is not allowed'),
      });
    expect(sent).toEqual([]);
    expect((await send('https://93.184.216.34/', { lookup })).status).toBe(200);
  });

  it('is sent if only a proxy or a mock knows its name', async () => {
    const lookup = () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }));
    expect((await send('https://cdn.example.com/', { lookup })).status).toBe(200);
    expect((await send('https://cdn.example.com/', resolvesTo())).status).toBe(200);
  });

  it('is sent if no resolver answers within two seconds', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const sending = send('https://cdn.example.com/', { lookup: () => new Promise(() => undefined) });
    await vi.advanceTimersByTimeAsync(1_999);
    expect(sent).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    vi.useRealTimers();
    expect((await sending).status).toBe(200);
  });

  it('ends with the signal, also during the lookup', async () => {
    const caller = new AbortController();
    const sending = send('https://cdn.example.com/', {
      signal: caller.signal,
      lookup: () => {
        queueMicrotask(() => caller.abort('enough'));
        return new Promise(() => undefined);
      },
    });
    await expect(sending).rejects.toBe('enough');
    await expect(send('https://cdn.example.com/', { signal: AbortSignal.abort('before') })).rejects.toBe('before');
    expect(sent).toEqual([]);
  });
});

describe('a download through a fetch of the host app', () => {
  /** Public addresses are used for hosts, so that nothing asks a resolver. */
  const origin = 'https://93.184.216.34';
  const transport = createTransport({ baseUrl: 'https://93.184.216.35/v1', limits: { maxRedirects: 2 } });
  const leadTo = (target: string) => `${origin}/?to=${encodeURIComponent(target)}`;

  it('follows redirects', async () => {
    const { bytes } = await transport.fetchLink(leadTo(leadTo(`${origin}/a.png`)));
    expect(new TextDecoder().decode(bytes)).toBe('bytes');
    expect(sent).toHaveLength(3);
  });

  it.each([
    'http://169.254.169.254/latest/meta-data/',
    'https://127.0.0.1/',
    'https://0x7f.1/',
    'https://[::1]/',
    'https://localhost/',
    'https://metadata.google.internal/',
    'http://93.184.216.34/',
    'https://user:password@93.184.216.34/',
    'file:///etc/hostname',
  ])('R08: a download through a fetch of the host app does not follow a redirect to %s', async (target) => {
    await expect(transport.fetchLink(leadTo(target))).rejects.toMatchObject({ fault: 'unsafe_url' });
    expect(sent).toHaveLength(1);
  });

  it('follows only as many redirects as the limit', async () => {
    await expect(transport.fetchLink(leadTo(leadTo(leadTo(`${origin}/`))))).rejects.toMatchObject({
      fault: 'redirect',
    });
    expect(sent).toHaveLength(3);
  });
});
