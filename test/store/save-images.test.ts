/** Saving images with their sidecars. */
import { mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sidecarSchema } from '../../src/store/index.ts';
import { idsOf, sha256, useStores } from './open-stores.ts';
import { about, drawn, randomId, saved, someBytes } from './sample-images.ts';
import { incomingFiles, publicFiles } from './support.ts';

const { open } = useStores();

describe('a saved image', () => {
  it('has a sidecar with its request, result and cost', async () => {
    const store = open();
    const generation = drawn({ prompt: 'a red fox', seed: 7, usd: 0.25 }, { prompt: 'a red fox' });
    const context = about(generation, { parents: [randomId()], provider: 'mine' });
    const [first, second] = await store.save(generation, context);
    const [image] = generation.images;

    expect(basename(first!.path)).toBe(`2026-11-25-a-red-fox-${image.id.slice(0, 8)}.png`);
    const sidecar: unknown = JSON.parse(await readFile(first!.path.replace('.png', '.json'), 'utf8'));
    expect(sidecarSchema.safeParse(sidecar).success).toBe(true);
    expect(await store.get(first!.id)).toEqual({ ...(sidecar as object), path: first!.path });
    expect(sidecar).toMatchObject({
      id: image.id,
      sha256: sha256(image.imageBytes),
      receivedSha256: sha256(image.imageBytes),
      provider: 'mine',
      promptUsed: 'a red fox',
      promptLength: 9,
      seed: 7,
      cost: { usd: 0.125, basis: 'reported' },
      parents: context.parents,
      index: 0,
      tags: [],
    });
    expect(await store.get(second!.id)).toMatchObject({ index: 1, cost: { usd: 0.125 } });
  });

  it('B24: a saved image has exactly the bytes that the provider sent', async () => {
    const store = open();
    const bytes = someBytes(100_000);
    const { id, path } = await saved(store, { bytes });
    expect(new Uint8Array(await readFile(path))).toEqual(bytes);
    expect(await store.open(id)).toEqual(bytes);
  });

  it.each([
    ['none', []],
    ['YYYY', ['2026']],
    ['YYYY/MM', ['2026', '11']],
    ['YYYY/MM/DD', ['2026', '11', '25']],
  ] as const)(
    'with partition %s is in the folders of its date, then in those of its name',
    async (partition, parts) => {
      const store = open({ partition, naming: '{provider}/{prompt}' });
      const { path } = await saved(store);
      expect(path).toBe(join(store.directory, ...parts, 'test', 'a-red-fox.png'));
      expect((await store.verify()).intact).toBe(1);
    },
  );

  it('F05: a saved image may have the longest folders and file name that a template allows', async () => {
    const store = open({ naming: '{prompt}/{model}/{prompt}' });
    const { id, bytes } = await saved(store, { prompt: '狐'.repeat(1_000), model: '狸'.repeat(1_000) });
    expect(await store.open(id)).toEqual(bytes);
    await store.tag(id, ['long']);
    await store.delete(id);
    expect(await publicFiles(store.directory)).toEqual([]);
  });

  it('F12: a saved image has the extension of its format', async () => {
    const store = open({ naming: 'x.png.{id:4}' });
    expect(basename((await saved(store, { id: randomId(), format: 'jpeg' })).path)).toMatch(/^x\.png\.\w{4}\.jpg$/);
  });

  it('F10: a saved image never replaces another file', async () => {
    const store = open({ naming: '{prompt}', partition: 'none' });
    await mkdir(store.directory);
    await writeFile(join(store.directory, 'fox.json'), 'mine');
    await writeFile(join(store.directory, 'fox-2.png'), 'mine');
    const names = [];
    for (let sampleImage = 0; sampleImage < 2; sampleImage++)
      names.push(basename((await saved(store, { prompt: 'fox' })).path));
    names.push(basename((await saved(store, { prompt: 'fox', format: 'webp' })).path));
    expect(names).toEqual(['fox-3.png', 'fox-4.png', 'fox-2.webp']);
    expect(await readFile(join(store.directory, 'fox.json'), 'utf8')).toBe('mine');
    expect(await readFile(join(store.directory, 'fox-2.png'), 'utf8')).toBe('mine');
  });

  it('F10: a saved image is kept when 100 images with one name are saved at the same time', async () => {
    const store = open({ naming: '{prompt}' });
    const results = await Promise.all(Array.from({ length: 100 }, () => saved(store, { prompt: 'fox' })));
    expect(new Set(results.map(({ path }) => path)).size).toBe(100);
    for (const { id, bytes } of results) expect(await store.open(id)).toEqual(bytes);
    expect(await publicFiles(store.directory)).toHaveLength(200);
    expect(await store.search({ limit: 1_000 })).toHaveLength(100);
    expect(await incomingFiles(store.directory)).toEqual([]);
  });

  it('J21: a saved image is saved once when its job is fetched twice, also at the same time', async () => {
    const store = open();
    const bytes = someBytes();
    const twice = await Promise.all([saved(store, { job: 'j1', bytes }), saved(store, { job: 'j1', bytes })]);
    const later = await saved(store, { job: 'j1', bytes });
    const other = await saved(store, { job: 'j2', bytes });
    expect(new Set([...idsOf(twice), later.id])).toHaveLength(1);
    expect(other.id).not.toBe(later.id);
    expect(await publicFiles(store.directory)).toHaveLength(4);
  });

  it('J21: a saved image is saved once when several opened stores save it at the same time', async () => {
    const bytes = someBytes();
    const kept = await Promise.all(Array.from({ length: 4 }, () => saved(open(), { job: 'j1', bytes })));
    expect(new Set(idsOf(kept))).toHaveLength(1);
    expect(await publicFiles(open().directory)).toHaveLength(2);
  });

  it('is saved again when the first file is missing or was changed', async () => {
    const store = open();
    const bytes = someBytes();
    const first = await saved(store, { job: 'j1', bytes });
    await writeFile(first.path, 'something else');
    const second = await saved(store, { job: 'j1', bytes });
    await unlink(second.path);
    const third = await saved(store, { job: 'j1', bytes });
    expect(new Set(idsOf([first, second, third]))).toHaveLength(3);
    expect(await store.open(third.id)).toEqual(bytes);
  });

  it('is saved once per id; another image with the same id is refused', async () => {
    const store = open();
    const generation = drawn({ id: 'fox-0000' });
    const [one, other] = await Promise.all([1, 2].map(() => store.save(generation, about(generation))));
    expect(one).toEqual(other);
    await expect(saved(store, { id: 'fox-0000' })).rejects.toMatchObject({ message: expect.stringContaining('id') });
    expect(await publicFiles(store.directory)).toHaveLength(2);
  });

  it.each([
    ['an id that is a path', { id: '../../../etc/x' }],
    ['an id that is too long', { id: 'x'.repeat(65) }],
    ['a seed that is not a number', { seed: Number.NaN }],
    ['a cost that is not a number', { usd: Number.POSITIVE_INFINITY }],
  ])('is refused with %s before a file is written', async (_, sketch) => {
    const store = open();
    await expect(saved(store, sketch)).rejects.toMatchObject({ code: 'internal' });
    expect([await publicFiles(store.directory), await incomingFiles(store.directory)]).toEqual([[], []]);
  });
});
