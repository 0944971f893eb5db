import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createImageManager } from '../../../src/index.ts';
import { createStore } from '../../../src/store/index.ts';
import { PaidProvider, small } from '../support.ts';

const cyclic: Record<string, unknown> = { project: 'fox' };
cyclic.self = cyclic;
let deep: object = {};
for (let level = 0; level < 20_000; level++) deep = { deep };
/** Has 2^40 values as JSON, and 40 in memory. */
let shared: object = { project: 'fox' };
for (let level = 0; level < 40; level++) shared = { one: shared, two: shared };

it.each([
  ['contains itself', cyclic, { project: 'fox', self: 'a circular reference' }],
  ['contains a list that contains itself', { list: [cyclic] }, { list: [{ self: 'a circular reference' }] }],
  ['contains a bigint', { order: 12345678901234567890n }, { order: '12345678901234567890' }],
  ['is nested 20,000 levels deep', { deep }, {}],
  ['shares an object billions of times', { shared }, {}],
])('an image that was paid for is stored if its metadata %s', async (_how, metadata, stored) => {
  const directory = await mkdtemp(join(tmpdir(), 'ai-image-metadata-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const store = createStore({ directory });
  const paid = new PaidProvider();
  const images = createImageManager({ providers: { paid }, store });
  onTestFinished(() => images.close().then(() => store.close()));

  const { notes } = await images.generate({ ...small, metadata });

  expect(paid.bought).toBe(1);
  expect(notes).toEqual([]);
  const items = await store.search();
  expect(items).toHaveLength(1);
  expect((await store.get(items[0]!.id)).request).toMatchObject({ metadata: stored });
});
