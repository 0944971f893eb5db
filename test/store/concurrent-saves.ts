/** Saves images from many processes into one store, and compares the store with what they reported. Used here at two sizes. */
import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { createStore, type Store } from '../../src/store/index.ts';
import { type Children, linesOf } from './processes.ts';
import { incomingFiles, publicFiles } from './support.ts';
import { bytesOf } from './works.ts';

/** Lists every difference between the store and what the processes reported, in words. */
export async function problemsOf(store: Store, reported: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const found = new Map((await store.search({ limit: 100_000 })).map(({ id, path }) => [id, path]));
  const { intact, findings } = await store.verify();
  const names = await publicFiles(store.directory);
  const problems = findings.map(({ kind, path }) => `${kind}: ${path}`);
  if (found.size !== reported.size) problems.push(`${found.size} of ${reported.size} are found`);
  if (intact !== reported.size || names.length !== 2 * reported.size)
    problems.push(`${intact} intact, ${names.length} files`);
  for (const [id, path] of reported) {
    if (found.get(id) !== path) problems.push(`${id} is at ${found.get(id)}, not at ${path}`);
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes === undefined || !bytes.equals(bytesOf(id))) problems.push(`${path} is not ${id}`);
  }
  return problems;
}

/** @returns the path of each saved image, by id */
export async function saveAll(
  children: Children,
  directory: string,
  processes: number,
  saves: number,
): Promise<ReadonlyMap<string, string>> {
  const names = Array.from({ length: processes }, (_, at) => String(at));
  const env = { DIRECTORY: directory, SAVES: String(saves) };
  const outputs = await Promise.all(names.map((NAME) => children.run('save-many', { ...env, NAME })));
  const lines = outputs.flatMap(linesOf).map((line) => line.split(' ') as [string, string]);
  expect(lines).toHaveLength(processes * saves);
  return new Map(lines);
}

/** Saves `processes * saves` images under one name, and checks that none is lost, before and after the index is rebuilt. */
export async function checkConcurrentSaves(
  children: Children,
  directory: string,
  { processes, saves }: { readonly processes: number; readonly saves: number },
): Promise<void> {
  const reported = await saveAll(children, directory, processes, saves);
  const count = processes * saves;
  expect([reported.size, new Set(reported.values()).size]).toEqual([count, count]);
  const store = createStore({ directory });
  expect(await problemsOf(store, reported)).toEqual([]);
  expect(await incomingFiles(directory)).toEqual([]);
  expect(await store.reindex()).toEqual({ artifacts: count, skipped: [] });
  expect(await problemsOf(store, reported)).toEqual([]);
  await store.close();
}
