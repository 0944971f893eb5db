/** `imagenMiddleware` with the real `wrapImageModel`: somebody's model gains a budget, a store and one bill. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImageModelV4 } from '@ai-sdk/provider';
import { generateImage, wrapImageModel } from 'ai';
import { MockImageModelV4 } from 'ai/test';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { imagenMiddleware, imagenOptions } from '../../../src/integrations/ai-sdk/index.ts';
import { createStore, type Store } from '../../../src/store/index.ts';
import { imageOf } from '../../server/clients/images-vendor.ts';
import { rejectionOf } from './support.ts';

const SMALL = { width: 64, height: 64 };
const pricing = { images: [{ usd: 0.02 }], source: 'the price list' } as const;
type Call = Parameters<ImageModelV4['doGenerate']>[0];

let directory = '';
let store: Store;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ai-image-middleware-'));
  store = createStore({ directory });
});
afterAll(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

function createModel(fail?: () => Error) {
  const calls: Call[] = [];
  const model = new MockImageModelV4({
    provider: 'boats/image',
    modelId: 'boat-1',
    maxImagesPerCall: 2,
    doGenerate: async (call) => {
      calls.push(call);
      if (fail) throw fail();
      return {
        images: Array.from({ length: call.n }, (_, index) => imageOf(String(call.prompt), SMALL, index)),
        warnings: [],
        response: { timestamp: new Date(), modelId: 'boat-1', headers: undefined },
      };
    },
  });
  // Its class has a field that may be undefined, which `exactOptionalPropertyTypes` distinguishes from an absent one.
  return { model: model as ImageModelV4, calls };
}

it('stores the images, and passes the options of the model on', async () => {
  const { model, calls } = createModel();
  const wrapped = wrapImageModel({ model, middleware: imagenMiddleware({ store, card: { pricing } }) });
  expect(wrapped).toMatchObject({ provider: 'boats/image', modelId: 'boat-1', maxImagesPerCall: 64 });
  const { images } = await generateImage({
    model: wrapped,
    prompt: 'three boats',
    n: 3,
    seed: 5,
    providerOptions: { boats: { mast: 'tall' }, ...imagenOptions({ metadata: { note: 'mine' } }) },
  });
  // The two calls run at the same time.
  expect(calls.map(({ n }) => n).sort()).toEqual([1, 2]);
  expect(calls.find(({ n }) => n === 2)?.seed).toBe(5);
  for (const { providerOptions } of calls) expect(providerOptions).toEqual({ boats: { mast: 'tall' } });
  const facts = images.map(({ providerMetadata }) => providerMetadata?.['ai-image']);
  expect(facts.map((each) => each?.costUsd)).toEqual([0.02, 0.02, 0.02]);
  const artifact = await store.get(String(facts[2]?.id));
  expect(artifact.request).toMatchObject({ prompt: 'three boats', metadata: { note: 'mine' } });
  expect(await readdir(directory)).not.toEqual([]);
});

it('refuses before the call what the budget does not allow', async () => {
  const { model, calls } = createModel();
  const middleware = imagenMiddleware({ budget: { perDayUsd: 0.05 }, card: { pricing } });
  const wrapped = wrapImageModel({ model, middleware });
  await generateImage({ model: wrapped, prompt: 'two boats', n: 2 });
  const error = await rejectionOf(generateImage({ model: wrapped, prompt: 'two boats', n: 2 }));
  expect(error).toMatchObject({ data: { code: 'budget_exceeded', charged: 'no' }, isRetryable: false });
  expect(calls).toHaveLength(1);
});

it('L15: pays once for a call id', async () => {
  const { model, calls } = createModel();
  const wrapped = wrapImageModel({ model, middleware: imagenMiddleware({ store }) });
  const call = {
    model: wrapped,
    prompt: 'a boat',
    providerOptions: imagenOptions({ callId: 'conversation-9:call.a' }),
  };
  await generateImage(call);
  await generateImage(call);
  expect(calls).toHaveLength(1);
});

it('does not let the AI SDK repeat a call that may have been charged', async () => {
  const { model, calls } = createModel(() => new Error('the connection was lost'));
  const wrapped = wrapImageModel({ model, middleware: imagenMiddleware() });
  const error = await rejectionOf(generateImage({ model: wrapped, prompt: 'a boat' }));
  expect(error).toMatchObject({ data: { code: 'outcome_unknown', charged: 'unknown' } });
  expect(calls).toHaveLength(1);
});
