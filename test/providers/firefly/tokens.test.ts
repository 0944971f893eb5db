/**
 * Firefly's authentication and rate limit: the secret is exchanged for a token, the client id is sent with it, and delivery hosts receive
 * neither.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFirefly } from '../../../src/providers/firefly/index.ts';
import { encodeSketch } from '../../../src/testing/index.ts';
import { json, openAuthServer, token } from '../../transport/auth/support.ts';

const SECRET = 'p8e-secret/with+signs==';
const jpeg = Buffer.from(await encodeSketch({ $image: 'jpeg', width: 64, height: 64 }));

let server: Awaited<ReturnType<typeof open>>;
beforeEach(async () => {
  server = await open();
});
afterEach(() => server[Symbol.asyncDispose]());

async function open() {
  const opened: Awaited<ReturnType<typeof openAuthServer>> = await openAuthServer({
    '/ims/token/v3': token(86_399),
    '/v4/images/generate-async': (_, response) =>
      json(response, { links: { result: { href: `${opened.origin}/v4/result/j1` } } }),
    '/v4/result/j1': (_, response) =>
      json(response, { status: 'succeeded', result: { outputs: [{ image: { url: `${opened.origin}/out/0.jpg` } }] } }),
    '/out/0.jpg': (_, response) => void response.writeHead(200, { 'content-type': 'image/jpeg' }).end(jpeg),
  });
  return opened;
}

const settings = () => ({
  apiKey: SECRET,
  clientId: 'my-client-id',
  baseUrl: server.origin,
  tokenUrl: `${server.origin}/ims/token/v3`,
  limits: { minPollIntervalMs: 10, requestsPerMinute: 60_000 },
});

it('exchanges the secret once, and sends token and client id to the API only', async () => {
  const firefly = createFirefly(settings());
  await Promise.all([firefly.generate({ prompt: 'a fox' }), firefly.generate({ prompt: 'a hare' })]);

  expect(server.at('/ims/token/v3')).toHaveLength(1);
  expect(new URLSearchParams(server.at('/ims/token/v3')[0]?.body).get('client_secret')).toBe(SECRET);
  for (const path of ['/v4/images/generate-async', '/v4/result/j1']) {
    for (const { headers } of server.at(path)) {
      expect(headers).toMatchObject({ authorization: 'Bearer token-1-abcdefgh', 'x-api-key': 'my-client-id' });
    }
  }
  expect(server.at('/out/0.jpg')).toHaveLength(2);
  for (const { headers } of server.at('/out/0.jpg')) {
    expect([headers.authorization, headers['x-api-key']]).toEqual([undefined, undefined]);
  }
});

it('accepts a token from elsewhere, and then requests none', async () => {
  const { apiKey: _, ...others } = settings();
  await createFirefly({ ...others, accessToken: () => 'elsewhere-0123456789' }).generate({ prompt: 'a fox' });
  expect(server.at('/ims/token/v3')).toHaveLength(0);
  expect(server.at('/v4/result/j1')[0]?.headers.authorization).toBe('Bearer elsewhere-0123456789');
});

it('names a missing setting before anything is sent', () => {
  const { clientId: _, ...withoutId } = settings();
  expect(() => createFirefly(withoutId)).toThrow(/clientId/);
  const { apiKey: __, ...withoutSecret } = settings();
  expect(() => createFirefly(withoutSecret)).toThrow(/no key is set/);
  expect(server.seen).toEqual([]);
});

it('sends at most four requests a minute, for all callers together', async () => {
  const { limits: _, ...usual } = settings();
  const firefly = createFirefly(usual);
  const waiting = Promise.allSettled([
    firefly.generate({ prompt: 'a fox' }, { deadlineMs: 1_500 }),
    firefly.generate({ prompt: 'a hare' }, { deadlineMs: 1_500 }),
  ]);
  const [first, second] = await waiting;
  // The error of the unsent call says so; the job of the other call can be resumed.
  expect([first, second].map((each) => each.status)).toEqual(['rejected', 'rejected']);
  expect(server.at('/v4/images/generate-async')).toHaveLength(1);
  expect(server.at('/v4/result/j1')).toHaveLength(0);
  expect(first.status === 'rejected' && first.reason).toMatchObject({ code: 'timeout', job: { id: 'j1' } });
  expect(second.status === 'rejected' && second.reason).toMatchObject({ charged: 'no' });
});
