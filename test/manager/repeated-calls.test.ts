/** The same call id again: the same images, and never a second charge. In memory, with a store in a file, and with one in PostgreSQL. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { type AiImageError, createImageManager, type ImageManager } from '../../src/index.ts';
import { createStore, type Store } from '../../src/store/index.ts';
import { closeServers } from '../faults/hostile-server.ts';
import { finished, jobProvider, startJobServer } from '../faults/job-vendor.ts';
import { schemaOf } from '../store/databases.ts';
import { useFolder } from '../store/support.ts';
import { openTestDatabase } from '../support/postgres-server.ts';
import { PaidProvider, timeOutAfterSubmit } from './support.ts';

const database = await openTestDatabase();
const folder = useFolder();
const stores: Store[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});
afterAll(async () => {
  await closeServers();
  await database.close();
});

function openStore(where: 'file' | 'PostgreSQL'): Store {
  const directory = join(folder(), 'images');
  const store = createStore({
    directory,
    ...(where === 'PostgreSQL' && { database: { pool: database.pool, schema: schemaOf(directory) } }),
  });
  stores.push(store);
  return store;
}

const request = { prompt: 'a red fox', size: '64x64', n: 2 } as const;
const kinds = ['memory', 'file', 'PostgreSQL'] as const;
const errorOf = (work: Promise<unknown>): Promise<AiImageError> =>
  work.then(
    () => Promise.reject(new Error('it should have failed')),
    (error: AiImageError) => error,
  );

describe.each(kinds)('a repeated call id (%s)', (where) => {
  /** @param isSame the same manager, as memory is lost with it */
  const managers = (providers: Parameters<typeof createImageManager>[0]['providers']) => {
    const create = () => createImageManager({ providers, ...(where !== 'memory' && { store: openStore(where) }) });
    const first = create();
    return { first, again: (): ImageManager => (where === 'memory' ? first : create()) };
  };

  it('returns the same images and charges nothing again, also in another process', async () => {
    const vendor = new PaidProvider();
    const { first, again } = managers({ vendor });
    const callId = randomUUID();
    const made = await first.generate(request, { callId });
    const second = await again().generate({ ...request, metadata: { other: 'notes' } }, { callId });

    expect(second.images.map(({ id }) => id)).toEqual(made.images.map(({ id }) => id));
    // A store returns the bytes of its files, which hold the mark "made by AI".
    const bytes = await Promise.all(made.images.map(async ({ id, imageBytes }) => stores[0]?.open(id) ?? imageBytes));
    expect(second.images.map(({ imageBytes }) => imageBytes)).toEqual(bytes);
    expect(second.saved).toEqual(made.saved);
    expect(second).toMatchObject({ isCached: true, cost: { usd: 0 }, model: made.model });
    expect(vendor.bought).toBe(1);
    expect(await again().findCall(callId)).toMatchObject({
      id: callId,
      state: 'done',
      isHeld: false,
      artifacts: made.saved.map(({ id }) => id),
      endedAt: expect.any(String),
    });
    expect(await again().jobs()).toEqual([]);
  });

  it('is one call when it is used twice at the same time', async () => {
    const vendor = new PaidProvider({ delayMs: 20 });
    const { first } = managers({ vendor });
    const callId = randomUUID();
    const both = await Promise.all([first.generate(request, { callId }), first.generate(request, { callId })]);
    expect(vendor.bought).toBe(1);
    expect(both[0].images[0].id).toBe(both[1].images[0].id);
  });

  it('is refused for another request, before anything is sent', async () => {
    const vendor = new PaidProvider();
    const { first, again } = managers({ vendor });
    const callId = randomUUID();
    await first.generate(request, { callId });
    for (const other of [{ prompt: 'a blue fox' }, { ...request, n: 1 }, { ...request, size: '32x32' }]) {
      const error = await errorOf(again().generate(other as never, { callId }));
      expect(error).toMatchObject({ code: 'invalid_request', charged: 'no' });
    }
    expect(vendor.bought).toBe(1);
  });

  it('is refused for another request while the first one is running', async () => {
    const vendor = new PaidProvider({ delayMs: 50 });
    const { first } = managers({ vendor });
    const callId = randomUUID();
    const running = first.generate(request, { callId });
    await vi.waitFor(async () => expect(await first.findCall(callId)).toBeDefined(), 30_000);
    const error = await errorOf(first.generate({ prompt: 'a blue fox' }, { callId }));
    expect(error).toMatchObject({ code: 'invalid_request', charged: 'no' });
    expect((await running).images).toHaveLength(2);
    expect(vendor.bought).toBe(1);
  });

  it('gives one of two different requests at the same time no images of the other', async () => {
    const vendor = new PaidProvider({ delayMs: 20 });
    const { first } = managers({ vendor });
    const callId = randomUUID();
    const requests = [request, { prompt: 'a blue fox' }] as const;
    const ends = await Promise.allSettled(requests.map((each) => first.generate(each, { callId })));
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(vendor.bought).toBe(1);
  });

  it('is sent again after a failure that charged nothing, as <callId>-2', async () => {
    const vendor = new PaidProvider({ fail: 'unavailable' });
    const { first, again } = managers({ vendor });
    const callId = randomUUID();
    expect(await errorOf(first.generate(request, { callId }))).toMatchObject({ code: 'unavailable' });
    expect(await again().findCall(callId)).toMatchObject({
      state: 'failed',
      charged: 'no',
      lastAttempt: { code: 'unavailable' },
    });
    const working = new PaidProvider();
    Object.assign(vendor, { generate: working.generate, plan: working.plan });
    const made = await again().generate(request, { callId });
    expect(made).toMatchObject({ isCached: false });
    const call = await again().findCall(callId);
    expect(call).toMatchObject({ state: 'done', records: [{ id: callId }, { id: `${callId}-2` }] });
    await again().generate(request, { callId });
    expect(working.bought).toBe(1);
  });

  it('is never sent again when the outcome is unknown, until a person settles it', async () => {
    const vendor = new PaidProvider({ fail: 'outcome_unknown' });
    const { first, again } = managers({ vendor });
    const callId = randomUUID();
    await errorOf(first.generate(request, { callId }));
    const tries = vendor.bought;
    expect(await errorOf(again().generate(request, { callId }))).toMatchObject({
      code: 'outcome_unknown',
      charged: 'unknown',
      hint: expect.stringContaining('settle'),
    });
    expect(vendor.bought).toBe(tries);
    await again().settle(callId, { charged: false });
    const working = new PaidProvider();
    Object.assign(vendor, { generate: working.generate });
    await again().generate(request, { callId });
    expect(working.bought).toBe(1);
  });

  it('fails with the reason after a settlement that says it was charged', async () => {
    const vendor = new PaidProvider({ fail: 'outcome_unknown' });
    const { first, again } = managers({ vendor });
    const callId = randomUUID();
    await errorOf(first.generate(request, { callId }));
    const tries = vendor.bought;
    await again().settle(callId, { charged: true, usd: 0.2 });
    const error = await errorOf(again().generate(request, { callId }));
    expect(error).toMatchObject({ code: 'no_image', charged: 'yes', hint: expect.stringContaining('new call id') });
    expect(vendor.bought).toBe(tries);
  });

  it('fetches the images of its job', async () => {
    const home = await startJobServer({ poll: (hit) => hit.reply(200, finished(hit)) });
    const vendor = timeOutAfterSubmit(jobProvider(home));
    const { first, again } = managers({ vendor });
    const callId = randomUUID();
    const one = { ...request, n: 1 };
    expect(await errorOf(first.generate(one, { callId }))).toMatchObject({ code: 'timeout' });
    expect(await again().findCall(callId)).toMatchObject({ state: 'running' });
    const fetched = await again().generate(one, { callId });
    expect(fetched.images).toHaveLength(1);
    expect(home.hits.filter(({ method }) => method === 'POST')).toHaveLength(1);
    const call = await again().findCall(callId);
    expect(call).toMatchObject({ state: 'done', artifacts: fetched.saved.map(({ id }) => id) });
    const cached = await again().generate(one, { callId });
    expect(cached).toMatchObject({ isCached: true, images: [{ id: fetched.images[0].id }] });
  });
});

