import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { isPublicAddress } from '../../../src/transport/net/address.ts';
import * as node from '../../../src/transport/platform/node.ts';
import * as web from '../../../src/transport/platform/web.ts';

/** `/redirect` leads to `/end`; everything else answers with bytes. */
const server = createServer((request, response) => {
  requests.push(request);
  if (request.url === '/redirect') response.writeHead(302, { location: '/end' }).end();
  else if (request.url !== '/silent') response.end('bytes');
});
let requests: IncomingMessage[] = [];
let origin = '';

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  requests = [];
});
afterEach(() => vi.unstubAllGlobals());
afterAll(() => {
  server.closeAllConnections();
  return new Promise((done) => server.close(done));
});

const options = (): web.DialOptions => ({
  signal: AbortSignal.timeout(5_000),
  headers: { accept: 'image/*' },
  isAllowed: () => true,
});

/** The platform's own fetch, noting what it was asked, and hiding redirects as a browser does if told so. */
function watchFetch(hidesRedirects: boolean): RequestInit[] {
  const asked: RequestInit[] = [];
  const platformFetch = globalThis.fetch;
  vi.stubGlobal('fetch', async (url: URL, init: RequestInit) => {
    asked.push(init);
    const response = await platformFetch(url, init);
    const isHidden = hidesRedirects && init.redirect === 'manual' && response.status >= 300 && response.status < 400;
    return isHidden ? Object.defineProperty(Response.error(), 'type', { value: 'opaqueredirect' }) : response;
  });
  return asked;
}

describe('dialling with the platform’s fetch', () => {
  it('sends the given headers, and no cookies, referrer or password of the link', async () => {
    const asked = watchFetch(false);
    const response = await web.dial(new URL(origin.replace('//', '//me:password@')), options());
    expect(await response.text()).toBe('bytes');
    expect(requests[0]?.headers.accept).toBe('image/*');
    expect(requests[0]?.headers.authorization).toBeUndefined();
    expect(asked).toMatchObject([{ redirect: 'manual', credentials: 'omit', referrerPolicy: 'no-referrer' }]);
  });

  it('returns a redirect if the platform shows it', async () => {
    const response = await web.dial(new URL('/redirect', origin), options());
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe('/end');
    expect(requests.map(({ url }) => url)).toEqual(['/redirect']);
  });

  it('lets the browser follow a redirect that it hides', async () => {
    const asked = watchFetch(true);
    const response = await web.dial(new URL('/redirect', origin), options());
    expect(await response.text()).toBe('bytes');
    expect(asked.map(({ redirect, credentials }) => ({ redirect, credentials }))).toEqual([
      { redirect: 'manual', credentials: 'omit' },
      { redirect: 'follow', credentials: 'omit' },
    ]);
  });

  it('sets no field at which an edge runtime without cookies and referrers would throw', async () => {
    const asked = watchFetch(false);
    vi.stubGlobal('Request', class {});
    vi.resetModules();
    const edge = await import('../../../src/transport/platform/web.ts');
    await edge.dial(new URL(origin), options());
    expect(Object.keys(asked[0] ?? {}).sort()).toEqual(['headers', 'redirect', 'signal']);
  });

  it('R01: dialling refuses a link with an IP address that is not allowed', async () => {
    await expect(web.dial(new URL(origin), { ...options(), isAllowed: isPublicAddress })).rejects.toMatchObject({
      fault: 'unsafe_url',
      message: 'link to 127.0.0.1 is refused: the address is not allowed',
    });
    expect(requests).toHaveLength(0);
  });

  it('ends with the signal', async () => {
    const signal = AbortSignal.timeout(100);
    const failure = await web.dial(new URL('/silent', origin), { ...options(), signal }).catch((error) => error);
    expect(failure).toBe(signal.reason);
  });

  it('refuses a custom resolver, which it cannot use', async () => {
    await expect(web.dial(new URL(origin), { ...options(), lookup: async () => [] })).rejects.toThrow(TypeError);
    expect(requests).toHaveLength(0);
  });
});

describe('the two platforms', () => {
  it('export the same names and kinds of values, so that both can serve as #platform', () => {
    const shapeOf = (platform: object) =>
      Object.fromEntries(Object.entries(platform).map(([name, value]) => [name, typeof value]));
    expect(shapeOf(web)).toEqual(shapeOf(node));
    const asNode: typeof node = web;
    const asWeb: typeof web = node;
    expect([asNode.isDirectNodeFetch(), asWeb.isDirectNodeFetch()]).toEqual([false, true]);
  });
});
