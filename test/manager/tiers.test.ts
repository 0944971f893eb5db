/** `best`, `light`, `dummy`. */
import { expect, it } from 'vitest';
import { createImageManager } from '../../src/manager/index.ts';
import { TIERS } from '../../src/manager/tiers.ts';
import { registry } from '../../src/providers/registry.ts';
import { PaidProvider, small } from './support.ts';

it('names models that are there, draw from words, and are not about to end', async () => {
  const today = new Date().toISOString().slice(0, 10);
  for (const [id, tiers] of Object.entries(TIERS)) {
    const { definition } = await registry[id as keyof typeof registry].load();
    for (const model of Object.values(tiers)) {
      const card = definition.models[model];
      expect(card, `${id}/${model}`).toBeDefined();
      expect(card?.editsOnly, `${id}/${model}`).toBeUndefined();
      expect(card?.shutdown === undefined || card.shutdown > today, `${id}/${model}`).toBe(true);
    }
  }
  expect(Object.keys(TIERS).length).toBeGreaterThan(10);
});

it('draws a dummy with the stub, and asks nobody else', async () => {
  const paid = new PaidProvider();
  const images = createImageManager({ providers: { paid } });
  const { provider, cost } = await images.generate({ ...small, model: 'dummy' });
  expect([provider, cost.usd, paid.bought]).toEqual(['stub', 0, 0]);
});

it('draws with the provider’s default where it has no word of its own', async () => {
  const images = createImageManager({ providers: { paid: new PaidProvider() } });
  expect((await images.generate({ ...small, model: 'best' })).model).toBe('stub-1');
});
