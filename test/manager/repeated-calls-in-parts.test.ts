/** The same call id again while the call runs, after it ended in parts, and after its record was removed. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { type AiImageError, createImageManager } from '../../src/index.ts';
import { createStore, type Store, type StoreSettings } from '../../src/store/index.ts';
import { ledgerAccessOf } from '../../src/store/ledger-access.ts';
import { closeServers } from '../faults/hostile-server.ts';
import { finished, jobProvider, startJobServer } from '../faults/job-vendor.ts';
import { loadAdapters } from '../faults/support.ts';
import { useFolder } from '../store/support.ts';
import { PaidProvider } from './support.ts';

await loadAdapters();
const folder = useFolder();
const stores: Store[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});
afterAll(closeServers);

function openStore(settings: Partial<StoreSettings> = {}): Store {
  const store = createStore({ directory: join(folder(), 'images'), ...settings });
  stores.push(store);
  return store;
}

const errorOf = (work: Promise<unknown>): Promise<AiImageError> =>
  work.then(
    () => Promise.reject(new Error('it should have failed')),
    (error: AiImageError) => error,
  );
const request = { prompt: 'a red fox', size: '64x64' } as const;
/** Two jobs: one of four images and one of one image. */
const inTwoJobs = { ...request, n: 5 };

it('another request under the id of a call that is running is refused, and does not get its images', async () => {
  const vendor = new PaidProvider({ delayMs: 100 });
  const images = createImageManager({ providers: { vendor }, store: openStore() });
  const callId = randomUUID();
  const first = images.generate(request, { callId });
  await expect.poll(async () => (await images.findCall(callId))?.state).toBe('submitting');
  const other = images.generate({ ...request, prompt: 'a blue fox' }, { callId });
  expect(await errorOf(other)).toMatchObject({ code: 'invalid_request', charged: 'no' });
  expect((await first).images).toHaveLength(1);
  expect(vendor.bought).toBe(1);
});

it('of two requests that begin with one call id at the same time, one is sent', async () => {
  const vendor = new PaidProvider({ delayMs: 50 });
  const images = createImageManager({ providers: { vendor }, store: openStore() });
  const callId = randomUUID();
  const both = ['a red fox', 'a blue fox'].map((prompt) => images.generate({ ...request, prompt }, { callId }));
  const outcomes = await Promise.allSettled(both);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(vendor.bought).toBe(1);
});

it('a call whose record was removed after its end is not sent again while its images are stored', async () => {
  const vendor = new PaidProvider();
  let time = Date.UTC(2026, 10, 25);
  const store = openStore({ keepEndedJobsMs: 0, now: () => time });
  const images = createImageManager({ providers: { vendor }, store });
  const callId = randomUUID();
  const { saved } = await images.generate(request, { callId });
  time += 3_600_001;
  await images.generate({ ...request, prompt: 'a blue fox' });
  expect(await images.findCall(callId)).toBeUndefined();
  const again = await images.generate(request, { callId });
  expect(again).toMatchObject({ isCached: true, saved, notes: [expect.stringContaining('no longer kept')] });
  expect(vendor.bought).toBe(2);
});

it('a job that cannot be fetched does not keep the other jobs of its call from being fetched', async () => {
  let isReady = false;
  const home = await startJobServer({
    poll(hit) {
      if (!isReady) return hit.reply(200, { status: 'running' });
      if (hit.path.includes('job-1')) return hit.reply(500, { error: 'broken' });
      hit.reply(200, finished(hit));
    },
  });
  const vendor = jobProvider(home, { deadlineMs: 1_500 });
  const images = createImageManager({ providers: { vendor }, store: openStore() });
  const callId = randomUUID();
  expect(await errorOf(images.generate(inTwoJobs, { callId }))).toMatchObject({ code: 'timeout' });
  isReady = true;
  const { saved, notes } = await images.generate(inTwoJobs, { callId });
  expect(saved).toHaveLength(1);
  expect(notes).toEqual([
    expect.stringContaining('could not be fetched: jobs: broken'),
    'the call asked for 5 images, and 1 of them are known',
  ]);
  const { records = [] } = (await images.findCall(callId)) ?? {};
  expect(records.map(({ state }) => state)).toEqual(['running', 'done']);
  expect(home.submits()).toBe(2);
});

it('a second manager with the same store leaves the jobs of a running call to the first one', async () => {
  const submitted = Promise.withResolvers<void>();
  const home = await startJobServer({
    submit(hit, nth) {
      if (nth === 1) return hit.reply(200, { id: 'job-1' });
      void submitted.promise.then(() => hit.reply(200, { id: `job-${nth}` }));
    },
    poll: (hit) => hit.reply(200, finished(hit)),
  });
  const store = openStore();
  const create = () => createImageManager({ providers: { vendor: jobProvider(home) }, store });
  const [one, two] = [create(), create()];
  const callId = randomUUID();
  const first = one.generate(inTwoJobs, { callId });
  await expect.poll(async () => (await one.findCall(callId))?.state).toBe('running');
  expect(await errorOf(two.generate(inTwoJobs, { callId }))).toMatchObject({ code: 'unavailable' });
  expect(await two.resumeAll()).toEqual([]);
  submitted.resolve();
  expect((await first).images).toHaveLength(2);
  expect(home.submits()).toBe(2);
});

it('a call that was refused over a thousand times is sent again with the next number', async () => {
  const vendor = new PaidProvider({ fail: 'rate_limited' });
  const store = openStore();
  const images = createImageManager({ providers: { vendor }, store });
  const callId = randomUUID();
  await errorOf(images.generate(request, { callId }));
  const database = await ledgerAccessOf(store, 'the test').database();
  await database.run(
    `WITH RECURSIVE n (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < 2500)
     INSERT INTO calls SELECT id || '-' || n, provider, model, reservation, state, started_at, owner, last_try, decision, ended_at,
     request, artifacts, charged, unlisted FROM calls, n`,
  );
  Object.assign(vendor, { generate: new PaidProvider().generate });
  await images.generate(request, { callId });
  const { records = [], state } = (await images.findCall(callId)) ?? {};
  expect(state).toBe('done');
  expect(records.at(-1)?.id).toBe(`${callId}-2501`);
});

it('an image that was saved when the end of its job could not be recorded is returned once', async () => {
  let isReady = false;
  const home = await startJobServer({
    poll(hit) {
      if (hit.path.includes('job-2') && !isReady) return hit.reply(200, { status: 'running' });
      hit.reply(200, finished(hit));
    },
  });
  const store = openStore();
  const images = createImageManager({ providers: { vendor: jobProvider(home, { deadlineMs: 1_500 }) }, store });
  const callId = randomUUID();
  expect((await images.generate(inTwoJobs, { callId })).saved).toHaveLength(1);
  isReady = true;
  const { endJob } = store.jobs;
  Object.assign(store.jobs, { endJob: () => Promise.reject(new Error('the disk is full')) });
  const second = await images.generate(inTwoJobs, { callId });
  expect(second.saved).toHaveLength(2);
  Object.assign(store.jobs, { endJob });
  const third = await images.generate(inTwoJobs, { callId });
  expect(third.saved).toEqual(second.saved);
  expect(third.images.map(({ id }) => id)).toEqual(second.saved.map(({ id }) => id));
  expect((await images.findCall(callId))?.state).toBe('done');
});
