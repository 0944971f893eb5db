/** A07: many processes work with one store at the same time. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createStore, type Store } from '../../src/store/index.ts';
import { linesOf, useChildren } from './processes.ts';
import { incomingFiles, publicFiles, useFolder } from './support.ts';
import { bytesOf } from './works.ts';

const folder = useFolder();
const children = useChildren();

/** Everything that is not as it was said to be, in words. */
async function problemsOf(store: Store, said: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const found = new Map((await store.search({ limit: 100_000 })).map(({ id, path }) => [id, path]));
  const { whole, findings } = await store.verify();
  const names = await publicFiles(store.directory);
  const problems = findings.map(({ kind, path }) => `${kind}: ${path}`);
  if (found.size !== said.size) problems.push(`${found.size} of ${said.size} are found`);
  if (whole !== said.size || names.length !== 2 * said.size) problems.push(`${whole} whole, ${names.length} files`);
  for (const [id, path] of said) {
    if (found.get(id) !== path) problems.push(`${id} is at ${found.get(id)}, not at ${path}`);
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes === undefined || !bytes.equals(bytesOf(id))) problems.push(`${path} is not ${id}`);
  }
  return problems;
}

async function saveAll(directory: string, processes: number, saves: number): Promise<ReadonlyMap<string, string>> {
  const names = Array.from({ length: processes }, (_, at) => String(at));
  const env = { DIRECTORY: directory, SAVES: String(saves) };
  const outputs = await Promise.all(names.map((NAME) => children.run('save-many', { ...env, NAME })));
  const lines = outputs.flatMap(linesOf).map((line) => line.split(' ') as [string, string]);
  expect(lines).toHaveLength(processes * saves);
  return new Map(lines);
}

it('A07: 8 processes that save 200 pictures each under one name have 1,600 pictures with their sidecars, and all are found', async () => {
  const directory = join(folder(), 'pictures');
  const said = await saveAll(directory, 8, 200);
  expect([said.size, new Set(said.values()).size]).toEqual([1_600, 1_600]);
  const store = createStore({ directory });
  expect(await problemsOf(store, said)).toEqual([]);
  expect(await incomingFiles(directory)).toEqual([]);
  expect(await store.reindex()).toEqual({ artifacts: 1_600, passedOver: [] });
  expect(await problemsOf(store, said)).toEqual([]);
  await store.close();
}, 180_000);

it('A07: one file that goes missing, and one that is another, are seen', async () => {
  const directory = join(folder(), 'pictures');
  const said = await saveAll(directory, 2, 4);
  const store = createStore({ directory });
  const [[, first = ''] = [], [, second = ''] = []] = [...said];
  await rm(first.replace('.png', '.json'));
  await rm(second);
  const problems = await problemsOf(store, said);
  expect(problems.some((each) => each === `no-sidecar: ${first}`)).toBe(true);
  expect(problems.some((each) => each === `no-picture: ${second}`)).toBe(true);
  await store.close();
});
