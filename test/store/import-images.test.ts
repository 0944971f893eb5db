import { readFile, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { createProvider } from '../../src/index.ts';
import { describeProvenance } from '../../src/provenance/index.ts';
import { createStore, type Store } from '../../src/store/index.ts';
import { png as pngFile } from '../faults/support.ts';
import { publicFiles, useFolder } from './support.ts';

const folder = useFolder();
const png = (...size: readonly number[]) => new Uint8Array(pngFile(...size));

async function withStore(work: (store: Store) => Promise<void>, more: Partial<Parameters<typeof createStore>[0]> = {}) {
  const store = createStore({ directory: folder(), ...more });
  await work(store);
  await store.close();
}

it('saves the file byte for byte, without the mark that says it was made by AI', () =>
  withStore(async (store) => {
    const bytes = png(40, 30);
    const image = await store.import(bytes);
    expect(new Uint8Array(await readFile(image.path))).toEqual(bytes);
    expect(await store.open(image.id)).toEqual(bytes);
    expect(image).toMatchObject({
      ...{ format: 'png', mediaType: 'image/png', width: 40, height: 30, imported: true, provider: 'import' },
      ...{ model: 'import', cost: { usd: 0, basis: 'none' }, mark: { place: 'none' }, parents: [], request: {} },
    });
    expect(await store.get(image.id)).toEqual(image);
    expect(await store.search({ provider: 'import' })).toHaveLength(1);
    expect(await store.verify()).toMatchObject({ intact: 1, findings: [] });
  }));

it('saves the same bytes once, also when they are imported at the same time or by another process', () =>
  withStore(async (store) => {
    const other = createStore({ directory: folder() });
    const images = await Promise.all([store.import(png()), store.import(png()), other.import(png())]);
    await other.close();
    expect(new Set(images.map(({ id }) => id)).size).toBe(1);
    expect(await publicFiles(folder())).toHaveLength(2);
    expect((await store.import(png(8))).id).not.toBe(images[0]?.id);
  }));

it('saves an image again that was deleted', () =>
  withStore(async (store) => {
    const { id } = await store.import(png());
    await store.delete(id);
    expect((await store.import(png())).id).toBe(id);
    expect(await store.open(id)).toEqual(png());
  }));

it('keeps the bytes as they were when it was called', () =>
  withStore(async (store) => {
    const bytes = png();
    const importing = store.import(bytes);
    bytes.fill(0);
    expect(await store.open((await importing).id)).toEqual(png());
  }));

it.each([
  ['text', new TextEncoder().encode('a red fox'), 'invalid_request'],
  ['half an image', png().slice(0, 40), 'invalid_request'],
  [
    'an SVG with a script',
    new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><script>1</script></svg>'),
    'invalid_request',
  ],
  ['no bytes', new Uint8Array(0), 'invalid_request'],
  ['a text instead of bytes', 'fox.png' as unknown as Uint8Array, 'invalid_request'],
])('refuses %s and saves nothing', (_, bytes, code) =>
  withStore(async (store) => {
    const error = await store.import(bytes).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, charged: 'no', message: expect.stringContaining('import') });
    expect(await publicFiles(folder())).toEqual([]);
  }),
);

it('adds nothing to the ledger, also when the ledger is rebuilt', () =>
  withStore(async (store) => {
    await store.import(png());
    expect(await store.usage()).toEqual([]);
    expect(await store.repairLedger()).toMatchObject({ spendings: 0 });
    expect(await store.usage()).toEqual([]);
    await store.reindex();
    expect(await store.search()).toHaveLength(1);
  }));

it('is described as imported, and what the file itself says stays visible', () =>
  withStore(async (store) => {
    const plain = await store.provenance((await store.import(png())).id);
    expect(plain.sidecar).toMatchObject({ isImported: true });
    expect(plain.sidecar).not.toHaveProperty('provider');
    expect(plain.lines.join('\n')).toContain('imported');
    expect(plain.lines.join('\n')).not.toContain('made by AI');

    const generated = createStore({ directory: `${folder()}/generated` });
    const generation = await createProvider('stub').generate({ prompt: 'a fox', size: '64x64', format: 'png' });
    const context = { provider: 'stub', request: {}, applied: generation.applied, parents: [] };
    const [saved] = await generated.save(generation, context);
    await generated.close();
    const marked = await store.import(await readFile(saved!.path));
    const { lines } = await store.provenance(marked.id);
    expect(lines.join('\n')).toContain('made by AI');
    expect(lines.join('\n')).not.toContain('The sidecar gives');
  }));

it('reads a sidecar whose field has another type as not imported', async () => {
  const { sidecar } = await describeProvenance(png(), { sha256: 'x', provider: 'stub', imported: 'yes' });
  expect(sidecar).toEqual({ sha256: 'x', provider: 'stub' });
});

it('reports a file that was changed after the import', () =>
  withStore(async (store) => {
    const { id, path } = await store.import(png());
    await writeFile(path, png(8));
    await expect(store.open(id)).rejects.toMatchObject({ code: 'storage_failed' });
  }));

it('records nothing but hashes with prompts: hash', () =>
  withStore(
    async (store) => {
      expect(await store.import(png())).not.toHaveProperty('promptUsed');
    },
    { prompts: 'hash' },
  ));
