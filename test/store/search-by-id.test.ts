/** Searching by the beginning of an id. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createImageManager, StubProvider } from '../../src/index.ts';
import { createStore } from '../../src/store/index.ts';

it('finds images by the beginning of their id, and takes wildcards literally', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'store-ids-'));
  const store = createStore({ directory });
  const images = createImageManager({ providers: { stub: new StubProvider() }, store });
  const { saved } = await images.generate({ prompt: 'a red fox', size: '64x64', n: 3 });
  const ids = saved.map(({ id }) => id);
  for (const id of ids) {
    expect((await store.search({ id })).map((each) => each.id)).toEqual([id]);
    expect((await store.search({ id: id.slice(0, 13) })).map((each) => each.id)).toEqual([id]);
  }
  expect(await store.search({ id: '' })).toHaveLength(3);
  for (const unknown of ['%', '_', `${ids[0]}0`, ids[0]!.slice(1), `${ids[0]!.slice(0, 4)}%`]) {
    expect(await store.search({ id: unknown })).toEqual([]);
  }
  expect(await store.search({ id: ids[0]!.slice(0, 8), provider: 'other' })).toEqual([]);
  await store.close();
  await rm(directory, { recursive: true });
});
