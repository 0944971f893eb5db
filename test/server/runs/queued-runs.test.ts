/** With a queue, workers generate the images, and the server waits for them. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRunList } from '../../../src/apps/server/runs/create-run-list.ts';
import { createImageManager, createProvider } from '../../../src/index.ts';
import type { ManagerSettings } from '../../../src/manager/index.ts';
import { createQueue, createWorker } from '../../../src/queue/index.ts';
import { createStore } from '../../../src/store/index.ts';
import { closeServers } from '../../faults/hostile-server.ts';
import { jobProvider, startJobServer } from '../../faults/job-vendor.ts';
import { loadAdapters } from '../../faults/support.ts';
import { useFolder } from '../../store/support.ts';
import { openImagesVendor } from '../clients/images-vendor.ts';
import { VENDOR_KEY } from '../clients/support.ts';
import { LIMITS, reasonOf, requestOf } from './support.ts';

beforeAll(loadAdapters);
afterAll(closeServers);
const folder = useFolder();

async function openQueued(given: Partial<Pick<ManagerSettings, 'providers' | 'budget'>> = {}) {
  const home = await startJobServer();
  const store = createStore({ directory: folder(), marks: 'none' });
  const manager = createImageManager({ providers: { vendor: jobProvider(home) }, store, ...given });
  const queue = createQueue({ store });
  const limits = { ...LIMITS, callsPerToken: 1, waitingPerToken: 1 };
  const settings = { manager, store, queue, tokens: ['ada'], limits, now: () => Date.now(), onError: () => undefined };
  const runs = createRunList(settings);
  return {
    ...{ home, runs, queue },
    work: () => createWorker({ queue, manager }).run('drained'),
    async close() {
      await runs.close(0);
      await queue.close();
      await manager.close();
      await store.close();
    },
  };
}

it('a worker generates the images once, and the same key gets them again', async () => {
  const { home, runs, queue, work, close } = await openQueued();
  const run = await runs.start(requestOf('a fox', { key: 'k1' }));
  await expect.poll(() => queue.find(run.id).then((found) => found?.state)).toBe('waiting');
  expect(run.summary().state).toBe('waiting');
  await work();
  const { saved } = await run.result;
  expect(saved).toHaveLength(1);
  expect(run.summary()).toMatchObject({ state: 'done', artifacts: [saved[0]?.id] });
  const again = await (await runs.start(requestOf('a fox', { key: 'k1' }))).result;
  expect(again).toMatchObject({ isCached: true, cost: { usd: 0 }, saved: [{ id: saved[0]?.id }] });
  expect(await reasonOf(runs.start(requestOf('a hen', { key: 'k1' })))).toMatchObject({ status: 422 });
  expect(home.bills()).toBe(1);
  await close();
});

it('S16: the queue of a token is bounded, and cancelled work is never sent', async () => {
  const { home, runs, queue, work, close } = await openQueued();
  const one = await runs.start(requestOf('one'));
  const two = await runs.start(requestOf('two'));
  expect(await reasonOf(runs.start(requestOf('three')))).toMatchObject({ status: 503, code: 'overloaded' });
  await expect.poll(() => queue.find(one.id).then((found) => found?.state)).toBe('waiting');
  expect(await runs.cancel(one.id)).toBe(true);
  expect(await reasonOf(one.result)).toMatchObject({ code: 'aborted' });
  expect(one.summary().state).toBe('cancelled');
  await work();
  await two.result;
  expect(home.bills()).toBe(1);
  await close();
});

it('a call that the budget does not allow today is refused, and is not generated tomorrow', async () => {
  const vendor = await openImagesVendor();
  const openai = createProvider('openai', { apiKey: VENDOR_KEY, baseUrl: `${vendor.origin}/v1` });
  const { runs, queue, work, close } = await openQueued({ providers: { openai }, budget: { perDayUsd: 0.01 } });
  const start = { ...requestOf('a fox', { key: 'k1' }), request: { prompt: 'a fox', model: 'gpt-image-2' } };
  const run = await runs.start(start);
  await expect.poll(() => queue.find(run.id).then((found) => found?.state)).toBe('waiting');
  await work();
  expect(await reasonOf(run.result)).toMatchObject({ code: 'budget_exceeded', charged: 'no' });
  expect(run.summary()).toMatchObject({ state: 'failed', error: { code: 'budget_exceeded' } });
  expect(await queue.find(run.id)).toMatchObject({ state: 'cancelled' });
  const again = await runs.start(start);
  await expect.poll(() => queue.find(run.id).then((found) => found?.state)).toBe('waiting');
  await work();
  expect(await reasonOf(again.result)).toMatchObject({ code: 'budget_exceeded' });
  expect(vendor.submits).toHaveLength(0);
  await close();
  await vendor.close();
});
