/** Streams of images over a socket, with the official client. */
import OpenAI from 'openai';
import { expect, it } from 'vitest';
import { StubProvider } from '../../../src/index.ts';
import { TOKEN, useServers } from '../support.ts';

const start = useServers();

it('streams unfinished images and the finished one, which is in the store', async () => {
  const { url, store } = await start();
  const client = new OpenAI({ apiKey: TOKEN, baseURL: `${url}/v1`, maxRetries: 0 });
  const params = { prompt: 'a red fox', size: '64x64', stream: true, partial_images: 2 } as const;
  const types: string[] = [];
  let last: unknown;
  for await (const event of await client.images.generate(params)) {
    types.push(event.type);
    last = event;
  }
  expect(types).toEqual([
    'image_generation.partial_image',
    'image_generation.partial_image',
    'image_generation.completed',
  ]);
  expect(last).toMatchObject({
    size: '64x64',
    usage: { output_tokens: 1 },
    imagen: { images: [{ uri: expect.any(String) }] },
  });
  expect(await store.search({})).toHaveLength(1);
});

it('answers an error before the first event with its status', async () => {
  const { post } = await start({ providers: { stub: new StubProvider({ refuse: true }) } });
  const answer = await post('/v1/images/generations', { prompt: 'a red fox', stream: true });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'application/json']);
});

it('S24: a client that hangs up in a stream loses nothing: the image is stored', async () => {
  const { send, store, manager } = await start({ providers: { stub: new StubProvider({ delayMs: 50 }) } });
  const hangUp = new AbortController();
  const body = JSON.stringify({ prompt: 'a red fox', size: '64x64', stream: true, partial_images: 2 });
  const headers = { 'content-type': 'application/json' };
  const answer = await send('/v1/images/generations', { method: 'POST', body, headers, signal: hangUp.signal });
  const reader = answer.body!.getReader();
  await reader.read();
  const id = answer.headers.get('x-imagen-run') ?? '';
  hangUp.abort();
  await reader.read().catch(() => undefined);
  await expect.poll(async () => (await manager.findCall(id))?.state, { timeout: 20_000 }).toBe('done');
  expect(await store.search({})).toHaveLength(1);
});
