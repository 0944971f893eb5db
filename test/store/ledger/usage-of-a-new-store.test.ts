import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createStore } from '../../../src/store/index.ts';

it('a store that does not exist yet reports no spending', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'store-new-'));
  const store = createStore({ directory: join(directory, 'not', 'yet') });
  expect(await store.usage()).toEqual([]);
  await store.close();
  await rm(directory, { recursive: true });
});
