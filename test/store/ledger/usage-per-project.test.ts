/** Spending of projects: what a store reports, and what it knows after its ledger was rebuilt. */
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { createImageManager, StubProvider } from '../../../src/index.ts';
import { createStore, type Store } from '../../../src/store/index.ts';
import { useFolder } from '../support.ts';

const folder = useFolder();
const stores: Store[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

const today = () => new Date().toISOString().slice(0, 10);

async function spend(): Promise<Store> {
  const store = createStore({ directory: join(folder(), 'images') });
  stores.push(store);
  const images = createImageManager({ providers: { stub: new StubProvider({ costUsd: 0.1 }) }, store });
  const projects = ['ada', 'ada', 'eve', 7, undefined];
  for (const [seed, costCenter] of projects.entries())
    await images.generate({
      prompt: 'a fox',
      size: '64x64',
      seed,
      metadata: costCenter === undefined ? {} : { costCenter },
    });
  return store;
}

it('reports usage per project, and without the option all in one row', async () => {
  const store = await spend();
  const one = { day: today(), provider: 'stub', model: 'stub-1' };
  const rows = await store.usage(undefined, { perProject: true });
  const byProject = [...rows].sort((a, b) => (a.project ?? '').localeCompare(b.project ?? ''));
  expect(byProject).toEqual([
    { ...one, calls: 1, images: 1, usd: 0.1 },
    { ...one, project: '7', calls: 1, images: 1, usd: 0.1 },
    { ...one, project: 'ada', calls: 2, images: 2, usd: 0.2 },
    { ...one, project: 'eve', calls: 1, images: 1, usd: 0.1 },
  ]);
  expect(await store.usage()).toEqual([{ ...one, calls: 5, images: 5, usd: 0.5 }]);
});

it('a rebuilt ledger knows what each project spent on each day', async () => {
  const store = await spend();
  const scopes = ['ada', 'eve', '7'].map((project) => `day ${today()} of project ${project}`);
  const taken = () => Promise.all(scopes.map((scope) => store.ledger.taken(scope)));
  expect(await taken()).toEqual([200_000, 100_000, 100_000]);
  await store.repairLedger();
  expect(await taken()).toEqual([200_000, 100_000, 100_000]);
});
