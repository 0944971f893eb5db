/** Verifying, rebuilding, reopening and reporting. */
import { appendFile, readFile, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { idsOf, NOON, useStores } from './open-stores.ts';
import { saved, someBytes } from './sample-images.ts';
import { incomingFiles } from './support.ts';

const { open } = useStores();

describe('maintenance', () => {
  it('verifies all images and reports a changed one', async () => {
    const store = open();
    const [good, bad] = [await saved(store), await saved(store)];
    expect(await store.verify()).toEqual({ intact: 2, findings: [] });
    await appendFile(bad.path, 'x');
    expect(await store.verify()).toMatchObject({ intact: 1, findings: [{ kind: 'changed', path: bad.path }] });
    expect(await store.verify(good.id)).toEqual({ intact: 1, findings: [] });
    await expect(store.open(bad.id)).rejects.toMatchObject({ code: 'storage_failed' });
  });

  it('rebuilds the catalog from the current sidecars', async () => {
    const store = open();
    const [kept, gone] = [await saved(store), await saved(store)];
    for (const path of [gone.path, gone.path.replace('.png', '.json')]) await unlink(path);
    await rename(dirname(kept.path), join(store.directory, 'elsewhere'));
    expect(await store.reindex()).toEqual({ artifacts: 1, skipped: [] });
    expect(await store.open(kept.id)).toEqual(kept.bytes);
    expect(idsOf(await store.search())).toEqual([kept.id]);
  });

  it('has all images and spending after it is opened again', async () => {
    const first = open();
    const { id, bytes } = await saved(first);
    const promised = await first.ledger.reserve({ micros: 5, provider: 'p', model: 'm', images: 1 }, [{ name: 'day' }]);
    await first.close();
    const second = open();
    expect(await second.open(id)).toEqual(bytes);
    expect([typeof promised, await second.ledger.taken('day')]).toEqual(['string', 5]);
    expect(await first.open(id)).toEqual(bytes);
  });

  it('reports spending per day, provider and model', async () => {
    let today = NOON;
    const store = open({ now: () => today });
    const spend = async (model: string, micros: number) =>
      (await store.ledger.reserve({ micros, provider: 'p', model, images: 2 }, [])) as string;
    await store.ledger.recordCost(await spend('m1', 100_000), 150_000);
    await store.ledger.release(await spend('m1', 100_000));
    await spend('m2', 200_000);
    today += 86_400_000;
    await store.ledger.recordCost(await spend('m1', 300_000), 300_000);
    const row = { provider: 'p', calls: 1, images: 2 };
    expect(await store.usage()).toEqual([
      { ...row, day: '2026-11-25', model: 'm1', usd: 0.15 },
      { ...row, day: '2026-11-25', model: 'm2', usd: 0.2 },
      { ...row, day: '2026-11-26', model: 'm1', usd: 0.3 },
    ]);
    expect(await store.usage('2026-11-26')).toHaveLength(1);
    await expect(store.usage('last week')).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('quarantines unusable bytes, the same bytes once', async () => {
    const store = open();
    const bytes = someBytes();
    const paths = await Promise.all([1, 2].map(() => store.quarantine(bytes, 'no picture')));
    expect(paths[0]).toBe(paths[1]);
    expect(new Uint8Array(await readFile(paths[0]!))).toEqual(bytes);
    expect(await readFile(paths[0]!.replace('.bin', '.json'), 'utf8')).toContain('no picture');
    expect(await incomingFiles(store.directory)).toEqual([]);
    expect(await store.verify()).toEqual({ intact: 0, findings: [] });
  });
});
