/** A bucket whose listing is older than its objects, as eventually consistent servers answer. */
import { expect, it } from 'vitest';
import { saved } from '../sample-images.ts';
import { useBuckets } from './buckets.ts';

const { serverOf, storeOn } = useBuckets();
const idsIn = async (store: ReturnType<typeof storeOn>) => (await store.search()).map(({ id }) => id).sort();

it('reindex keeps an image that an old listing lacks, and updates its row', async () => {
  const server = await serverOf();
  const [store, other] = [storeOn(server), storeOn(server, { directory: 'another' })];
  const ids = [(await saved(store)).id, (await saved(store)).id].sort();
  await other.reindex();
  await other.tag(ids[1]!, ['fox']);
  for (const key of server.objects.keys()) server.unlisted.add(key);
  expect(await store.reindex()).toEqual({ artifacts: 2, skipped: [] });
  expect(await idsIn(store)).toEqual(ids);
  expect((await store.search({ tag: 'fox' })).map(({ id }) => id)).toEqual([ids[1]]);
});

it('reindex removes an image whose sidecar the bucket does not have', async () => {
  const server = await serverOf();
  const store = storeOn(server);
  const [gone, kept] = [await saved(store), await saved(store)];
  for (const key of server.objects.keys()) {
    server.unlisted.add(key);
    if (server.objects.get(key)?.bytes.includes(gone.id)) server.objects.delete(key);
  }
  expect(await store.reindex()).toMatchObject({ artifacts: 1 });
  expect(await idsIn(store)).toEqual([kept.id]);
});

it('reindex asks for no object that the listing has', async () => {
  const server = await serverOf();
  const store = storeOn(server);
  for (let at = 0; at < 3; at++) await saved(store);
  server.seen.length = 0;
  await store.reindex();
  expect(server.seen.map(({ method, key }) => [method, key.endsWith('.json')])).toEqual([
    ['GET', false],
    ...Array.from({ length: 3 }, () => ['GET', true]),
  ]);
});
