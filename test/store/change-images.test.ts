/** Selecting, tagging and deleting images. */
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { contentsOf, idsOf, useStores } from './open-stores.ts';
import { about, drawn, saved } from './sample-images.ts';
import { incomingFiles, publicFiles } from './support.ts';

const { open } = useStores();

describe('changing images', () => {
  it('writes tags and selection into the sidecar and replaces the previous ones', async () => {
    const store = open();
    const { id, path } = await saved(store);
    await store.tag(id, ['b', 'a', 'b']);
    await store.keep(id);
    expect(JSON.parse(await readFile(path.replace('.png', '.json'), 'utf8'))).toMatchObject({
      tags: ['b', 'a'],
      selection: 'kept',
    });
    expect(await store.tag(id, [])).toMatchObject({ tags: [], selection: 'kept' });
    expect(await incomingFiles(store.directory)).toEqual([]);
  });

  it('loses no concurrent change, in one opened store or in two', async () => {
    const [store, other] = [open(), open()];
    const { id } = await saved(store);
    await Promise.all([store.keep(id), other.tag(id, ['x']), store.tag(id, ['x']), other.keep(id)]);
    for (const each of [store, other]) expect(await each.get(id)).toMatchObject({ selection: 'kept', tags: ['x'] });
    expect(idsOf(await store.search({ kept: true, tag: 'x' }))).toEqual([id]);
  });

  it('A15: a change keeps fields that another version of the library wrote', async () => {
    const store = open();
    const { id, path } = await saved(store);
    const sidecarPath = path.replace('.png', '.json');
    const before = JSON.parse(await readFile(sidecarPath, 'utf8')) as Record<string, object>;
    const more = { ...before, rating: 5, mark: { ...before.mark, credential: 'c2pa' } };
    await writeFile(sidecarPath, JSON.stringify(more));
    await store.keep(id);
    expect(JSON.parse(await readFile(sidecarPath, 'utf8'))).toEqual({ ...more, selection: 'kept' });
  });

  it('deletes file, sidecar, cached results and every trace of the prompt', async () => {
    const store = open();
    const generation = drawn({ prompt: 'canary-prompt' });
    const kept = await store.save(generation, about(generation));
    await store.cache.put('key', { ...generation, saved: kept });
    const [{ id } = { id: '' }] = kept;
    await store.tag(id, ['canary-tag']);
    await store.delete(id);
    await expect(store.get(id)).rejects.toMatchObject({ code: 'invalid_request' });
    expect(await store.cache.get('key')).toBeUndefined();
    expect(await store.search()).toEqual([]);
    expect(await publicFiles(store.directory)).toEqual([]);
    await store.close();
    expect(await contentsOf(store.directory)).not.toMatch(/canary/);
  });

  it('returns ancestors and descendants, including deleted ones', async () => {
    const store = open();
    const a = await saved(store);
    const b = await saved(store, {}, { parents: [a.id] });
    const c = await saved(store, {}, { parents: [b.id, 'from-elsewhere'] });
    await store.delete(b.id);
    expect(await store.lineage(c.id)).toEqual({
      id: c.id,
      ancestors: [b.id, 'from-elsewhere'].sort(),
      descendants: [],
    });
    expect((await store.lineage(a.id)).descendants).toEqual([]);
    const d = await saved(store, { id: 'circle-1' }, { parents: ['circle-2'] });
    await saved(store, { id: 'circle-2' }, { parents: [d.id] });
    expect(await store.lineage('circle-1')).toMatchObject({ ancestors: ['circle-2'], descendants: ['circle-2'] });
  });
});
