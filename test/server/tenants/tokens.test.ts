/** Tokens: who may send requests, and how many. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createAuthenticate, isEqual, readToken } from '../../../src/apps/server/tenants/authenticate.ts';
import { sha256Sync } from '../../../src/apps/server/tenants/sha256-sync.ts';
import { useGuardedApps } from '../http/guarded-app.ts';
import { hashOf, TOKEN } from '../support.ts';

const start = useGuardedApps();
afterEach(() => {
  vi.useRealTimers();
});

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

describe('S02: a request', () => {
  it('without a token, or with a wrong one, is answered with 401', async () => {
    const { url, reached } = await start();
    const near = `${TOKEN.slice(0, -1)}x`;
    for (const authorization of [
      '',
      'Bearer',
      'Bearer ',
      'Bearer x',
      `Basic ${TOKEN}`,
      `Bearer ${near}`,
      TOKEN,
      `Bearer ${hashOf(TOKEN)}`,
    ]) {
      const answer = await fetch(`${url}/probe`, { headers: authorization === '' ? {} : { authorization } });
      expect(answer.status, authorization).toBe(401);
      expect(answer.headers.get('x-should-retry')).toBe('false');
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      const { error } = (await answer.json()) as { error: { code: string; message: string } };
      expect(error.code).toBe('invalid_api_key');
      expect(error.message).not.toContain(TOKEN);
    }
    expect(reached()).toBe(0);
  });

  it('needs a token for every path but those without data, and paths that do not exist are not told apart', async () => {
    const { url } = await start();
    for (const path of ['/probe', '/v1/models', '/nowhere', '/metrics', '/healthz/x', '//healthz', '/HEALTHZ']) {
      expect((await fetch(`${url}${path}`)).status, path).toBe(401);
    }
    for (const path of ['/healthz', '/readyz']) expect((await fetch(`${url}${path}`)).status, path).toBe(200);
  });

  it('has its token in Authorization, or in api-key as Azure clients send it', async () => {
    const { url } = await start();
    for (const headers of [{ authorization: `bearer ${TOKEN}` }, { 'api-key': TOKEN }]) {
      const answer = await fetch(`${url}/probe`, { headers });
      expect(await answer.json()).toEqual({ caller: 'ada' });
    }
    const both = { authorization: 'Bearer wrong', 'api-key': TOKEN };
    expect((await fetch(`${url}/probe`, { headers: both })).status).toBe(401);
  });
});

describe('S02: the comparison', () => {
  it('finds the holder by the hash alone, wherever the token is in the list', () => {
    const names = ['ada', 'ben', 'cora'];
    const tokens = names.map((name) => ({ name, sha256: hashOf(name).toUpperCase(), models: ['stub'] }));
    const authenticate = createAuthenticate(tokens);
    for (const name of names) expect(authenticate(name)).toEqual({ name, models: ['stub'] });
    expect(authenticate('dan')).toBeUndefined();
  });

  it('hashes as every other SHA-256 does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(Buffer.from(sha256Sync(bytes)).toString('hex')).toBe(createHash('sha256').update(bytes).digest('hex'));
      }),
    );
    for (const length of [0, 55, 56, 63, 64, 119, 120, 100_000]) {
      const text = 'x'.repeat(length);
      expect(Buffer.from(sha256Sync(Buffer.from(text))).toString('hex'), String(length)).toBe(hashOf(text));
    }
  });

  it('looks at every byte, also after a difference', () => {
    const read: number[] = [];
    const watched = new Proxy(new Uint8Array(32), {
      get: (target, key) => {
        if (typeof key === 'string' && /^\d+$/.test(key)) read.push(Number(key));
        return Reflect.get(target, key, target);
      },
    });
    expect(isEqual(watched, new Uint8Array(32).fill(1))).toBe(false);
    expect(read).toEqual(Array.from({ length: 32 }, (_, at) => at));
    expect(isEqual(new Uint8Array(2), new Uint8Array(3))).toBe(false);
    expect(isEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
  });

  it('reads no token out of other headers', () => {
    expect(readToken((name) => ({ cookie: 'token=x', 'x-api-key': 'x' })[name])).toBeUndefined();
  });
});

describe('S29: a token in the query', () => {
  it.each(['token', 'access_token', 'api_key', 'api-key'])(
    'is refused as %s, also beside a right header',
    async (name) => {
      const { url, reached } = await start();
      for (const init of [{}, bearer(TOKEN)]) {
        const answer = await fetch(`${url}/probe?${name}=${TOKEN}`, init);
        expect(answer.status).toBe(401);
        expect(await answer.text()).not.toContain(TOKEN);
      }
      expect(reached()).toBe(0);
    },
  );

  it('is not what a query of another kind is', async () => {
    const { url } = await start();
    expect((await fetch(`${url}/probe?api-version=2025-04-01`, bearer(TOKEN))).status).toBe(200);
  });
});

describe('S15: requests per minute', () => {
  it('are limited for each token, with the time until the next one', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 });
    const { url, reached } = await start({
      limits: { requestsPerMinute: 6 },
      tokens: [
        { name: 'ada', sha256: hashOf(TOKEN), requestsPerMinute: 3 },
        { name: 'ben', sha256: hashOf('ben') },
      ],
    });
    const send = (token = TOKEN) => fetch(`${url}/probe`, bearer(token));
    const first = await send();
    expect(rateHeaders(first)).toEqual(['3', '2', '20s']);
    await send();
    expect(rateHeaders(await send())).toEqual(['3', '0', '1m0s']);
    const refused = await send();
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('20');
    expect(refused.headers.get('retry-after-ms')).toBe('20000');
    expect(refused.headers.get('x-should-retry')).toBe('true');
    expect(await refused.json()).toMatchObject({ error: { type: 'rate_limit_error', code: 'rate_limit_exceeded' } });
    expect((await send('ben')).status).toBe(200);
    expect(reached()).toBe(4);
    vi.setSystemTime(1_800_000_020_000);
    expect((await send()).status).toBe(200);
    expect((await send()).status).toBe(429);
  });

  it('are limited for each address that sends wrong tokens, whatever it writes into X-Forwarded-For', async () => {
    const { url } = await start();
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, at) =>
        fetch(`${url}/probe`, { headers: { authorization: 'Bearer wrong', 'x-forwarded-for': `203.0.113.${at}` } }),
      ),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(100 - refused.length);
    expect(refused.length).toBeGreaterThanOrEqual(69);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    // A person behind the same address is not locked out.
    expect((await fetch(`${url}/probe`, bearer(TOKEN))).status).toBe(200);
  });

  it('count by X-Forwarded-For behind a trusted proxy: its own entry, which is the last one', async () => {
    const { url } = await start({ trustProxy: true });
    const send = (forwarded: string) =>
      fetch(`${url}/probe`, { headers: { authorization: 'Bearer wrong', 'x-forwarded-for': forwarded } });
    const statuses = async (forwarded: (at: number) => string) => {
      const found: number[] = [];
      for (let at = 0; at < 31; at++) found.push((await send(forwarded(at))).status);
      return found.filter((status) => status === 429).length;
    };
    expect(await statuses((at) => `198.51.100.7, 203.0.113.${at}`)).toBe(0);
    expect(await statuses((at) => `203.0.113.${at}, 198.51.100.7`)).toBe(1);
  });
});

const rateHeaders = ({ headers }: Response) =>
  ['limit', 'remaining', 'reset'].map((name) => headers.get(`x-ratelimit-${name}-requests`));
