/** Web pages that send requests to the server of the person who looks at them. */
import { beforeAll, describe, expect, it } from 'vitest';
import { TOKEN } from '../support.ts';
import { type GuardedApp, useGuardedApps } from './guarded-app.ts';
import { type RawAnswer, requestText, sendRaw } from './raw-request.ts';

const start = useGuardedApps();
let app: GuardedApp;
beforeAll(async () => {
  app = await start({
    hosts: ['Images.example.com', 'fd00::1'],
    origins: ['https://app.example.com'],
    publicUrl: 'https://pub.example.com/imagen',
    mount: (server) => {
      server.get('/events', (c) => c.body('data: {}\n\n', 200, { 'content-type': 'text/event-stream' }));
    },
  });
});

const AUTH = { authorization: `Bearer ${TOKEN}` };
const JSON_TYPE = { 'content-type': 'application/json' };

const send = (method: string, headers: Record<string, string>, body = '', path = '/probe'): Promise<RawAnswer> =>
  sendRaw(app.port, requestText(method, path, { ...AUTH, ...headers }, body));

const codeOf = ({ body }: RawAnswer): unknown => JSON.parse(body).error.code;

describe('S03: the Host header', () => {
  it.each(['evil.example', 'evil.example:4242', '127.0.0.1.evil.example', '', 'localhost.', '127.0.0.2', '[::2]'])(
    'is refused: %j',
    async (host) => {
      const before = app.reached();
      const answer = await send('POST', { host, ...JSON_TYPE }, '{}');
      expect([421, 400]).toContain(answer.status);
      expect(app.reached()).toBe(before);
    },
  );

  it.each([
    ...['127.0.0.1', '127.0.0.1:4242', 'localhost:1', 'LOCALHOST', '[::1]', '[::1]:4242'],
    ...['images.example.com', 'IMAGES.example.com:443', '[fd00::1]:80', 'pub.example.com'],
  ])('is accepted: %j', async (host) => {
    expect((await send('GET', { host })).status).toBe(200);
  });

  it('is also what a request line with an address of its own has', async () => {
    const own = await send('GET', {}, '', 'http://127.0.0.1/probe');
    const foreign = await send('GET', {}, '', 'http://evil.example/probe');
    expect([own.status, foreign.status]).toEqual([200, 421]);
  });

  it('does not matter to a health check, which has no data', async () => {
    expect((await send('GET', { host: '10.1.2.3:4242' }, '', '/healthz')).status).toBe(200);
  });
});

describe('S04: a page of another site', () => {
  const FOREIGN = [
    'https://evil.example',
    'null',
    'http://127.0.0.1:1',
    'https://app.example.com.evil.example',
    'http://app.example.com',
  ];
  it.each(FOREIGN)('sends no request from the origin %j', async (origin) => {
    const before = app.reached();
    const answer = await send('POST', { origin, ...JSON_TYPE }, '{}');
    expect([answer.status, codeOf(answer)]).toEqual([403, 'origin_not_allowed']);
    expect(app.reached()).toBe(before);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'text/plain; application/json', 'application/jsonp', ''])(
    'sends no body that needs no question before: %j',
    async (type) => {
      const before = app.reached();
      const answer = await send('POST', { 'content-type': type }, '{}');
      expect([answer.status, codeOf(answer)]).toEqual([415, 'unsupported_media_type']);
      expect(app.reached()).toBe(before);
    },
  );

  it('sends no body without a type', async () => {
    expect((await send('POST', {}, '{}')).status).toBe(415);
    expect((await send('PUT', {})).status).toBe(415);
  });

  it('leaves programs alone, which send no origin', async () => {
    expect(
      (await send('POST', { 'sec-fetch-mode': 'cors', 'content-type': 'Application/JSON; charset=utf-8' }, '{}'))
        .status,
    ).toBe(200);
    expect((await send('POST', { 'content-type': 'multipart/form-data; boundary=x' }, '--x--')).status).toBe(200);
    expect((await send('DELETE', {})).status).toBe(200);
  });

  it.each(['http://127.0.0.1:4242', 'https://pub.example.com'])(
    'is not a page of the server itself, at %s',
    async (origin) => {
      expect((await send('POST', { host: '127.0.0.1:4242', origin, ...JSON_TYPE }, '{}')).status).toBe(200);
    },
  );
});

