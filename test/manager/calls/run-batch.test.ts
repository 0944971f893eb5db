/** Batches of variations, and edits of an earlier result. */
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createImageManager } from '../../../src/manager/index.ts';
import { PaidProvider, small } from '../support.ts';

describe('a batch', () => {
  const variations = ['red', 'green', 'blue', 'gold', 'pink'];

  it('generates one image per variation, in order, and no more at a time than the concurrency', async () => {
    let running = 0;
    let maxRunning = 0;
    const paid = new PaidProvider();
    const { generate } = paid;
    paid.generate = async (...asked) => {
      running++;
      maxRunning = Math.max(maxRunning, running);
      await wait(20);
      return generate(...asked).finally(() => {
        running--;
      });
    };
    const images = createImageManager({ providers: { paid } });
    const progress: string[] = [];
    const { items, isComplete } = await images.each('a {{variation}} fox', variations, {
      concurrency: 2,
      request: { size: '64x64' },
      onItem: (item, finished, all) => void progress.push(`${item.status} ${finished}/${all}`),
    });
    expect(isComplete).toBe(true);
    expect(items.map((each) => each.status === 'done' && each.generation?.images[0].promptUsed)).toEqual(
      variations.map((variation) => `a ${variation} fox`),
    );
    expect([maxRunning, progress]).toEqual([2, [1, 2, 3, 4, 5].map((done) => `done ${done}/5`)]);
  });

  it('continues from an earlier result, and generates nothing twice', async () => {
    let isIll = true;
    const paid = new PaidProvider();
    const { generate } = paid;
    const bad = new PaidProvider({ fail: 'unavailable' });
    paid.generate = (asked, context) =>
      isIll && /blue|gold/.test(asked.prompt) ? bad.generate(asked, context) : generate(asked, context);
    const images = createImageManager({ providers: { paid }, breaker: { maxFailures: 100 } });
    const options = { concurrency: 1, request: { size: '64x64' } };
    const first = await images.each('a {{variation}} fox', variations, options);
    expect(first.items.map(({ status }) => status)).toEqual(['done', 'done', 'failed', 'failed', 'done']);
    isIll = false;
    const second = await images.each('a {{variation}} fox', variations, { ...options, previous: first });
    expect(second.isComplete).toBe(true);
    expect([paid.bought, bad.bought]).toEqual([5, 2]);
  });

  it('retries an item only when it was not charged', async () => {
    for (const [fail, tries] of [
      ['unavailable', 3],
      ['outcome_unknown', 1],
    ] as const) {
      const bad = new PaidProvider({ fail });
      const images = createImageManager({ providers: { bad }, breaker: { maxFailures: 100 } });
      const { items } = await images.each('a {{variation}} fox', ['red'], {
        retryFailed: 2,
        request: { size: '64x64' },
      });
      expect([items[0]?.status, bad.bought]).toEqual(['failed', tries]);
    }
  });

  it('stops when aborted, keeps no images with collect: false, and refuses an invalid concurrency', async () => {
    const images = createImageManager({ providers: { paid: new PaidProvider() } });
    const stop = new AbortController();
    const { items, isComplete } = await images.each('a {{variation}} fox', variations, {
      concurrency: 1,
      collect: false,
      request: { size: '64x64' },
      signal: stop.signal,
      onItem: () => stop.abort(),
    });
    expect(items.map(({ status }) => status)).toEqual(['done', 'waiting', 'waiting', 'waiting', 'waiting']);
    expect(items[0]).not.toHaveProperty('generation');
    expect(isComplete).toBe(false);
    await expect(images.each('x', ['y'], { concurrency: 0 })).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('refuses what it would ignore: variations that the prompt has no place for, and a second prompt', async () => {
    const paid = new PaidProvider();
    const images = createImageManager({ providers: { paid } });
    for (const [prompt, request, named] of [
      ['a fox', {}, 'the prompt has no {{variation}}'],
      ['a {{variation}} fox', { prompt: 'a wolf' }, 'has a prompt'],
      ['a {{variation}} fox', { variation: 'blue' }, 'has a variation'],
    ] as const) {
      await expect(images.each(prompt, variations, { request })).rejects.toMatchObject({
        code: 'invalid_request',
        message: expect.stringContaining(named),
      });
    }
    expect(paid.bought).toBe(0);
  });
});

it('continue edits an image at the provider that generated it, and names its parent', async () => {
  const [paid, other] = [new PaidProvider(), new PaidProvider()];
  const images = createImageManager({ providers: { other, paid } });
  const first = await images.generate({ ...small, provider: 'paid' });
  const next = await images.continue(first, 'make it night');
  expect(next.parent).toBe(first.images[0].id);
  expect(next.applied.operation).toBe('edit');
  expect([paid.bought, other.bought]).toEqual([2, 0]);
});

it('continue sends further input images after the image of the result, and refuses a second prompt', async () => {
  const paid = new PaidProvider();
  const images = createImageManager({ providers: { paid } });
  const first = await images.generate(small);
  const [{ imageBytes }] = first.images;
  const background = (await images.generate({ ...small, prompt: 'a beach' })).images[0].imageBytes;

  await images.continue(first, 'put it on this background', { inputImages: [background] });
  await expect(images.continue(first, 'make it night', { prompt: 'at noon' })).rejects.toMatchObject({
    code: 'invalid_request',
  });

  const edits = paid.stub.calls.slice(2).flatMap((call) => ('request' in call ? [call.request] : []));
  expect(edits).toEqual([expect.objectContaining({ inputImages: [imageBytes, background] })]);
});