describe('a call id', () => {
  it.each([
    ['short', 'order-7'],
    ['a number', 7],
    ['empty', ''],
    ['with a space', 'an id with a few words'],
    ['like that of a further submit', `${randomUUID()}-2`],
    ['a key', `sk-proj-${'aB3dE5fG7h'.repeat(6)}`],
    ['too long', 'a'.repeat(129)],
  ])('is refused before anything is sent: %s', async (_, callId) => {
    const vendor = new PaidProvider();
    const images = createImageManager({ providers: { vendor } });
    const error = await errorOf(images.generate(request, { callId: callId as string }));
    expect(error).toMatchObject({ code: 'invalid_request', charged: 'no', message: expect.stringContaining('callId') });
    expect(error.message).not.toContain('sk-proj');
    expect(vendor.bought).toBe(0);
  });

  it('keeps two simultaneous identical requests apart', async () => {
    const vendor = new PaidProvider({ delayMs: 10 });
    const images = createImageManager({ providers: { vendor } });
    await Promise.all([randomUUID(), randomUUID()].map((callId) => images.generate(request, { callId })));
    expect(vendor.bought).toBe(2);
  });

  it('is also the idempotency key and is recorded in the sidecars, which search finds', async () => {
    const vendor = new PaidProvider();
    const keys: unknown[] = [];
    const { generate } = vendor;
    vendor.generate = (given, context) => {
      keys.push(context?.idempotencyKey);
      return generate(given, context);
    };
    const store = openStore('file');
    const images = createImageManager({ providers: { vendor }, store });
    const callId = randomUUID();
    const made = await images.generate(request, { callId });
    await images.generate(request, { callId: randomUUID() });
    expect(keys[0]).toBe(callId);
    const found = await store.search({ call: callId });
    expect(found.map(({ id }) => id).sort()).toEqual(made.images.map(({ id }) => id).sort());
    expect(await store.get(made.images[0].id)).toMatchObject({ call: callId });
  });
});

