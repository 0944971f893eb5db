/** A listener that rejects later, or gives something with a `then`, costs nobody an image and is no unhandled rejection. */
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createImageManager, StubProvider } from '../../src/index.ts';
import { wrapProviderLazily } from '../../src/providers/registry.ts';
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

const small = { prompt: 'a red fox' };
let told = 0;
/** What a caller may pass by mistake: the type says that nothing is given back. */
const LISTENERS: readonly (readonly [how: string, listener: () => void])[] = [
  [
    'rejects later',
    async () => {
      told++;
      throw new Error('broken');
    },
  ],
  [
    'gives a thenable that fails',
    () => {
      told++;
      return {
        // biome-ignore lint/suspicious/noThenProperty: that is what is tried
        then: (_: unknown, reject: (reason: Error) => void) => reject(new Error('broken')),
      } as unknown as undefined;
    },
  ],
  [
    'throws',
    () => {
      told++;
      throw new Error('broken');
    },
  ],
];

describe.each(LISTENERS)('a listener that %s', (_how, listener) => {
  const onEvent = listener;
  it.each([
    ['of a provider', async () => (await openai(await serve()).generate(small, { onEvent })).images],
    ['of a job', async () => (await jobProvider(await startJobServer()).generate(small, { onEvent })).images],
    [
      'of a stream',
      async () => {
        const events = [];
        for await (const event of openai(await serve()).stream(small, { onEvent })) events.push(event);
        return events.filter(({ type }) => type === 'image');
      },
    ],
    [
      'of a provider of somebody else',
      async () => (await wrapProviderLazily('own', plain).generate(small, { onEvent })).images,
    ],
    [
      'of a full provider of somebody else',
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
        (await openai(await serve(), { hooks: { onAttempt: listener, onReply: listener } }).generate(small)).images,
    ],
  ])('%s costs nobody the image', async (_whose, call) => {
    told = 0;
    expect(await call()).toHaveLength(1);
    await turn();
    await turn();
    expect(told).toBeGreaterThan(0);
    expect(unhandled).toEqual([]);
  });
});

const serve = () => startServer((hit) => hit.reply(200, openaiReply()));
const plain = {
  generateImage: (prompt: string, params?: object) => new StubProvider().generateImage(prompt, params),
};
const managerOf = (more: object = {}) => createImageManager({ providers: { stub: new StubProvider() }, ...more });
