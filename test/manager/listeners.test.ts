/** A listener that throws, rejects later, or returns an object with `then` affects no image and causes no unhandled rejection. */
import { setImmediate as nextTick } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createImageManager, StubProvider } from '../../src/index.ts';
import { wrapProviderLazily } from '../../src/providers/wrap.ts';
import { closeServers, startServer } from '../faults/hostile-server.ts';
import { jobProvider, startJobServer } from '../faults/job-vendor.ts';
import { loadAdapters, openai, openaiReply } from '../faults/support.ts';
import { PaidProvider } from './support.ts';

const unhandled: unknown[] = [];
const note = (reason: unknown) => void unhandled.push(reason);
beforeAll(async () => {
  await loadAdapters();
  process.on('unhandledRejection', note);
});
afterAll(async () => {
  process.off('unhandledRejection', note);
  await closeServers();
});

const fox = { prompt: 'a red fox' };
/** For the stub, which generates any size. */
const small = { ...fox, size: '64x64' };
let calls = 0;
/** Listeners that a caller may pass by mistake, although the type says that they return nothing. */
const LISTENERS: readonly (readonly [how: string, listener: () => void])[] = [
  [
    'rejects later',
    async () => {
      calls++;
      throw new Error('broken');
    },
  ],
  [
    'returns a thenable that rejects',
    () => {
      calls++;
      return {
        // biome-ignore lint/suspicious/noThenProperty: that is what is tried
        then: (_: unknown, reject: (reason: Error) => void) => reject(new Error('broken')),
      } as unknown as undefined;
    },
  ],
  [
    'throws',
    () => {
      calls++;
      throw new Error('broken');
    },
  ],
];

describe.each(LISTENERS)('a listener that %s', (_how, listener) => {
  const onEvent = listener;
  it.each([
    ['of a provider', async () => (await openai(await serve()).generate(fox, { onEvent })).images],
    ['of a job', async () => (await jobProvider(await startJobServer()).generate(fox, { onEvent })).images],
    [
      'of a stream',
      async () => {
        const events = [];
        for await (const event of openai(await serve()).stream(fox, { onEvent })) events.push(event);
        return events.filter(({ type }) => type === 'image');
      },
    ],
    [
      'of a third-party provider',
      async () => (await wrapProviderLazily('own', plain).generate(small, { onEvent })).images,
    ],
    [
      'of a third-party provider with the full protocol',
      async () => (await wrapProviderLazily('paid', new PaidProvider()).generate(small, { onEvent })).images,
    ],
    ['of a manager', async () => (await managerOf().generate(small, { onEvent })).images],
    ['of the steps of a manager', async () => (await managerOf({ onStep: listener as never }).generate(small)).images],
    [
      'of a batch',
      async () => {
        const { items } = await managerOf().each('{{variation}}', ['a fox'], {
          request: { size: '64x64' },
          onItem: listener,
        });
        return items.filter(({ status }) => status === 'done');
      },
    ],
    [
      'of the requests',
      async () =>
        (await openai(await serve(), { hooks: { onAttempt: listener, onReply: listener } }).generate(fox)).images,
    ],
  ])('%s does not affect the image', async (_whose, call) => {
    calls = 0;
    expect(await call()).toHaveLength(1);
    await nextTick();
    await nextTick();
    expect(calls).toBeGreaterThan(0);
    expect(unhandled).toEqual([]);
  });
});

const serve = () => startServer((hit) => hit.reply(200, openaiReply()));
const plain = {
  generateImage: (prompt: string, params?: object) => new StubProvider().generateImage(prompt, params),
};
const managerOf = (more: object = {}) => createImageManager({ providers: { stub: new StubProvider() }, ...more });
