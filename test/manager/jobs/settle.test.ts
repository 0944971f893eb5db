/** A person settles a call whose outcome no reply told. */
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createImageManager } from '../../../src/index.ts';
import { createLedger } from '../../../src/manager/index.ts';
import { createStore, type Store } from '../../../src/store/index.ts';
import { closeServers, until } from '../../faults/hostile-server.ts';
import { finished, jobProvider, startJobServer } from '../../faults/job-vendor.ts';
import { failure } from '../../faults/support.ts';
import { priced } from '../../store/priced.ts';
import { handleOf } from '../../store/sample-images.ts';
import { useFolder } from '../../store/support.ts';
import { movableClock, PaidProvider, small } from '../support.ts';

const folder = useFolder();
const stores: Store[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});
afterAll(closeServers);

function openStore(): Store {
  const store = createStore({ directory: join(folder(), 'images') });
  stores.push(store);
  return store;
}

const NOW = Date.UTC(2026, 10, 25, 12);
const DAY = 'day 2026-11-25';

/** A call that may have cost 0.10 USD. */
async function doubtful(where: 'in memory' | 'in a store' = 'in memory') {
  const more = where === 'in memory' ? { ledger: createLedger() } : { store: openStore() };
  const ledger = more.store?.ledger ?? more.ledger;
  const bad = new PaidProvider({ fail: 'outcome_unknown' });
  const images = createImageManager({ providers: { bad }, clock: movableClock(NOW), ...more });
  await failure(images.generate(small));
  const [record] = await images.jobs();
  return { images, id: record!.id, bad, taken: () => ledger!.taken(DAY) };
}

describe.each(['in memory', 'in a store'] as const)('an unknown call %s', (where) => {
  it.each([
    ['charged, at the reserved price', { charged: true }, 100_000],
    ['charged, at a different price', { charged: true, usd: 0.25 }, 250_000],
    ['not charged', { charged: false }, 0],
  ])('is settled as %s', async (_, settlement, micros) => {
    const { images, id, bad, taken } = await doubtful(where);
    expect(await taken()).toBe(100_000);
    const recorded = { ...settlement, by: 'ada', at: new Date(NOW).toISOString() };
    expect(await images.settle(id, { ...settlement, by: 'ada' })).toMatchObject({
      id,
      state: 'failed',
      settlement: recorded,
    });
    expect(await taken()).toBe(micros);
    expect(await images.jobs()).toMatchObject([{ id, state: 'failed', settlement: recorded }]);

    const again = await failure(images.settle(id, { charged: true, usd: 9, by: 'ben' }));
    expect(again).toMatchObject({ code: 'invalid_request', charged: 'no' });
    expect(again.message).toMatch(/was already settled: (not )?charged.*, by ada at 2026-11-25T12:00:00/);
    expect([await taken(), bad.bought]).toEqual([micros, 1]);
  });
});

it('when two people settle a call at once, the ledger follows the settlement that counts', async () => {
  const { images, id, taken } = await doubtful('in a store');
  const both = [
    images.settle(id, { charged: false, by: 'ada' }),
    images.settle(id, { charged: true, usd: 3, by: 'ben' }),
  ];
  const ends = await Promise.allSettled(both);
  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const [record] = await images.jobs();
  expect(await taken()).toBe(record?.settlement?.by === 'ada' ? 0 : 3_000_000);
});

it('a settlement that a crash kept from the ledger is written there by the next attempt', async () => {
  const store = openStore();
  const bad = new PaidProvider({ fail: 'outcome_unknown' });
  const images = createImageManager({ providers: { bad }, store });
  await failure(images.generate(small));
  const [record] = await images.jobs();
  const at = new Date().toISOString();
  await store.jobs.settle(record!.id, { charged: false, by: 'ada', at });
  const day = `day ${at.slice(0, 10)}`;
  expect(await store.ledger.taken(day)).toBe(100_000);
  await failure(images.settle(record!.id, { charged: false }));
  expect(await store.ledger.taken(day)).toBe(0);
});

