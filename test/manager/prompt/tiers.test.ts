/** The words `best`, `light` and `dummy` as `model`. */
import { expect, it } from 'vitest';
import { createImageManager } from '../../../src/index.ts';
import { createProvider, registry } from '../../../src/providers/registry.ts';
import { PaidProvider, small } from '../support.ts';

it('names models that exist, start from a prompt, and will not be shut down soon', async () => {
  const today = new Date().toISOString().slice(0, 10);
  let count = 0;
  for (const [id, { load }] of Object.entries(registry)) {
    const { definition } = await load();
    for (const model of Object.values(definition.tiers ?? {})) {
      count += 1;
      const card = definition.models[model];
      expect(card, `${id}/${model}`).toBeDefined();
      expect(card?.editsOnly, `${id}/${model}`).toBeUndefined();
      expect(card?.shutdown === undefined || card.shutdown > today, `${id}/${model}`).toBe(true);
    }
  }
  expect(count).toBeGreaterThan(20);
});

it('works with a provider alone, without a manager', async () => {
  const openai = createProvider('openai', { apiKey: 'sk-test-0123456789' });
  expect((await openai.plan({ prompt: 'a fox', model: 'best' })).requests[0]?.body).toMatchObject({
    model: 'gpt-image-2.6-sunburst',
  });
  const stub = createProvider('stub');
  expect((await stub.generate({ ...small, model: 'light' })).model).toBe('stub-1');
});

it('means the model for the operation when the best model lacks it', async () => {
  const ideogram = createProvider('ideogram', { apiKey: 'test-0123456789' });
  const request = { inputImages: [whitePng()], operation: 'remove-background' } as const;
  const [best, usual] = await Promise.all([ideogram.plan({ ...request, model: 'best' }), ideogram.plan(request)]);
  expect(best.model).toBe(usual.model);
  expect(best.refusals).toEqual([]);
});

it('is one candidate of a plan, with the model that it means', async () => {
  const images = createImageManager({ providers: { main: createProvider('xai', { apiKey: 'xai-test-0123456789' }) } });
  const { candidates } = await images.plan({
    prompt: 'a fox',
    model: 'best',
    fallback: ['main/grok-imagine-image-2.0', 'main/light'],
  });
  expect(candidates.map(({ provider, model }) => `${provider}/${model}`)).toEqual([
    'main/grok-imagine-image-2.0',
    'main/grok-imagine-image',
  ]);
});

it('is never passed to a third-party provider', async () => {
  const models: unknown[] = [];
  const own = {
    async generateImage(_: string, params?: { readonly model?: string }) {
      models.push(params?.model);
      return { imageBytes: whitePng(), format: 'png' as const, promptUsed: 'a fox', model: 'mine-1' };
    },
  };
  const images = createImageManager({ providers: { own } });
  expect((await images.generate({ prompt: 'a fox', model: 'best' })).model).toBe('mine-1');
  expect(models).toEqual([undefined]);
});

function whitePng(): Uint8Array<ArrayBuffer> {
  return Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg==',
    'base64',
  );
}

it('generates a dummy image with the stub, and calls no other provider', async () => {
  const paid = new PaidProvider();
  const images = createImageManager({ providers: { paid } });
  const { provider, cost } = await images.generate({ ...small, model: 'dummy' });
  expect([provider, cost.usd, paid.bought]).toEqual(['stub', 0, 0]);
});

it('means the default model when a provider has no tiers', async () => {
  const images = createImageManager({ providers: { paid: new PaidProvider() } });
  expect((await images.generate({ ...small, model: 'best' })).model).toBe('stub-1');
});
