/** The provider with Google's credentials: a token server and an API on this machine. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { getProvider } from '../../../src/config/get-provider.ts';
import type { AiImageError } from '../../../src/providers/protocol/errors.ts';
import { about } from '../../../src/providers/vertex/about.ts';
import { createVertex } from '../../../src/providers/vertex/index.ts';
import {
  type Answer,
  type AuthServer,
  json,
  openAuthServer,
  PEM,
  serviceAccount,
  token,
} from '../../transport/auth/support.ts';
import { WHITE_PNG } from '../kit/support/vendor.ts';

const project = 'my-project';
const MODEL = '/v1/projects/my-project/locations/global/publishers/google/models/gemini-nano-banana-2.1';
const DRAW = `${MODEL}:generateContent`;
const METADATA = '/computeMetadata/v1/instance/service-accounts/default/token';
const MINUTE = 60_000;

const draws: Answer = (_, response) =>
  json(response, {
    candidates: [{ content: { parts: [{ inlineData: { data: WHITE_PNG.toString('base64') } }] } }],
  });

type Settings = NonNullable<Parameters<typeof createVertex>[0]>;

const at = ({ origin }: AuthServer, settings: Settings = {}) =>
  createVertex({
    project,
    credentials: serviceAccount,
    baseUrl: origin,
    tokenUrl: `${origin}/token`,
    limits: { maxRetries: 1 },
    ...settings,
  });

const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => expect.unreachable('it succeeded'),
    (error: AiImageError) => error,
  );

/** Runs with the monotonic clock and the calendar moved; timers are not affected. */
function moveClocks({ monotonicMs = 0, wallMs = 0 }): void {
  const [now, wallNow] = [performance.now.bind(performance), Date.now.bind(Date)];
  vi.spyOn(performance, 'now').mockImplementation(() => now() + monotonicMs);
  vi.spyOn(Date, 'now').mockImplementation(() => wallNow() + wallMs);
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe('a service account', () => {
  it.each([
    ['an object', serviceAccount],
    ['JSON', JSON.stringify(serviceAccount)],
  ])('given as %s generates with its own token', async (_, credentials) => {
    await using server = await openAuthServer({ '/token': token(), [DRAW]: draws });
    const { images } = await at(server, { credentials }).generate({ prompt: 'a fox' });

    expect(images).toHaveLength(1);
    expect(server.seen.map(({ path }) => path)).toEqual(['/token', DRAW]);
    expect(server.at(DRAW)[0]?.headers.authorization).toBe('Bearer token-1-abcdefgh');
    expect(server.at(DRAW)[0]?.body).not.toContain('PRIVATE KEY');
  });

  it('K22: a service account requests one token for 50 concurrent calls', async () => {
    await using server = await openAuthServer({
      '/token': (seen, response, nth) => void setTimeout(() => token()(seen, response, nth), 50),
      [DRAW]: draws,
    });
    const provider = at(server);
    const all = await Promise.all(Array.from({ length: 50 }, () => provider.generate({ prompt: 'a fox' })));

    expect(all).toHaveLength(50);
    expect([server.at('/token').length, server.at(DRAW).length]).toEqual([1, 50]);
  });

  it('shares the token among the images of one call', async () => {
    await using server = await openAuthServer({ '/token': token(), [DRAW]: draws });
    const { images } = await at(server).generate({ prompt: 'a fox', n: 3 });

    expect([images.length, server.at('/token').length, server.at(DRAW).length]).toEqual([3, 1, 3]);
  });

  it('requests a new token five minutes before the old one expires, and not earlier', async () => {
    await using server = await openAuthServer({ '/token': token(3600), [DRAW]: draws });
    const provider = at(server);
    await provider.generate({ prompt: 'a fox' });
    moveClocks({ monotonicMs: 54 * MINUTE });
    await provider.generate({ prompt: 'a fox' });
    expect(server.at('/token')).toHaveLength(1);

    vi.restoreAllMocks();
    moveClocks({ monotonicMs: 56 * MINUTE });
    await provider.generate({ prompt: 'a fox' });
    expect(server.at('/token')).toHaveLength(2);
    expect(server.at(DRAW).at(-1)?.headers.authorization).toBe('Bearer token-2-abcdefgh');
  });

  it('requests a new token once when the API rejects the old one, and is charged once', async () => {
    await using server = await openAuthServer({
      '/token': token(),
      [DRAW]: (seen, response, nth) =>
        seen.headers.authorization === 'Bearer token-1-abcdefgh'
          ? json(response, { error: { code: 401, message: 'expired', status: 'UNAUTHENTICATED' } }, 401)
          : draws(seen, response, nth),
    });
    const { images } = await at(server).generate({ prompt: 'a fox' });

    expect([images.length, server.at('/token').length, server.at(DRAW).length]).toEqual([1, 2, 2]);
  });

  it('K22: a service account gets an error without a charge and without the secret when its token is refused, and the next call requests a token again', async () => {
    let isKnown = false;
    await using server = await openAuthServer({
      '/token': (seen, response, nth) =>
        isKnown
          ? token()(seen, response, nth)
          : json(response, { error: 'invalid_grant', error_description: 'Account not found' }, 400),
      [DRAW]: draws,
    });
    const provider = at(server);
    const error = await failureOf(provider.generate({ prompt: 'a fox' }));

    expect(error).toMatchObject({ code: 'authentication', charged: 'no' });
    expect(error.message).toMatch(/invalid_grant: Account not found/);
    expect(inspect(error, { depth: 12, showHidden: true })).not.toContain(PEM.slice(60, 120));
    expect(server.at(DRAW)).toHaveLength(0);

    isKnown = true;
    expect((await provider.generate({ prompt: 'a fox' })).images).toHaveLength(1);
  });

  it('gets the error unavailable when its token server is down, and nothing was sent', async () => {
    await using server = await openAuthServer({
      '/token': (_, response) => void response.writeHead(503).end(),
      [DRAW]: draws,
    });

    expect(await failureOf(at(server).generate({ prompt: 'a fox' }))).toMatchObject({
      code: 'unavailable',
      charged: 'no',
    });
    expect(server.at(DRAW)).toHaveLength(0);
  });

  it('gets the error unavailable when a proxy refuses the token request', async () => {
    await using server = await openAuthServer({
      '/token': (_, response) => void response.writeHead(403, { server: 'squid/6.6' }).end('denied'),
      [DRAW]: draws,
    });

    const error = await failureOf(at(server).generate({ prompt: 'a fox' }));
    expect(error).toMatchObject({ code: 'unavailable', charged: 'no' });
    expect(error.message).toContain('the proxy refused the request (HTTP 403, Server)');
    expect(error.hint).toMatch(/^Ask the administrator of the proxy/);
    expect(server.at(DRAW)).toHaveLength(0);
  });

  it('is also checked by the health check, which requests a token', async () => {
    await using server = await openAuthServer({
      '/token': token(),
      [`${MODEL}:countTokens`]: (_, response) => json(response, { totalTokens: 1 }),
    });
    await using stern = await openAuthServer({ '/token': (_, response) => json(response, {}, 401) });

    expect(await at(server).healthCheck()).toMatchObject({ status: 'ok' });
    expect(await at(stern).healthCheck()).toMatchObject({ status: 'failing', code: 'authentication' });
  });
});

describe('a wrong clock', () => {
  /** Accepts an assertion only if its time is correct. */
  const exact =
    (trueNow: () => number): Answer =>
    (seen, response, nth) => {
      const claims = new URLSearchParams(seen.body).get('assertion')?.split('.')[1] ?? '';
      const { iat } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { iat: number };
      if (Math.abs(iat * 1000 - trueNow()) < MINUTE) token()(seen, response, nth);
      else json(response, { error: 'invalid_grant' }, 400, { date: new Date(trueNow()).toUTCString() });
    };

  it.each([-10, 10])(
    'K21: a wrong clock by %i minutes is corrected with the time of the token server',
    async (minutes) => {
      const trueNow = Date.now.bind(Date);
      await using server = await openAuthServer({ '/token': exact(trueNow), [DRAW]: draws });
      moveClocks({ wallMs: minutes * MINUTE });
      const { images } = await at(server).generate({ prompt: 'a fox' });

      expect([images.length, server.at('/token').length]).toEqual([1, 2]);
    },
  );

  it('K21: a wrong clock is named in the error when that does not help', async () => {
    const date = new Date().toUTCString();
    await using server = await openAuthServer({
      '/token': (_, response) => json(response, { error: 'invalid_grant' }, 400, { date }),
    });
    moveClocks({ wallMs: -10 * MINUTE });
    const error = await failureOf(at(server).generate({ prompt: 'a fox' }));

    expect(error).toMatchObject({ code: 'authentication', charged: 'no' });
    expect(error.message).toMatch(/clock of this machine is about 10 minutes behind/);
    expect(server.at('/token')).toHaveLength(2);
  });
});

describe('default credentials', () => {
  // These tests must not use credentials of this machine; an empty variable counts as absent.
  beforeEach(() => {
    for (const name of [...(about.auth.kind === 'own' ? about.auth.env : []), ...Object.values(about.env).flat()])
      vi.stubEnv(name, '');
  });

  const person = {
    type: 'authorized_user',
    client_id: 'client-1',
    client_secret: 'client-secret-0123456789',
    refresh_token: 'refresh-token-0123456789',
    quota_project_id: 'quota-project',
  };

  async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'vertex-'));
    try {
      await body(folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  /** Default credentials as `getProvider` finds them; only the server addresses are set. */
  const found = ({ origin }: AuthServer) =>
    getProvider('vertex', { baseUrl: origin, tokenUrl: `${origin}/token`, metadataUrl: origin });

  it('come from the file in GOOGLE_APPLICATION_CREDENTIALS, for the project in GOOGLE_CLOUD_PROJECT', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'key.json');
      await writeFile(file, JSON.stringify(serviceAccount));
      vi.stubEnv('GOOGLE_CLOUD_PROJECT', project);
      vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', file);
      await using server = await openAuthServer({ '/token': token(), [DRAW]: draws });
      await found(server).generate({ prompt: 'a fox' });

      expect(server.seen.map(({ path }) => path)).toEqual(['/token', DRAW]);
    }));

  it('come from the gcloud command, and name the project that pays', () =>
    inFolder(async (home) => {
      await mkdir(join(home, '.config/gcloud'), { recursive: true });
      await writeFile(join(home, '.config/gcloud/application_default_credentials.json'), JSON.stringify(person));
      vi.stubEnv('HOME', home);
      vi.stubEnv('GOOGLE_CLOUD_PROJECT', project);
      await using server = await openAuthServer({ '/token': token(), [DRAW]: draws });
      await found(server).generate({ prompt: 'a fox' });

      expect(new URLSearchParams(server.at('/token')[0]?.body).get('grant_type')).toBe('refresh_token');
      expect(server.at(DRAW)[0]?.headers['x-goog-user-project']).toBe('quota-project');
    }));

  it('come from the machine itself when there are no others', () =>
    inFolder(async (home) => {
      vi.stubEnv('HOME', home);
      vi.stubEnv('GOOGLE_CLOUD_PROJECT', project);
      const machine: Answer = (_, response) =>
        json(response, { access_token: 'machine-token-abcdefgh', expires_in: 3600 }, 200, {
          'metadata-flavor': 'Google',
        });
      await using server = await openAuthServer({ [METADATA]: machine, [DRAW]: draws });
      await found(server).generate({ prompt: 'a fox' });

      expect(server.at(METADATA)[0]?.headers['metadata-flavor']).toBe('Google');
      expect(server.at(DRAW)[0]?.headers.authorization).toBe('Bearer machine-token-abcdefgh');
    }));
});
