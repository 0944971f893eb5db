/** Methods that a path does not take, for every route of the server. */
import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../../src/client/routes.ts';
import { useServers } from '../support.ts';

const start = useServers();
const { url, send } = await start();

const OPENAI: readonly (readonly [method: string, path: string])[] = [
  ['POST', '/v1/images/generations'],
  ['POST', '/v1/images/edits'],
  ['POST', '/v1/images/variations'],
  ['POST', '/images/generations'],
  ['POST', '/openai/deployments/stub/images/generations'],
  ['POST', '/v1/responses'],
  ['GET', '/v1/models'],
  ['GET', '/v1/models/stub/stub-1'],
];
const PUBLIC: readonly (readonly [method: string, path: string])[] = [
  ['GET', '/'],
  ['GET', '/healthz'],
  ['GET', '/readyz'],
  ['GET', '/openapi.json'],
  ['GET', '/files/0123456789abcdef/full/1.x/fox.png'],
];
const OWN = Object.values(ROUTES).map(
  ({ method, path }) => [method, path.replace('{id}', '0123456789abcdef')] as const,
);
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'];

/** `export` could also be the id of an image, and is looked for as such. */
const takenAt = (path: string): readonly string[] => {
  const taken = [...OWN, ...OPENAI, ...PUBLIC].flatMap(([method, each]) => {
    const pattern = each.replace('0123456789abcdef', '[^/]+');
    return new RegExp(`^${pattern}$`).test(path) ? [method] : [];
  });
  return METHODS.filter((method) => taken.includes(method === 'HEAD' ? 'GET' : method));
};

const wrongOf = (path: string) => METHODS.filter((method) => !takenAt(path).includes(method));

describe.each([...new Set([...OWN, ...OPENAI, ...PUBLIC].map(([, path]) => path))])('%s', (path) => {
  it.each(wrongOf(path))('is answered with 405 and its methods: %s', async (method) => {
    const answer = await send(path, { method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, takenAt(path).join(', ')]);
    if (method === 'HEAD') return;
    const { error } = (await answer.json()) as { error: { code: string; message: string } };
    expect(error.code).toBe('method_not_allowed');
    expect(error.message).toContain(`does not take ${method}. Use ${takenAt(path)[0]}`);
  });
});

it('a method that no path takes is answered with those of the server', async () => {
  const answer = await send('/v1/models', { method: 'PATCH' });
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST, PUT, DELETE, OPTIONS']);
});

it.each(PUBLIC)('needs no token to be told that a public path has another method: %s %s', async (_, path) => {
  expect((await fetch(`${url}${path}`, { method: 'DELETE' })).status).toBe(405);
});

it.each(['/v1/models', '/nowhere'])('needs a token to be told whether a path exists: %s', async (path) => {
  expect((await fetch(`${url}${path}`, { method: 'DELETE' })).status).toBe(401);
});

it.each(['/nowhere', '/v1/models/', '//v1/models', '/V1/models', '/api'])(
  'bites: %s is no path of the server',
  async (path) => {
    for (const method of ['GET', 'DELETE']) expect((await send(path, { method })).status).toBe(404);
  },
);
