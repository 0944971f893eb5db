/** Google's kinds of tokens, over real sockets: from a key, a person's file, a path, the metadata server. */
import { createPublicKey, verify } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { googleAuth } from '../../../src/transport/index.ts';
import { startStopwatch } from '../../support/stopwatch.ts';
import {
  draw,
  failureOf,
  json,
  movableClock,
  openAuthServer,
  PEM,
  serviceAccount,
  token,
  transportWith,
} from './support.ts';

const yes = (_: unknown, response: Parameters<typeof json>[0]) => json(response, {});
const MINUTE = 60_000;

describe('a service account', () => {
  it('signs an assertion that its public key verifies, and sends the returned token', async () => {
    await using server = await openAuthServer({ '/token': token(), '/draw': yes });
    await draw(transportWith(server, googleAuth({ credentials: serviceAccount, tokenUrl: `${server.origin}/token` })));
    const form = new URLSearchParams(server.at('/token')[0]?.body);
    expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
    const [header = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.');
    const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
    expect(decode(header)).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'kid-1' });
    const { iat, exp, ...rest } = decode(claims);
    expect(rest).toEqual({
      iss: serviceAccount.client_email,
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      aud: `${server.origin}/token`,
    });
    expect([Math.abs(Number(iat) - Date.now() / 1000) < 5, Number(exp) - Number(iat)]).toEqual([true, 3600]);
    const isSigned = verify(
      'RSA-SHA256',
      Buffer.from(`${header}.${claims}`),
      createPublicKey(PEM),
      Buffer.from(signature, 'base64url'),
    );
    expect(isSigned).toBe(true);
    expect(server.at('/draw')[0]?.headers.authorization).toBe('Bearer token-1-abcdefgh');
  });

  it('K22: 50 concurrent calls share one token and one token request', async () => {
    await using server = await openAuthServer({
      '/token': (seen, response, nth) => void setTimeout(() => token()(seen, response, nth), 50),
      '/draw': yes,
    });
    const transport = transportWith(
      server,
      googleAuth({ credentials: serviceAccount, tokenUrl: `${server.origin}/token` }),
    );
    await Promise.all(Array.from({ length: 50 }, () => draw(transport)));
    expect([server.at('/token').length, server.at('/draw').length]).toEqual([1, 50]);
  });

  it('renews its token five minutes before it expires, a short-lived one after nine tenths of its life', async () => {
    await using server = await openAuthServer({ '/token': token(), '/short': token(100), '/draw': yes });
    for (const [path, lifeMs, earlyMs] of [
      ['/token', 60 * MINUTE, 5 * MINUTE],
      ['/short', 100_000, 10_000],
    ] as const) {
      const clock = movableClock();
      const auth = googleAuth({ credentials: serviceAccount, tokenUrl: server.origin + path });
      const transport = transportWith(server, auth, clock);
      await draw(transport);
      clock.move(lifeMs - earlyMs - 2_000);
      await draw(transport);
      expect(server.at(path)).toHaveLength(1);
      clock.move(3_000);
      await draw(transport);
      expect(server.at(path)).toHaveLength(2);
    }
  });

  it('K22: a refused renewal is reported and not cached', async () => {
    let isKind = false;
    await using server = await openAuthServer({
      '/token': (seen, response, nth) =>
        isKind
          ? token()(seen, response, nth)
          : json(response, { error: 'invalid_grant', error_description: 'Account not found' }, 400),
      '/draw': yes,
    });
    const transport = transportWith(
      server,
      googleAuth({ credentials: serviceAccount, tokenUrl: `${server.origin}/token` }),
    );
    const error = await failureOf(draw(transport));
    expect(error).toMatchObject({ name: 'TransportAuthError', step: 'token', outcome: 'failed' });
    expect(error.message).toMatch(/refused the credentials \(HTTP 400, invalid_grant: Account not found\)/);
    expect(server.at('/draw')).toHaveLength(0);
    isKind = true;
    await draw(transport);
    expect(server.at('/draw')).toHaveLength(1);
  });

  it('retries the token request after transient faults', async () => {
    await using server = await openAuthServer({
      '/token': (seen, response, nth) => (nth < 3 ? void response.writeHead(503).end() : token()(seen, response, nth)),
      '/draw': yes,
    });
    await draw(
      transportWith(
        server,
        googleAuth({ credentials: serviceAccount, tokenUrl: `${server.origin}/token` }),
        movableClock(),
      ),
    );
    expect([server.at('/token').length, server.at('/draw').length]).toEqual([3, 1]);
  });

  it('ends at the caller’s deadline if the token server never replies, and sends nothing', async () => {
    await using server = await openAuthServer({ '/token': () => undefined, '/draw': yes });
    const transport = transportWith(
      server,
      googleAuth({ credentials: serviceAccount, tokenUrl: `${server.origin}/token` }),
    );
    const error = await failureOf(draw(transport, { deadlineMs: 200 }));
    expect(error).toMatchObject({ fault: 'timeout', outcome: 'failed' });
    expect(server.at('/draw')).toHaveLength(0);
  });

  it('still fetches the token for other calls if the first caller aborts', async () => {
    await using server = await openAuthServer({
      '/token': (seen, response, nth) => void setTimeout(() => token()(seen, response, nth), 1_000),
      '/draw': yes,
    });
    const transport = transportWith(
      server,
      googleAuth({ credentials: serviceAccount, tokenUrl: `${server.origin}/token` }),
    );
    const controller = new AbortController();
    const first = failureOf(draw(transport, { signal: controller.signal }));
    const second = draw(transport);
    setTimeout(() => controller.abort(), 50);
    const elapsedMs = startStopwatch();
    expect(await first).toMatchObject({ fault: 'aborted' });
    expect(elapsedMs()).toBeLessThan(900);
    await second;
    expect(server.at('/token')).toHaveLength(1);
  });

  it('renews its token once if the API refuses it, and never more often', async () => {
    await using server = await openAuthServer({
      '/token': token(),
      '/draw': (seen, response) =>
        seen.headers.authorization === 'Bearer token-2-abcdefgh' ? json(response, {}) : json(response, {}, 401),
    });
    const transport = transportWith(
      server,
      googleAuth({ credentials: serviceAccount, tokenUrl: `${server.origin}/token` }),
    );
    await draw(transport);
    expect([server.at('/token').length, server.at('/draw').length]).toEqual([2, 2]);

    await using stern = await openAuthServer({ '/token': token(), '/draw': (_, response) => json(response, {}, 401) });
    const refused = transportWith(
      stern,
      googleAuth({ credentials: serviceAccount, tokenUrl: `${stern.origin}/token` }),
    );
    expect(await failureOf(draw(refused))).toMatchObject({ fault: 'authentication', outcome: 'failed' });
    expect(stern.at('/draw')).toHaveLength(2);
  });

  it.each([-10 * MINUTE, 10 * MINUTE])(
    'K21: a service account signs again with the server’s time if the local clock is %d ms off',
    async (offMs) => {
      await using server = await openAuthServer({
        '/token': ({ body }, response, nth) => {
          const claims = (new URLSearchParams(body).get('assertion') ?? '').split('.')[1] ?? '';
          const { iat } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { iat: number };
          if (Math.abs(iat - Date.now() / 1000) < 60) token()({} as never, response, nth);
          else
            json(
              response,
              { error: 'invalid_grant', error_description: 'Invalid JWT: Token must be short-lived' },
              400,
            );
        },
        '/draw': yes,
      });
      const clock = movableClock();
      clock.set(offMs);
      const auth = googleAuth({ credentials: serviceAccount, tokenUrl: `${server.origin}/token` });
      await draw(transportWith(server, auth, clock));
      expect(server.at('/token')).toHaveLength(2);
    },
  );

  it('K21: a service account reports how far the clock is off if that does not help', async () => {
    await using server = await openAuthServer({
      '/token': (_, response) => json(response, { error: 'invalid_grant' }, 400),
      '/draw': yes,
    });
    const clock = movableClock();
    clock.set(-10 * MINUTE);
    const auth = googleAuth({ credentials: serviceAccount, tokenUrl: `${server.origin}/token` });
    const error = await failureOf(draw(transportWith(server, auth, clock)));
    expect(error.message).toMatch(/clock of this machine is about 10 minutes behind/);
    expect(server.at('/token')).toHaveLength(2);
  });
});

