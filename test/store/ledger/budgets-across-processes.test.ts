/** Budgets and jobs across processes, also after one of them was killed. */
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { AiImageError, createImageManager } from '../../../src/index.ts';
import { createStore, type Store } from '../../../src/store/index.ts';
import { closeServers, startServer, until } from '../../faults/hostile-server.ts';
import { directProvider, finished, jobProvider, linkOn, startJobServer } from '../../faults/job-vendor.ts';
import { base64, png } from '../../faults/support.ts';
import { priced } from '../priced.ts';
import { linesOf, useChildren } from '../processes.ts';
import { publicFiles, useFolder } from '../support.ts';

const folder = useFolder();
const children = useChildren();
const stores: Store[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});
afterAll(closeServers);

const directory = () => join(folder(), 'images');
function open(): Store {
  const store = createStore({ directory: directory() });
  stores.push(store);
  return store;
}

const today = () => `day ${new Date().toISOString().slice(0, 10)}`;

describe('a budget', () => {
  const startProvider = () =>
    startServer(async (hit) => {
      hit.bill();
      await new Promise((done) => setTimeout(done, 50));
      hit.reply(200, { images: [{ bytes: base64(png()) }] });
    });

  it('D02: a budget allows exactly ten calls of four processes when it pays for ten', async () => {
    const server = await startProvider();
    const env = { DIRECTORY: directory(), ORIGIN: server.origin, CALLS: '16', PER_DAY_USD: '1' };
    const outputs = await Promise.all([1, 2, 3, 4].map((name) => children.run('buy', { ...env, NAME: String(name) })));
    const lines = outputs.flatMap(linesOf);

    expect(lines).toHaveLength(64);
    expect(server.bills()).toBe(10);
    expect(lines.filter((line) => line.startsWith('kept '))).toHaveLength(10);
    expect(lines.filter((line) => line === 'budget_exceeded')).toHaveLength(54);
    const store = open();
    expect(await store.ledger.taken(today())).toBe(1_000_000);
    expect(await store.verify()).toEqual({ intact: 10, findings: [] });
  });

  it('D02: the limit of a project per day holds for the calls of two processes together', async () => {
    const server = await startProvider();
    const env = { DIRECTORY: directory(), ORIGIN: server.origin, CALLS: '8', PER_DAY_USD: '0.5', PROJECT: 'ada' };
    const outputs = await Promise.all(['1', '2'].map((name) => children.run('buy', { ...env, NAME: name })));
    const lines = outputs.flatMap(linesOf);
    expect([server.bills(), lines.filter((line) => line === 'budget_exceeded').length]).toEqual([5, 11]);
    expect(await open().ledger.taken(`${today()} of project ada`)).toBe(500_000);
  });

  it('D02: a budget allows more when the processes have separate stores', async () => {
    const server = await startProvider();
    const env = { ORIGIN: server.origin, CALLS: '16', PER_DAY_USD: '1' };
    await Promise.all(
      ['a', 'b'].map((name) => children.run('buy', { ...env, DIRECTORY: join(folder(), name), NAME: name })),
    );
    expect(server.bills()).toBe(20);
  });

  it('D03: a budget counts the reservations of a killed process as spent', async () => {
    let isSilent = true;
    const server = await startServer((hit) => {
      hit.bill();
      if (!isSilent) hit.reply(200, { images: [{ bytes: base64(png()) }] });
    });
    const env = { DIRECTORY: directory(), ORIGIN: server.origin, CALLS: '3', PER_DAY_USD: '0.4' };
    const child = children.start('buy', env);
    expect(await until(() => server.bills() === 3, 10_000)).toBe(true);
    child.process.kill('SIGKILL');
    await child.end;
    isSilent = false;

    const store = open();
    const providers = { vendor: priced(directProvider(server), 0.1) };
    const images = createImageManager({ providers, store, budget: { perDayUsd: 0.4 } });
    expect(await store.ledger.taken(today())).toBe(300_000);
    expect((await images.jobs()).map(({ state }) => state)).toEqual(['unknown', 'unknown', 'unknown']);
    await images.generate({ prompt: 'the fourth' });
    await expect(images.generate({ prompt: 'the fifth' })).rejects.toMatchObject({ code: 'budget_exceeded' });
    expect(server.bills()).toBe(4);
  });
});

