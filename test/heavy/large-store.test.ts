/** A store of 100,000 images: rebuilds its index from the sidecars, lists, searches and pages through all of them. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { StubProvider } from '../../src/index.ts';
import { createStore } from '../../src/store/index.ts';
import { useFolder } from '../store/support.ts';

const IMAGES = 100_000;
const FOLDERS = 28;
const WRITES_AT_ONCE = 64;

const folder = useFolder();

/** Saves one image through the store, and writes the others as copies of it with their own id, time and prompt. */
async function fillStore(directory: string): Promise<void> {
  const store = createStore({ directory, marks: 'none', partition: 'none', naming: 'first' });
  const generation = await new StubProvider().generate({ prompt: 'a lighthouse', size: '64x64' });
  const circumstances = { provider: 'stub', request: { prompt: 'a lighthouse' }, parents: [] };
  const [saved] = await store.save(generation, { ...circumstances, applied: generation.applied });
  await store.close();
  const bytes = await readFile(saved!.path);
  const sidecar = JSON.parse(await readFile(saved!.path.replace('.png', '.json'), 'utf8')) as object;
  for (let at = 0; at < FOLDERS; at++) await mkdir(join(directory, `folder-${at}`));
  const write = async (number: number) => {
    const file = `lighthouse-${number}.png`;
    const path = join(directory, `folder-${number % FOLDERS}`, file);
    const createdAt = new Date(Date.UTC(2026, 0, 1) + number * 60_000).toISOString();
    const own = { id: `lighthouse-${number}`, file, createdAt, promptUsed: `a lighthouse, take ${number}` };
    await writeFile(path, bytes);
    await writeFile(path.replace('.png', '.json'), JSON.stringify({ ...sidecar, ...own }));
  };
  let next = 1;
  const writeAll = async () => {
    for (let number = next++; number < IMAGES; number = next++) await write(number);
  };
  await Promise.all(Array.from({ length: WRITES_AT_ONCE }, writeAll));
}

it(`rebuilds the index of ${IMAGES} images, and finds each of them`, async () => {
  const directory = join(folder(), 'images');
  await fillStore(directory);
  const store = createStore({ directory });

  expect(await store.reindex()).toEqual({ artifacts: IMAGES, skipped: [] });

  const all = await store.search({ limit: IMAGES });
  expect(new Set(all.map(({ id }) => id)).size).toBe(IMAGES);
  expect(await store.search({ limit: 3 })).toEqual(all.slice(0, 3));
  const found = await store.search({ text: `take ${IMAGES - 1}` });
  expect(found.map(({ id }) => id)).toEqual([`lighthouse-${IMAGES - 1}`]);
  await store.close();
});