describe('a user’s credentials', () => {
  const person = {
    type: 'authorized_user',
    client_id: 'client-1',
    client_secret: 'client-secret-0123456789',
    refresh_token: 'refresh-token-0123456789',
    quota_project_id: 'quota-project',
  };

  it('are refreshed, and name the quota project', async () => {
    await using server = await openAuthServer({ '/token': token(), '/draw': yes });
    await draw(
      transportWith(server, googleAuth({ credentials: JSON.stringify(person), tokenUrl: `${server.origin}/token` })),
    );
    expect(Object.fromEntries(new URLSearchParams(server.at('/token')[0]?.body))).toEqual({
      client_id: person.client_id,
      client_secret: person.client_secret,
      refresh_token: person.refresh_token,
      grant_type: 'refresh_token',
    });
    expect(server.at('/draw')[0]?.headers).toMatchObject({
      authorization: 'Bearer token-1-abcdefgh',
      'x-goog-user-project': 'quota-project',
    });
  });

  it('are read from a file, by default from the one that gcloud writes', async () => {
    const home = await mkdtemp(join(tmpdir(), 'gcloud-'));
    await using server = await openAuthServer({ '/token': token(), '/draw': yes });
    try {
      const named = join(home, 'key.json');
      await writeFile(named, JSON.stringify(person));
      await draw(transportWith(server, googleAuth({ credentialsFile: named, tokenUrl: `${server.origin}/token` })));
      vi.stubEnv('HOME', home);
      const { mkdir } = await import('node:fs/promises');
      await mkdir(join(home, '.config/gcloud'), { recursive: true });
      await writeFile(join(home, '.config/gcloud/application_default_credentials.json'), JSON.stringify(person));
      await draw(transportWith(server, googleAuth({ tokenUrl: `${server.origin}/token` })));
      expect(server.at('/draw')).toHaveLength(2);
    } finally {
      vi.unstubAllEnvs();
      await rm(home, { recursive: true });
    }
  });
});

