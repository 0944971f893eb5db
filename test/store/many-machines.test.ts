/** Two machines with their own directories that share a bucket and a database. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createImageManager } from '../../src/index.ts';
import { createStore } from '../../src/store/index.ts';
import { PaidProvider } from '../manager/support.ts';
import { openTestDatabase } from '../support/postgres-server.ts';
import { openS3Server } from './storage/s3-server.ts';
import { useFolder } from './support.ts';

const folder = useFolder();
const database = await openTestDatabase();
afterAll(database.close);

it('two machines find the images of each other and share one budget', async () => {
  await using server = await openS3Server();
  const machines = await Promise.all(
    ['one', 'two'].map(async (name) => {
      const directory = join(folder(), name);
      await mkdir(directory, { recursive: true });
      const store = createStore({ directory, s3: server.settings(), database: { pool: database.pool } });
      const paid = new PaidProvider({ estimateUsd: 0.4, costUsd: 0.4 });
      return { store, paid, images: createImageManager({ providers: { paid }, store, budget: { perDayUsd: 1 } }) };
    }),
  );
  const [one, two] = machines as [(typeof machines)[number], (typeof machines)[number]];
  try {
    const { saved } = await one.images.generate({ prompt: 'a red fox', size: '64x64' });
    const [found] = await two.store.search({ text: 'fox' });
    expect(found).toMatchObject({ id: saved[0]?.id, path: saved[0]?.path });
    expect(await two.store.open(found?.id ?? '')).toEqual(await one.store.open(found?.id ?? ''));

    await two.images.generate({ prompt: 'a blue owl', size: '64x64' });
    expect(await one.store.search({})).toHaveLength(2);
    await expect(one.images.generate({ prompt: 'a cat', size: '64x64' })).rejects.toMatchObject({
      code: 'budget_exceeded',
    });
    expect([one.paid.bought, two.paid.bought]).toEqual([1, 1]);

    await two.store.keep(saved[0]?.id ?? '');
    expect(await one.store.get(saved[0]?.id ?? '')).toMatchObject({ selection: 'kept' });
    expect((await one.store.usage()).reduce((sum, { usd }) => sum + usd, 0)).toBeCloseTo(0.8);
    expect(await one.store.verify()).toEqual({ intact: 2, findings: [] });
  } finally {
    for (const { images, store } of machines) {
      await images.close();
      await store.close();
    }
  }
});
