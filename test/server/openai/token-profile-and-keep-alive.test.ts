/** Settings of the server that every call over a socket must follow: the profile of a token, and white space before a slow answer. */
import { afterEach, expect, it, vi } from 'vitest';
import { type AiImageProvider, createImageManager, StubProvider } from '../../../src/index.ts';
import { createStore } from '../../../src/store/index.ts';
import { useFolder } from '../../store/support.ts';
import { hashOf, TOKEN, useServers } from '../support.ts';

const start = useServers();
const folder = useFolder();
const FOX = { model: 'stub', prompt: 'a red fox', size: '64x64' };

it('a call has the profile of its token, whatever the client asks for', async () => {
  const store = createStore({ directory: folder(), marks: 'none' });
  const providers = { stub: new StubProvider(), other: new StubProvider() };
  const profiles = { cheap: { allowedProviders: ['other'] }, open: { styleGuidance: 'in watercolour' } };
  const manager = createImageManager({ providers, store, profiles });
  const tokenOf = (profile: string) => [{ name: 'ada', sha256: hashOf(TOKEN), profile }];
  const [cheap, free] = [
    await start({ manager, store, tokens: tokenOf('cheap') }),
    await start({ manager, store, tokens: tokenOf('open') }),
  ];
  const refused = await cheap.post('/v1/images/generations', FOX);
  expect([refused.status, await refused.json()]).toMatchObject([403, { error: { code: 'policy_denied' } }]);
  expect(await store.search()).toEqual([]);
  const answer = await free.post('/v1/images/generations', FOX);
  expect(answer.status).toBe(200);
  await answer.arrayBuffer();
  const [image] = await store.search();
  const { request, promptUsed } = await store.get(image!.id);
  expect([request, promptUsed]).toMatchObject([{ profile: 'open' }, expect.stringMatching(/in watercolour/i)]);
  await Promise.all([cheap.close(), free.close()]);
  await manager.close();
  await store.close();
});

/** Waits of 15 s become short ones. */
afterEach(() => vi.restoreAllMocks());
function shortenWaits(): void {
  const wait = globalThis.setTimeout;
  const shorter = (work: () => void, ms?: number, ...rest: []) => wait(work, ms === 15_000 ? 5 : ms, ...rest);
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(shorter as typeof wait); // `promisify` is not used here
}

/** A stub that answers when the test says so. */
function slowStub(): { readonly stub: AiImageProvider; readonly finish: () => void } {
  const stub = new StubProvider();
  const mayEnd = Promise.withResolvers<void>();
  const generate = stub.generate.bind(stub);
  stub.generate = async (...args: Parameters<typeof generate>) => {
    await mayEnd.promise;
    return generate(...args);
  };
  return { stub, finish: mayEnd.resolve };
}

it.each(['/v1/images/generations', '/v1/responses'])(
  'keepAliveJson: %s sends white space, then one document',
  async (path) => {
    shortenWaits();
    const { stub, finish } = slowStub();
    const { post } = await start({ providers: { stub }, keepAliveJson: true });
    const body =
      path === '/v1/responses'
        ? { model: 'stub', input: 'a red fox', tools: [{ type: 'image_generation', size: '64x64' }] }
        : FOX;
    const answer = await post(path, body);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json']);
    const reader = answer.body!.getReader();
    const first = await reader.read();
    expect(Buffer.from(first.value!).toString().trim()).toBe('');
    finish();
    const rest: Uint8Array[] = [];
    for (let next = await reader.read(); !next.done; next = await reader.read()) rest.push(next.value);
    expect(JSON.parse(Buffer.concat(rest).toString())).toMatchObject(
      path === '/v1/responses' ? { object: 'response' } : { data: [{ b64_json: expect.any(String) }] },
    );
  },
);