describe('the metadata server', () => {
  const metadataPath = '/computeMetadata/v1/instance/service-accounts/default/token';

  it('provides the token without other credentials, if it identifies itself', async () => {
    const home = await mkdtemp(join(tmpdir(), 'no-gcloud-'));
    vi.stubEnv('HOME', home);
    try {
      await using server = await openAuthServer({
        [metadataPath]: (_, response) =>
          json(response, { access_token: 'machine-token-abcdefgh', expires_in: 3600 }, 200, {
            'metadata-flavor': 'Google',
          }),
        '/draw': yes,
      });
      await draw(transportWith(server, googleAuth({ metadataUrl: server.origin })));
      expect(server.at(metadataPath)[0]?.headers['metadata-flavor']).toBe('Google');
      expect(server.at('/draw')[0]?.headers.authorization).toBe('Bearer machine-token-abcdefgh');

      await using impostor = await openAuthServer({ [metadataPath]: token(), '/draw': yes });
      const error = await failureOf(draw(transportWith(impostor, googleAuth({ metadataUrl: impostor.origin }))));
      expect(error.message).toMatch(/is not a Google metadata server/);

      await using silent = await openAuthServer({});
      const nothing = await failureOf(draw(transportWith(silent, googleAuth({ metadataUrl: 'http://127.0.0.1:1' }))));
      expect(nothing.message).toMatch(/no credentials were given/);
    } finally {
      vi.unstubAllEnvs();
      await rm(home, { recursive: true });
    }
  });
});

describe('credentials that cannot be used', () => {
  it.each([
    ['no JSON', '{"type":', /is not JSON/],
    ['another type', { type: 'external_account' }, /only service_account and authorized_user/],
    ['a missing part', { ...serviceAccount, client_email: '' }, /lacks client_email/],
    ['an invalid key', { ...serviceAccount, private_key: 'nonsense-nonsense-nonsense' }, /private key cannot be read/],
    [
      'another token server',
      { ...serviceAccount, token_uri: 'https://evil.example/token' },
      /names a token server that is not Google/,
    ],
  ])('%s are refused before anything is sent, and not shown', async (_, credentials, message) => {
    await using server = await openAuthServer({ '/token': token(), '/draw': yes });
    const auth = googleAuth({ credentials, tokenUrl: `${server.origin}/token` });
    const error = await failureOf(draw(transportWith(server, auth)));
    expect(error).toMatchObject({
      fault: 'authentication',
      outcome: 'failed',
      message: expect.stringMatching(message),
    });
    const shown = inspect(error, { depth: 12, showHidden: true }) + JSON.stringify(error);
    for (const secret of ['nonsense-nonsense', PEM.slice(60, 120)]) expect(shown).not.toContain(secret);
    expect(server.seen).toHaveLength(0);
  });

  it('a file that does not exist or is too large', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'keys-'));
    await using server = await openAuthServer({ '/draw': yes });
    try {
      const large = join(folder, 'large.json');
      await writeFile(large, ' '.repeat(70_000));
      const missing = await failureOf(
        draw(transportWith(server, googleAuth({ credentialsFile: join(folder, 'none.json') }))),
      );
      expect(missing.message).toMatch(/does not exist/);
      expect((await failureOf(draw(transportWith(server, googleAuth({ credentialsFile: large }))))).message).toMatch(
        /65536 bytes/,
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('a token server that redirects is not followed with the assertion', async () => {
    await using other = await openAuthServer({ '/token': token() });
    await using server = await openAuthServer({
      '/token': (_, response) => void response.writeHead(307, { location: `${other.origin}/token` }).end(),
      '/draw': yes,
    });
    const auth = googleAuth({ credentials: serviceAccount, tokenUrl: `${server.origin}/token` });
    expect(await failureOf(draw(transportWith(server, auth)))).toMatchObject({ step: 'token', fault: 'redirect' });
    expect(other.seen).toHaveLength(0);
  });
});
