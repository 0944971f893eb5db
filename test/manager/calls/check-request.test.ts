import { describe, expect, it } from 'vitest';
import { createImageManager } from '../../../src/manager/index.ts';
import { PaidProvider, small } from '../support.ts';

it('C12: the manager refuses an idempotency key that was used for another request', async () => {
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

describe('the placeholder of a variation', () => {
  const images = (paid: PaidProvider) => createImageManager({ providers: { paid } });
  const placeholder = '{{variation}}';

  it.each([
    ['a variation without a place in the prompt', { prompt: 'a fox', variation: 'red' }],
    ['an empty variation without a place in the prompt', { prompt: 'a fox', variation: '' }],
    ['a place in the prompt that nothing fills', { prompt: `a ${placeholder} fox` }],
    ['a variation without a prompt', { prompt: undefined, variation: 'red' }],
  ])('refuses %s, in generate, stream and plan', async (_, fields) => {
    const paid = new PaidProvider();
    const manager = images(paid);
    const request = { ...small, ...fields } as typeof small;
    for (const call of [
      manager.generate(request),
      manager.plan(request),
      manager.stream(request)[Symbol.asyncIterator]().next(),
    ]) {
      await expect(call).rejects.toMatchObject({
        code: 'invalid_request',
        charged: 'no',
        message: expect.stringContaining(placeholder),
        hint: expect.stringContaining(placeholder),
      });
    }
    expect(paid.bought).toBe(0);
  });

  it('may be filled with its own text, for a prompt that is to contain it', async () => {
    const { images: made } = await images(new PaidProvider()).generate({
      ...small,
      prompt: `the text "${placeholder}"`,
      variation: placeholder,
    });
    expect(made[0].promptUsed).toBe(`the text "${placeholder}"`);
  });
});
