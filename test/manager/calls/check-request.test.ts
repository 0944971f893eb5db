import { expect, it } from 'vitest';
import { createImageManager } from '../../../src/manager/index.ts';
import { PaidProvider, small } from '../support.ts';

it('C12: refuses an idempotency key that was used for another request', async () => {
  const paid = new PaidProvider();
  const images = createImageManager({ providers: { paid } });
  const context = { idempotencyKey: 'k'.repeat(32) };
  await images.generate(small, context);
  await images.generate(small, context);
  await expect(images.generate({ ...small, prompt: 'another' }, context)).rejects.toMatchObject({
    code: 'invalid_request',
    charged: 'no',
  });
});

it.each([
  [{ fallback: 'openai' }, 'fallback'],
  [{ provider: '' }, 'provider'],
  [{ variation: 7 }, 'variation'],
  [{ fallbak: [] }, 'fallbak'],
])('refuses %j and names the field', async (wrong, name) => {
  const paid = new PaidProvider();
  const images = createImageManager({ providers: { paid } });
  await expect(images.generate({ ...small, ...(wrong as object) })).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining(name),
  });
  expect(paid.bought).toBe(0);
});