describe('a call that cannot be settled', () => {
  it.each([
    ['an unknown id', 'nobody', { charged: true }, 'no job or call nobody is recorded'],
    ['an amount without a charge', undefined, { charged: false, usd: 1 }, 'usd'],
    ['an invalid amount', undefined, { charged: true, usd: -1 }, 'usd'],
    ['an amount that is not a number', undefined, { charged: true, usd: Number.NaN }, 'usd'],
    ['an amount as text', undefined, { charged: true, usd: '0.1' as never }, 'usd'],
    ['without `charged`', undefined, {} as { charged: boolean }, 'charged'],
  ])('is refused: %s', async (_, id, settlement, words) => {
    const { images, id: known, taken } = await doubtful();
    const error = await failure(images.settle(id ?? known, settlement));
    expect([error.code, error.message.includes(words)]).toEqual(['invalid_request', true]);
    expect([await taken(), (await images.jobs())[0]?.state]).toEqual([100_000, 'unknown']);
  });

  it('is refused when it has ended by itself', async () => {
    const server = await startJobServer({});
    const images = createImageManager({ providers: { vendor: jobProvider(server) } });
    await images.generate({ prompt: 'a red fox' });
    expect(await failure(images.settle('job-1', { charged: false }))).toMatchObject({
      message: expect.stringMatching(/ is done/),
    });
  });

  it('is refused while another process works on it, and while this one does', async () => {
    const [other, store] = [openStore(), openStore()];
    await other.jobs.begin({ id: 'c1', provider: 'vendor', model: 'm', reservation: 'r' });
    await other.jobs.submitted('c1', handleOf('j1'));
    const server = await startJobServer({ poll: (hit) => hit.reply(200, { status: 'running' }) });
    const images = createImageManager({ providers: { vendor: jobProvider(server) }, store });
    expect(await failure(images.settle('j1', { charged: false }))).toMatchObject({
      message: expect.stringMatching(/a process is working on/),
    });
    const stop = new AbortController();
    const underWay = failure(images.generate({ prompt: 'a red fox' }, { signal: stop.signal }));
    await until(() => server.polls.length > 0, 5_000);
    expect(await failure(images.settle('job-1', { charged: false }))).toMatchObject({
      message: expect.stringMatching(/a process is working on/),
    });
    stop.abort();
    await underWay;
    // It is open again, so a person may settle it.
    await until(() => server.cancels.length > 0, 5_000);
    expect(await images.settle('job-1', { charged: false })).toMatchObject({ state: 'failed' });
    expect((await images.jobs()).find(({ id }) => id === 'c1')).toMatchObject({ state: 'running', isHeld: true });
  });
});

describe('an open job that was settled', () => {
  it('is no longer fetched by resumeAll; when fetched by its id, the vendor’s amount counts from then on', async () => {
    let isReady = false;
    const server = await startJobServer({
      poll: (hit) => hit.reply(200, isReady ? finished(hit) : { status: 'running' }),
    });
    const vendor = priced(jobProvider(server), 0.1);
    const ledger = createLedger();
    const reporting = {
      ...vendor,
      resume: async (...args: Parameters<NonNullable<typeof vendor.resume>>) => ({
        ...(await vendor.resume!(...args)),
        cost: { usd: 0.3, basis: 'reported' as const },
      }),
    };
    const images = createImageManager({ providers: { told: reporting }, ledger });
    await failure(images.generate({ prompt: 'a red fox' }, { deadlineMs: 300 }));
    await images.settle('job-1', { charged: false });
    const day = `day ${new Date().toISOString().slice(0, 10)}`;
    expect(await ledger.taken(day)).toBe(0);
    isReady = true;
    expect(await images.resumeAll()).toEqual([]);
    await images.resume('job-1');
    expect(await ledger.taken(day)).toBe(300_000);
    expect(await images.jobs()).toMatchObject([{ state: 'done', settlement: { charged: false } }]);
  });
});