describe('S05: Sec-Fetch-Site', () => {
  it.each(['cross-site', 'same-site', 'anything'])('%s is refused', async (site) => {
    const before = app.reached();
    expect((await send('GET', { 'sec-fetch-site': site })).status).toBe(403);
    expect(app.reached()).toBe(before);
  });

  it.each(['same-origin', 'none'])('%s is accepted', async (site) => {
    expect((await send('GET', { 'sec-fetch-site': site })).status).toBe(200);
  });
});

describe('S06: the question before a request of a page', () => {
  const ask = (origin: string) =>
    sendRaw(
      app.port,
      requestText('OPTIONS', '/probe', {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization, x-stainless-lang',
        'sec-fetch-site': 'cross-site',
      }),
    );

  it('is answered to a listed origin, without a token', async () => {
    const { status, headers } = await ask('https://app.example.com');
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe('https://app.example.com');
    expect(headers.get('access-control-allow-headers')).toBe('authorization, x-stainless-lang');
    expect(headers.get('access-control-allow-credentials')).toBeUndefined();
    expect(headers.get('vary')).toContain('origin');
  });

  it.each(['https://evil.example', 'null', 'https://app.example.com:8443'])('is refused to %s', async (origin) => {
    const { status, headers } = await ask(origin);
    expect(status).toBe(403);
    expect(headers.get('access-control-allow-origin')).toBeUndefined();
  });

  it('is followed by an answer that the listed page may read, also if it is an error', async () => {
    const page = { origin: 'https://app.example.com', 'sec-fetch-site': 'cross-site', ...JSON_TYPE };
    for (const [headers, status] of [
      [page, 200],
      [{ ...page, authorization: 'Bearer wrong' }, 401],
    ] as const) {
      const answer = await send('POST', headers, '{}');
      expect(answer.status).toBe(status);
      expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
      expect(answer.headers.get('access-control-expose-headers')).toContain('x-request-id');
    }
  });

  it('is never answered with a star, whatever is asked', async () => {
    for (const origin of ['https://app.example.com', 'https://evil.example', 'null']) {
      expect([...(await ask(origin)).headers.values()]).not.toContain('*');
    }
  });
});

describe('S07: a stream of events', () => {
  it('is refused to a foreign origin', async () => {
    const headers = { origin: 'https://evil.example', accept: 'text/event-stream' };
    expect((await send('GET', headers, '', '/events')).status).toBe(403);
    expect((await send('GET', {}, '', '/events')).status).toBe(200);
  });

  it('is not a WebSocket: an upgrade is ignored, and its origin is checked', async () => {
    const upgrade = {
      connection: 'upgrade',
      upgrade: 'websocket',
      'sec-websocket-key': 'x',
      'sec-websocket-version': '13',
    };
    const text = requestText('GET', '/probe', {
      ...AUTH,
      ...upgrade,
      connection: 'upgrade, close',
      origin: 'https://evil.example',
    });
    expect((await sendRaw(app.port, text)).status).toBe(403);
  });
});

describe('S22: methods', () => {
  it.each(['TRACE', 'PATCH', 'PROPFIND', 'OPTIONS'])('%s is answered with 405', async (method) => {
    const before = app.reached();
    expect((await send(method, {})).status).toBe(405);
    expect(app.reached()).toBe(before);
  });

  it('CONNECT closes the connection', async () => {
    expect((await sendRaw(app.port, 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n')).body).toBe(
      '',
    );
  });

  it('cannot be overridden by a header or by the query', async () => {
    const override = { 'x-http-method-override': 'DELETE', 'x-http-method': 'DELETE', 'x-method-override': 'DELETE' };
    const answer = await send('POST', { ...override, ...JSON_TYPE }, '{}', '/only-delete?_method=DELETE');
    expect(answer.status).toBe(404);
    expect(codeOf(answer)).toBe('not_found');
  });
});
