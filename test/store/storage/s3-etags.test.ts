/** Changes of sidecars in a bucket are conditional on the ETag, and servers differ in the form that they compare. */
import { describe, expect, it } from 'vitest';
import { saved } from '../sample-images.ts';
import { incomingFiles } from '../support.ts';
import { beforeNextSidecar, isSidecar, useBuckets } from './buckets.ts';

const { serverOf, storeOn } = useBuckets();
const matchesOf = (server: Awaited<ReturnType<typeof serverOf>>) =>
  server.seen.filter(isSidecar).flatMap(({ headers }) => headers['if-match'] ?? []);
const isQuoted = (etag: string) => etag.startsWith('"');

describe.each(['quoted', 'unquoted'] as const)('on a server that compares %s ETags', (matches) => {
  it(`an image on a server that compares ${matches} ETags is kept, rejected, cleared and tagged`, async () => {
    const server = await serverOf({ matches });
    const store = storeOn(server);
    const { id } = await saved(store);
    await store.keep(id);
    expect(await store.get(id)).toMatchObject({ selection: 'kept' });
    await store.reject(id);
    expect(await store.get(id)).toMatchObject({ selection: 'rejected' });
    await store.clearSelection(id);
    expect(await store.get(id)).not.toHaveProperty('selection');
    await store.tag(id, ['fox']);
    expect(await store.search({ tag: 'fox' })).toMatchObject([{ id }]);
    expect(await incomingFiles(store.directory)).toEqual([]);
  });

  it(`two stores on a server that compares ${matches} ETags do not overwrite each other's changes`, async () => {
    const server = await serverOf({ matches });
    const [one, other] = [storeOn(server), storeOn(server, { directory: 'another' })];
    const { id } = await saved(one);
    await other.reindex();
    beforeNextSidecar(server, () => other.tag(id, ['theirs']));
    await expect(one.tag(id, ['mine'])).rejects.toThrow('changed by another process');
    expect(await one.get(id)).toMatchObject({ tags: ['theirs'] });
  });
});

it('a store sends unquoted ETags only after the server refused a quoted one that is right, and then keeps to them', async () => {
  const server = await serverOf({ matches: 'unquoted' });
  const store = storeOn(server);
  const { id } = await saved(store);
  await store.keep(id);
  await store.tag(id, ['fox']);
  expect(matchesOf(server).map(isQuoted)).toEqual([true, false, false]);
});

it('a store sends no unquoted ETag to a server that accepts quoted ones, also after another store changed the image', async () => {
  const server = await serverOf();
  const [one, other] = [storeOn(server), storeOn(server, { directory: 'another' })];
  const { id } = await saved(one);
  await other.reindex();
  beforeNextSidecar(server, () => other.keep(id));
  await expect(one.reject(id)).rejects.toMatchObject({ code: 'storage_failed' });
  expect(matchesOf(server).every(isQuoted)).toBe(true);
});
