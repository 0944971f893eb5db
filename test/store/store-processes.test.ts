/** A07: many processes use one store at the same time. `test/heavy` has the full size. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createStore } from '../../src/store/index.ts';
import { checkConcurrentSaves, problemsOf, saveAll } from './concurrent-saves.ts';
import { useChildren } from './processes.ts';
import { useFolder } from './support.ts';

const folder = useFolder();
const children = useChildren();

it('A07: 4 processes that save 20 images each under one name lose none, and all are found', async () => {
  await checkConcurrentSaves(children, join(folder(), 'images'), { processes: 4, saves: 20 });
}, 60_000);

it('A07: the check finds a missing file and a replaced file', async () => {
  const directory = join(folder(), 'images');
  const reported = await saveAll(children, directory, 2, 4);
  const store = createStore({ directory });
  const [[, first = ''] = [], [, second = ''] = []] = [...reported];
  await rm(first.replace('.png', '.json'));
  await rm(second);
  const problems = await problemsOf(store, reported);
  expect(problems.some((each) => each === `no-sidecar: ${first}`)).toBe(true);
  expect(problems.some((each) => each === `no-image: ${second}`)).toBe(true);
  await store.close();
});