describe('a call id that is used twice at the same time', () => {
  it('is one call, also when the records are read slowly and the first call begins in between', async () => {
    const store = openStore('file');
    const { jobs } = store;
    const begun = Promise.withResolvers<void>();
    let reads = 0;
    const slow: typeof jobs = {
      ...jobs,
      async findCall(id) {
        if (++reads === 2) await begun.promise;
        return jobs.findCall(id);
      },
      async begin(call) {
        const isFree = await jobs.begin(call);
        begun.resolve();
        return isFree;
      },
    };
    const planned = Promise.withResolvers<void>();
    const vendor = new PaidProvider({ delayMs: 100 });
    const generate = vendor.generate.bind(vendor);
    vendor.generate = async (...params) => {
      await planned.promise;
      return generate(...params);
    };
    const manager = createImageManager({ providers: { vendor }, store: { ...store, jobs: slow } });
    const callId = randomUUID();
    const both = await Promise.all([
      manager.generate(request, { callId }),
      manager.generate(request, { callId, onEvent: ({ type }) => type === 'planned' && planned.resolve() }),
    ]);
    expect(vendor.bought).toBe(1);
    expect(both[0].images[0].id).toBe(both[1].images[0].id);
  });
});

describe('a call whose images were saved, and whose process died before it recorded them', () => {
  it.each(['file', 'PostgreSQL'] as const)('is done: its images are found by their sidecars (%s)', async (where) => {
    const vendor = new PaidProvider({ costUsd: 0.25 });
    const dying = openStore(where);
    const jobs = { ...dying.jobs, end: () => Promise.reject(new Error('killed')) };
    const ledger = { ...dying.ledger, recordCost: () => Promise.reject(new Error('killed')) };
    const callId = randomUUID();
    const lost = await createImageManager({ providers: { vendor }, store: { ...dying, jobs, ledger } }).generate(
      request,
      { callId },
    );
    expect(lost.notes).not.toEqual([]);
    await dying.close();

    const store = openStore(where);
    const images = createImageManager({ providers: { vendor }, store, budget: { perDayUsd: 1 } });
    const again = await images.generate(request, { callId });
    expect(again).toMatchObject({ isCached: true, saved: lost.saved });
    expect(vendor.bought).toBe(1);
    expect(await images.findCall(callId)).toMatchObject({ state: 'done', artifacts: lost.saved.map(({ id }) => id) });
    expect((await store.usage()).map(({ usd }) => usd)).toEqual([lost.cost.usd]);
  });

  it('is unknown without saved images, and is not sent again', async () => {
    const vendor = new PaidProvider();
    const dying = openStore('file');
    const callId = randomUUID();
    await dying.jobs.begin({ id: callId, provider: 'vendor', model: 'm', reservation: 'r' });
    await dying.close();
    const images = createImageManager({ providers: { vendor }, store: openStore('file') });
    expect(await errorOf(images.generate(request, { callId }))).toMatchObject({ code: 'outcome_unknown' });
    expect(vendor.bought).toBe(0);
  });
});

