import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import {
  type AuthDeclaration,
  bearer,
  headerKey,
  noKey,
  queryKey,
} from '../../../../src/providers/kit/adapter/about.ts';
import { defineProvider, get, post } from '../../../../src/providers/kit/index.ts';

/** An adapter that differs from others in how it shows its key. */
const withAuth = (auth: AuthDeclaration) =>
  defineProvider({
    about: { id: 'acme', title: 'Acme', aliases: [], auth },
    baseUrl: 'https://api.acme.example',
    models: {
      'acme-1': {
        title: 'Acme 1',
        sizes: { kind: 'list', sizes: ['64x64'] },
        formats: ['png'],
        maxImages: 1,
        maxPromptLength: 100,
        source: 'this test',
      },
    },
    defaultModel: 'acme-1',
    optionsSchema: z.strictObject({}),
    toRequest: ({ prompt }) => post('pictures', { prompt }),
    responseSchema: z.object({}),
    toImages: () => [],
    errorSchema: z.object({ message: z.string() }),
    toError: ({ message }) => ({ message }),
    health: get('me'),
  });

describe('a declared credential', () => {
  const key = 'acme-key-0123456789';
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    response.end('{}');
  });
  let baseUrl = '';
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  });
  beforeEach(() => void seen.splice(0));
  afterAll(() => void server.close());

  it.each([
    ['bearer', bearer('ACME_KEY'), { authorization: `Bearer ${key}` }, '/v1/me'],
    [
      'a bearer of another name',
      { ...bearer('ACME_KEY'), scheme: 'Key' } as AuthDeclaration,
      { authorization: `Key ${key}` },
      '/v1/me',
    ],
    ['a header of its own', headerKey('x-key', 'ACME_KEY'), { 'x-key': key }, '/v1/me'],
    ['the query', queryKey('key', 'ACME_KEY'), {}, `/v1/me?key=${key}`],
  ])('%s is sent with every request', async (_, auth, headers, url) => {
    const health = await withAuth(auth).create({ apiKey: key, baseUrl }).healthCheck();

    expect(health).toMatchObject({ status: 'ok' });
    expect(seen.map((request) => request.url)).toEqual([url]);
    expect(seen[0]?.headers).toMatchObject(headers);
  });

  it('is required before the first request', () => {
    expect(() => withAuth(bearer('ACME_KEY')).create({ baseUrl })).toThrow(/acme: no key is set/);
    expect(() => withAuth(noKey).create({ baseUrl })).not.toThrow();
  });
});