describe('a killed process with open jobs', () => {
  it('J22: all ten jobs are fetched and saved by the next process, without another submit', async () => {
    let isReady = false;
    const server = await startJobServer({
      poll: (hit) =>
        isReady
          ? hit.reply(200, { status: 'done', images: [{ link: linkOn(hit, `${hit.path.split('/').at(-1)}.png`) }] })
          : hit.reply(200, { status: 'running' }),
    });
    const child = children.start('buy', { DIRECTORY: directory(), ORIGIN: server.origin, CALLS: '10', KIND: 'jobs' });
    // Each job was polled, so each handle is on disk.
    const asked = () => new Set(server.polls.map(({ path }) => path)).size;
    expect(await until(() => asked() === 10, 15_000)).toBe(true);
    child.process.kill('SIGKILL');
    await child.end;
    isReady = true;

    const store = open();
    const images = createImageManager({ providers: { vendor: jobProvider(server) }, store });
    expect((await images.jobs()).map(({ state, isHeld }) => [state, isHeld])).toEqual(
      Array.from({ length: 10 }, () => ['running', false]),
    );
    const outcomes = await images.resumeAll();
    expect(outcomes.flatMap((each) => ('generation' in each ? each.generation.saved : []))).toHaveLength(10);
    expect(await images.resumeAll()).toEqual([]);
    expect((await images.jobs()).map(({ state }) => state)).toEqual(Array.from({ length: 10 }, () => 'done'));
    expect([server.submits(), server.bills()]).toEqual([10, 10]);
    expect(await store.verify()).toEqual({ intact: 10, findings: [] });
    expect(await publicFiles(store.directory)).toHaveLength(20);
    expect(new Set((await store.search()).map(({ prompt }) => prompt)).size).toBe(10);
  });

  it('J22: two managers that resume its jobs at the same time fetch each image once', async () => {
    const server = await startJobServer({ poll: (hit) => hit.reply(200, { status: 'running' }) });
    const child = children.start('buy', { DIRECTORY: directory(), ORIGIN: server.origin, CALLS: '6', KIND: 'jobs' });
    const asked = () => new Set(server.polls.map(({ path }) => path)).size;
    expect(await until(() => asked() === 6, 15_000)).toBe(true);
    child.process.kill('SIGKILL');
    await child.end;
    const home = await startJobServer({ poll: (hit) => hit.reply(200, finished(hit)) });
    const managers = [1, 2].map(() => createImageManager({ providers: { vendor: jobProvider(home) }, store: open() }));

    const outcomes = (await Promise.all(managers.map((images) => images.resumeAll()))).flat();
    expect(outcomes.filter((each) => 'generation' in each)).toHaveLength(6);
    expect([home.submits(), home.files.length]).toEqual([0, 6]);
    expect(new Set(outcomes.map(({ job }) => job.id)).size).toBe(6);
  });

  it('J17: a submit without a response becomes `unknown` and is not sent again', async () => {
    const server = await startJobServer({ submit: (hit) => hit.bill() });
    const child = children.start('buy', { DIRECTORY: directory(), ORIGIN: server.origin, KIND: 'jobs' });
    expect(await until(() => server.bills() === 1, 10_000)).toBe(true);
    child.process.kill('SIGKILL');
    await child.end;

    const images = createImageManager({ providers: { vendor: jobProvider(server) }, store: open() });
    expect(await images.resumeAll()).toEqual([]);
    expect(await images.jobs()).toMatchObject([{ state: 'unknown', isHeld: false }]);
    expect([server.submits(), server.bills()]).toEqual([1, 1]);
  });

  it.each([
    ['no', 0],
    ['yes', 100_000],
  ] as const)(
    'D11: a job that is refused later (charged: %s) releases its reservation only when it was not charged',
    async (charged, taken) => {
      const server = await startJobServer({ poll: (hit) => hit.reply(200, { status: 'running' }) });
      const env = { DIRECTORY: directory(), ORIGIN: server.origin, KIND: 'jobs', PER_DAY_USD: '1' };
      const child = children.start('buy', env);
      expect(await until(() => server.polls.length > 0, 10_000)).toBe(true);
      child.process.kill('SIGKILL');
      await child.end;

      const store = open();
      const refused = new AiImageError('content_refused', 'vendor: not this one', { charged });
      const vendor = { ...priced(jobProvider(server), 0.1), resume: () => Promise.reject(refused) };
      const images = createImageManager({ providers: { vendor }, store });
      expect(await store.ledger.taken(today())).toBe(100_000);
      expect(await images.resumeAll()).toMatchObject([{ error: { code: 'content_refused' } }]);
      expect(await store.ledger.taken(today())).toBe(taken);
      expect(await images.jobs()).toMatchObject([{ state: 'failed' }]);
    },
  );
});