it.each(['file', 'PostgreSQL'] as const)(
  'a job that could not be recorded is recorded and fetched by the next use of the call id (%s)',
  async (where) => {
    const home = await startJobServer({ poll: (hit) => hit.reply(200, finished(hit)) });
    const store = openStore(where);
    const { submitted } = store.jobs;
    let failures = 1;
    const jobs = {
      ...store.jobs,
      submitted: async (...params: Parameters<typeof submitted>) => {
        if (failures-- > 0) throw new Error('the database is gone');
        return submitted(...params);
      },
    };
    const images = createImageManager({ providers: { vendor: jobProvider(home) }, store: { ...store, jobs } });
    const callId = randomUUID();
    const one = { ...request, n: 1 };
    expect((await errorOf(images.generate(one, { callId }))).job).toBeDefined();
    expect((await images.generate(one, { callId })).images).toHaveLength(1);
    expect(home.hits.filter(({ method }) => method === 'POST')).toHaveLength(1);
    expect(await images.findCall(callId)).toMatchObject({ state: 'done', records: [{ id: callId }] });
  },
);

it('of two processes with one call id, one sends the request; the other is told to ask again later', async () => {
  const vendor = new PaidProvider({ delayMs: 50 });
  const create = () => createImageManager({ providers: { vendor }, store: openStore('file') });
  const callId = randomUUID();
  const results = await Promise.allSettled([1, 2, 3].map(() => create().generate(request, { callId })));
  expect(vendor.bought).toBe(1);
  const refused = results.flatMap((each) => (each.status === 'rejected' ? [each.reason as AiImageError] : []));
  for (const error of refused) expect(error).toMatchObject({ code: 'unavailable', retryAfterMs: 5_000 });
  const later = await create().generate(request, { callId });
  expect(later.isCached).toBe(true);
});

it('images that were deleted since are left out with a note; without any left, nothing is sent', async () => {
  const vendor = new PaidProvider();
  const store = openStore('file');
  const images = createImageManager({ providers: { vendor }, store });
  const callId = randomUUID();
  const { saved } = await images.generate(request, { callId });
  await store.delete(saved[0]!.id);
  const left = await images.generate(request, { callId });
  expect(left.saved).toEqual([saved[1]]);
  expect(left.notes.join()).toContain('1 of 2 images');
  await store.delete(saved[1]!.id);
  expect(await errorOf(images.generate(request, { callId }))).toMatchObject({ code: 'invalid_request', charged: 'no' });
  expect(vendor.bought).toBe(1);
});
