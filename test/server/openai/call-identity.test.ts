/** What makes two requests the same call. */
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { identityOf } from '../../../src/apps/server/http/call-identity.ts';
import { HttpFault } from '../../../src/apps/server/http/http-fault.ts';
import type { ServerEnv } from '../../../src/apps/server/http/server-context.ts';
import { readImageBody } from '../../../src/apps/server/openai/request/read-image-body.ts';
import type { CallIdentity } from '../../../src/apps/server/runs/run-list.ts';

const LIMITS = { limits: { maxJsonBytes: 1e6, maxUploadBytes: 1e6 } } as unknown as Parameters<typeof readImageBody>[1]; // no other limit is read
const PATH = '/v1/images/generations';

const app = new Hono<ServerEnv>();
app.onError((error, c) => c.json({ fault: error instanceof HttpFault ? error.status : 500 }, 500));
app.post('*', async (c) => c.json(await identityOf(c, (await readImageBody(c, LIMITS, 'edit')).hash)));

interface Sent {
  readonly body?: string | FormData;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function identify({
  body = '{"prompt":"a fox"}',
  path = PATH,
  headers = {},
}: Sent = {}): Promise<CallIdentity & { readonly fault?: number }> {
  const type = typeof body === 'string' ? { 'content-type': 'application/json' } : {};
  const answer = await app.request(path, { method: 'POST', body, headers: { ...type, ...headers } });
  return (await answer.json()) as CallIdentity; // what the handler above sends
}

function form(name: string, bytes = [1, 2, 3]): FormData {
  const data = new FormData();
  data.append('prompt', 'a fox');
  data.append('image', new Blob([new Uint8Array(bytes)]), name);
  return data;
}

describe('the hash of a request', () => {
  it('is the same for the same method, path and body', async () => {
    const one = await identify();
    expect(one.hash).toMatch(/^[0-9a-f]{64}$/);
    expect((await identify({ headers: { 'user-agent': 'another' } })).hash).toBe(one.hash);
    expect((await identify({ path: `${PATH}?api-version=1` })).hash).toBe(one.hash);
    expect((await identify({ body: '{"prompt":"a hen"}' })).hash).not.toBe(one.hash);
    expect((await identify({ path: '/v1/images/edits' })).hash).not.toBe(one.hash);
  });

  it('ignores the boundary of a form and the names of its files', async () => {
    const one = await identify({ body: form('one.png') });
    expect((await identify({ body: form('other.png') })).hash).toBe(one.hash);
    expect((await identify({ body: form('one.png', [1, 2, 4]) })).hash).not.toBe(one.hash);
  });
});

describe('a retry', () => {
  it.each([
    [{}, false],
    [{ 'x-stainless-retry-count': '0' }, false],
    [{ 'x-stainless-retry-count': '1' }, true],
    [{ 'x-stainless-retry-count': '1, 1' }, true],
    [{ 'x-stainless-retry-count': '0, 0' }, false],
    [{ 'x-stainless-retry-count': 'many' }, false],
    [{ 'x-imagen-retry': '1' }, true],
    [{ 'x-imagen-retry': 'true' }, true],
    [{ 'x-imagen-retry': '0' }, false],
    [{ 'x-imagen-retry': 'false' }, false],
  ])('is known by its headers: %j', async (headers, isRetry) => {
    expect(await identify({ headers })).toMatchObject({ isRetry });
  });
});

describe('an Idempotency-Key', () => {
  it('is taken as it is', async () => {
    expect(await identify({ headers: { 'idempotency-key': 'order 7/3' } })).toMatchObject({ key: 'order 7/3' });
    expect(await identify()).not.toHaveProperty('key');
  });

  it.each(['', ' ', 'é', 'x'.repeat(256)])('is refused if it is empty, too long or not printable: %j', async (key) => {
    expect(await identify({ headers: { 'idempotency-key': key } })).toEqual({ fault: 400 });
  });
});
