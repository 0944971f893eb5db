/** A job stays open until the vendor reports that it has no image. A failure on the way to the image does not end it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { AiImageError, createImageManager, type MediaProvider } from '../../../src/index.ts';
import { createLedger, type ManagerSettings } from '../../../src/manager/index.ts';
import { createStore, type Store } from '../../../src/store/index.ts';
import { closeServers, type Hit } from '../../faults/hostile-server.ts';
import {
  directProvider,
  finished,
  type JobScript,
  jobProvider,
  linkOn,
  startJobServer,
} from '../../faults/job-vendor.ts';
import { failure, png } from '../../faults/support.ts';
import { priced } from '../../store/priced.ts';
import { useFolder } from '../../store/support.ts';
import { movableClock, submitAndTimeOut, timeOutAfterSubmit } from '../support.ts';

const folder = useFolder();
const stores: Store[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});
afterAll(closeServers);

const day = () => `day ${new Date().toISOString().slice(0, 10)}`;
const fox = { prompt: 'a red fox' };

/** Jobs here are done at a poll or never, so nothing is gained by waiting between two polls. */
const limits = { maxRetries: 0, minPollIntervalMs: 10 };

/** A vendor on a real socket whose call is expected to cost 0.10 USD, and a manager with a store. */
async function open(script: JobScript, settings: Partial<ManagerSettings> = {}) {
  const server = await startJobServer(script);
  const store = createStore({ directory: join(folder(), 'images') });
  stores.push(store);
  const vendor = priced(jobProvider(server, { deadlineMs: 2_000, limits }), 0.1);
  const images = createImageManager({ providers: { vendor }, store, ...settings });
  /** Leaves a job open: its call times out right after the submit. */
  const leaveOpen = (more: { readonly n?: number } = {}) => {
    const impatient = createImageManager({
      providers: { vendor: timeOutAfterSubmit({ ...vendor }) },
      store,
      ...settings,
    });
    return failure(impatient.generate({ ...fox, ...more, fallback: [] }));
  };
  return { server, store, images, vendor, leaveOpen, taken: () => store.ledger.taken(day()) };
}

describe('J13 O01: a job whose image cannot be fetched', () => {
  const page = (hit: Hit) =>
    hit.reply(200, '<html>Please log in to the network</html>', { 'content-type': 'text/html' });
  const cases: readonly (readonly [what: string, script: (isWell: () => boolean) => JobScript])[] = [
    ...[401, 403, 404, 410, 500].map((status) => {
      const file = (isWell: () => boolean) => (hit: Hit) =>
        isWell() ? hit.reply(200, png(), { 'content-type': 'image/png' }) : hit.reply(status, 'no');
      return [`its file answers ${status}`, (isWell: () => boolean) => ({ file: file(isWell) })] as const;
    }),
    ...[401, 403, 404, 410].map((status) => {
      const poll = (isWell: () => boolean) => (hit: Hit) =>
        isWell() ? hit.reply(200, finished(hit)) : hit.reply(status, { error: 'no' });
      return [`its poll answers ${status}`, (isWell: () => boolean) => ({ poll: poll(isWell) })] as const;
    }),
    [
      'the page of a portal comes in its place',
      (isWell) => ({ file: (hit) => (isWell() ? hit.reply(200, png(), { 'content-type': 'image/png' }) : page(hit)) }),
    ],
    [
      'the poll answers with the page of a portal',
      (isWell) => ({ poll: (hit) => (isWell() ? hit.reply(200, finished(hit)) : page(hit)) }),
    ],
    [
      'its file is cut',
      (isWell) => ({
        file: (hit) => hit.reply(200, isWell() ? png() : png().slice(0, 60), { 'content-type': 'image/png' }),
      }),
    ],
    [
      'its link leads into a private network',
      (isWell) => ({
        poll: (hit) => {
          const link = isWell() ? linkOn(hit) : 'https://10.0.0.1/image.png';
          hit.reply(200, { status: 'done', images: [{ link }] });
        },
      }),
    ],
    [
      'its time runs out',
      (isWell) => ({ poll: (hit) => hit.reply(200, isWell() ? finished(hit) : { status: 'running' }) }),
    ],
  ];

  it.each(cases)('stays open when %s, and is fetched later without another submit', async (_, script) => {
    let isWell = false;
    const { server, images, store, taken } = await open(script(() => isWell));
    const error = await failure(images.generate({ ...fox, fallback: [] }));
    expect(error.job).toMatchObject({ id: 'job-1' });
    expect(await taken()).toBe(100_000);
    const [record] = await images.jobs();
    expect(record).toMatchObject({ state: 'running', isHeld: false, lastAttempt: { code: error.code } });
    expect(record?.lastAttempt?.message.length).toBeGreaterThan(5);
    expect(JSON.stringify(record?.lastAttempt)).not.toContain(server.origin);

    // When it is polled again without a change, it is still open.
    expect(await images.resumeAll()).toMatchObject([{ error: { code: expect.any(String) } }]);
    expect(await images.jobs()).toMatchObject([{ state: 'running' }]);
    expect(await taken()).toBe(100_000);

    isWell = true;
    expect(await images.resumeAll()).toMatchObject([{ generation: { saved: [{ id: expect.any(String) }] } }]);
    expect(await images.jobs()).toMatchObject([{ state: 'done' }]);
    expect(await images.resumeAll()).toEqual([]);
    expect([server.submits(), server.bills(), (await store.search()).length]).toEqual([1, 1, 1]);
  });

  it('ends when the vendor reports that it failed, and keeps its reservation while the charge is unknown', async () => {
    const { images, taken } = await open({
      poll: (hit) => hit.reply(200, { status: 'failed', reason: 'out of paint' }),
    });
    expect(await failure(images.generate({ ...fox, fallback: [] }))).toMatchObject({ endsJob: true });
    expect(await images.jobs()).toMatchObject([{ state: 'failed' }]);
    expect(await images.resumeAll()).toEqual([]);
    expect(await taken()).toBe(100_000);
  });

  it('keeps its reservation although a reply says that nothing was charged, unless the reply ends the job', async () => {
    const { images, leaveOpen, vendor, taken, store } = await open({
      poll: (hit) => hit.reply(200, { status: 'running' }),
    });
    await leaveOpen();
    const refusing = (code: 'authentication' | 'content_refused') => {
      const resume = () => Promise.reject(new AiImageError(code, 'vendor: no', { charged: 'no' }));
      const other: MediaProvider = { ...vendor, resume };
      return createImageManager({ providers: { vendor: other }, store });
    };
    expect(await refusing('authentication').resumeAll()).toMatchObject([{ error: { code: 'authentication' } }]);
    expect([(await images.jobs())[0]?.state, await taken()]).toEqual(['running', 100_000]);
    expect(await refusing('content_refused').resumeAll()).toMatchObject([{ error: { code: 'content_refused' } }]);
    expect([(await images.jobs())[0]?.state, await taken()]).toEqual(['failed', 0]);
  });

  it('is not sent to another provider, and not sent again, whatever the last reply says about the charge', async () => {
    const { server, images, vendor } = await open({ poll: (hit) => hit.reply(200, { status: 'running' }) });
    const lying: MediaProvider = {
      ...vendor,
      generate: (request, context) =>
        submitAndTimeOut(vendor, request, context).catch(() => {
          throw new AiImageError('unavailable', 'vendor: gone');
        }),
    };
    const both = createImageManager({ providers: { lying, vendor } });
    const { items } = await both.each('a {{variation}} fox', ['red'], {
      retryFailed: 3,
      request: { provider: 'lying', fallback: ['vendor'] },
    });
    expect(items).toMatchObject([{ status: 'failed', error: { code: 'unavailable', job: { id: 'job-1' } } }]);
    expect(server.submits()).toBe(1);
    expect(await both.jobs()).toMatchObject([{ state: 'running' }]);
    await images.close();
  });
});

describe('a job that is not fetched in time', () => {
  it.each(['in memory', 'in a store'])(
    'is expired after 7 days, %s: it is listed and counted, and fetched by its id only',
    async (where) => {
      const clock = movableClock(Date.now());
      let isReady = false;
      const server = await startJobServer({
        poll: (hit) => hit.reply(200, isReady ? finished(hit) : { status: 'running' }),
      });
      const vendor = timeOutAfterSubmit(priced(jobProvider(server), 0.1));
      const own = createLedger();
      const more =
        where === 'in memory' ? { ledger: own } : { store: createStore({ directory: join(folder(), 'images') }) };
      if (more.store) stores.push(more.store);
      const ledger = more.store?.ledger ?? own;
      const images = createImageManager({ providers: { vendor }, clock, ...more });
      await failure(images.generate({ ...fox, fallback: [] }));
      const scope = `month ${new Date(clock.wallNow()).toISOString().slice(0, 7)}`;

      const DAY_MS = 86_400_000;
      clock.move(6.9 * DAY_MS);
      const [before] = await images.jobs();
      expect(before).toMatchObject({ state: 'running', openUntil: expect.any(String) });
      clock.move(0.2 * DAY_MS);
      expect(await images.jobs()).toMatchObject([{ state: 'expired', lastAttempt: { code: 'timeout' } }]);
      isReady = true;
      expect(await images.resumeAll()).toEqual([]);
      expect(await ledger.taken(scope)).toBe(100_000);
      expect((await images.resume('job-1')).images).toHaveLength(1);
      expect(await images.jobs()).toMatchObject([{ state: 'done' }]);
      expect(server.submits()).toBe(1);
    },
  );

  it('stays open as long as the setting says', async () => {
    const { images, leaveOpen } = await open(
      { poll: (hit) => hit.reply(200, { status: 'running' }) },
      { keepJobsOpenMs: 0 },
    );
    await leaveOpen();
    expect(await images.jobs()).toMatchObject([{ state: 'expired' }]);
    const settings = { providers: { vendor: {} as MediaProvider }, keepJobsOpenMs: -1 };
    expect(() =>
      createImageManager({ ...settings, providers: { vendor: jobProvider({ origin: 'http://127.0.0.1:1' }) } }),
    ).toThrow(/keepJobsOpenMs/);
  });
});

describe('a job that is fetched by resume', () => {
  it('has its broken bytes quarantined, and the hint says where', async () => {
    let isReady = false;
    const broken = new Uint8Array(png().slice(0, 60));
    const { images, leaveOpen, store } = await open({
      poll: (hit) => hit.reply(200, isReady ? finished(hit) : { status: 'running' }),
      file: (hit) => hit.reply(200, broken, { 'content-type': 'image/png' }),
    });
    await leaveOpen();
    isReady = true;
    for (const fetching of [() => images.resume('job-1'), () => resumeOne(images)]) {
      const { hint = '' } = await failure(fetching());
      const [, place = ''] = /The received bytes, which may have been charged, are in (.+)\.$/.exec(hint) ?? [];
      expect(place.startsWith(join(store.directory, '.ai-image', 'quarantine'))).toBe(true);
      expect(new Uint8Array(await readFile(place))).toEqual(broken);
    }
  });

  async function resumeOne(images: ReturnType<typeof createImageManager>): Promise<unknown> {
    const [outcome] = await images.resumeAll();
    if (outcome && 'error' in outcome) throw outcome.error;
    return outcome;
  }

  it('B20: a job that is fetched by resume has the broken one of several images quarantined, and stays open for it', async () => {
    let isReady = false;
    let isWhole = false;
    const { images, leaveOpen, store, server, taken } = await open({
      poll: (hit) => {
        const links = ['one.png', 'two.png'].map((name) => ({ link: linkOn(hit, name) }));
        hit.reply(200, isReady ? { status: 'done', images: links } : { status: 'running' });
      },
      file: (hit) => {
        const two = isWhole ? png(24) : png(24).slice(0, 60);
        const bytes = hit.path.endsWith('two.png') ? two : png(20);
        hit.reply(200, bytes, { 'content-type': 'image/png' });
      },
    });
    await leaveOpen({ n: 2 });
    isReady = true;
    const { images: came, failures } = await images.resume('job-1');
    expect([came.length, failures.length]).toEqual([1, 1]);
    expect(await images.jobs()).toMatchObject([{ state: 'running', lastAttempt: { code: 'bad_response' } }]);
    expect(await taken()).toBe(200_000);
    isWhole = true;
    expect((await images.resume('job-1')).saved).toHaveLength(2);
    expect(await images.jobs()).toMatchObject([{ state: 'done' }]);
    expect([server.submits(), (await store.search()).length]).toEqual([1, 2]);
  });

  it('D04: a job that is fetched by resume records its real cost, although an estimate was recorded before', async () => {
    let isReady = false;
    const { images, leaveOpen, vendor, store, taken } = await open({
      poll: (hit) => hit.reply(200, isReady ? finished(hit) : { status: 'running' }),
    });
    await leaveOpen();
    const [record] = await images.jobs();
    // An earlier version recorded it like this at a timeout.
    await store.ledger.recordCost(record!.reservation, undefined, 'estimated');
    isReady = true;
    const reporting: MediaProvider = {
      ...vendor,
      resume: async (handle, context) => ({
        ...(await vendor.resume!(handle, context)),
        cost: { usd: 4, basis: 'reported' },
      }),
    };
    const later = createImageManager({ providers: { vendor: reporting }, store });
    await later.resumeAll();
    await later.resume('job-1');
    expect(await taken()).toBe(4_000_000);
    expect(await store.usage()).toMatchObject([{ calls: 1, usd: 4 }]);
  });

  it('is found by its handle when another vendor has a job with the same id', async () => {
    let isReady = false;
    const script: JobScript = { poll: (hit) => hit.reply(200, isReady ? finished(hit) : { status: 'running' }) };
    const [one, other] = [await startJobServer(script), await startJobServer(script)];
    const ledger = createLedger();
    const providers = {
      one: timeOutAfterSubmit(priced(jobProvider(one), 0.1)),
      other: timeOutAfterSubmit(priced(jobProvider(other), 0.3)),
    };
    const images = createImageManager({ providers, ledger });
    const errors = [];
    for (const provider of ['one', 'other']) {
      errors.push(await failure(images.generate({ ...fox, provider, fallback: [] })));
      await new Promise((done) => setTimeout(done, 5));
    }
    isReady = true;
    await images.resume(errors[0]!.job!);
    expect((await images.jobs()).map(({ provider, state }) => `${provider} ${state}`)).toEqual([
      'other running',
      'one done',
    ]);
    await images.resumeAll();
    expect((await images.jobs()).map(({ state }) => state)).toEqual(['done', 'done']);
  });
});

describe('a call with several jobs', () => {
  /** Submits one job per image. */
  async function openPair() {
    const ready = new Set<string>();
    const { server, store, vendor, taken } = await open({
      poll: (hit) => {
        const id = hit.path.split('/').at(-1) ?? '';
        hit.reply(200, ready.has(id) ? finished(hit) : { status: 'running' });
      },
    });
    // Two submits of one call, as for a vendor with one image per job.
    const pair: MediaProvider = {
      ...vendor,
      async generate({ n: _, ...request }, context) {
        const errors = await Promise.all([1, 2].map(() => failure(submitAndTimeOut(vendor, request, context))));
        const failures = errors.map((error, index) => ({ index, error }));
        throw new AiImageError('timeout', 'vendor: no time', { job: errors[0]?.job, failures });
      },
      resume: async (handle, context) => ({
        ...(await vendor.resume!(handle, context)),
        cost: { usd: 0.07, basis: 'reported' },
      }),
    };
    return { server, store, pair, taken, ready, images: createImageManager({ providers: { pair }, store }) };
  }

  it('D12: a call with several jobs stays open until the last of them has ended, and costs what all of them cost', async () => {
    const { images, ready, taken, server } = await openPair();
    await failure(images.generate({ ...fox, n: 2, fallback: [] }));
    expect((await images.jobs()).map(({ state }) => state)).toEqual(['running', 'running']);
    expect(await taken()).toBe(200_000);
    ready.add('job-1');
    await images.resume('job-1');
    expect((await images.jobs()).map(({ handle, state }) => `${handle?.id} ${state}`).sort()).toEqual([
      'job-1 done',
      'job-2 running',
    ]);
    // What the first one reported, and the share of the other one.
    expect(await taken()).toBe(170_000);
    ready.add('job-2');
    expect(await images.resumeAll()).toMatchObject([{ job: { handle: { id: 'job-2' } } }]);
    expect((await images.jobs()).map(({ state }) => state)).toEqual(['done', 'done']);
    expect([await taken(), server.submits()]).toEqual([140_000, 2]);
  });

  it('D12: a call with several jobs has both fetched at once, and is charged once', async () => {
    const { images, ready, taken } = await openPair();
    await failure(images.generate({ ...fox, n: 2, fallback: [] }));
    for (const id of ['job-1', 'job-2']) ready.add(id);
    expect(await images.resumeAll()).toHaveLength(2);
    expect(await taken()).toBe(140_000);
  });
});

describe.each(['in memory', 'in a store'] as const)('the separate jobs of one call, %s', (where) => {
  type End = 'done' | 'failed' | 'lost' | 'running';

  /** One job for each image; each is expected to cost 0.03 USD, and a finished one reports 0.50 USD. */
  async function openJobs(...first: readonly End[]) {
    const ends = [...first];
    const server = await startJobServer({
      poll: (hit) => {
        const end = ends[Number(hit.path.split('-').at(-1)) - 1];
        if (end === 'lost') hit.reply(404, { error: 'no such job' });
        else if (end === 'failed') hit.reply(200, { status: 'failed', reason: 'moderated' });
        else hit.reply(200, end === 'done' ? finished(hit) : { status: 'running' });
      },
    });
    const store = where === 'in a store' ? createStore({ directory: join(folder(), first.join('-')) }) : undefined;
    if (store) stores.push(store);
    const ledger = store?.ledger ?? createLedger();
    const vendor = priced(jobProvider(server, { deadlineMs: 20_000, limits }), 0.03);
    const reported = { usd: 0.5, basis: 'reported' as const };
    const many: MediaProvider = {
      ...vendor,
      async generate({ n = 1, ...request }, context) {
        // One after the other, so that the ids follow the order.
        const results = [];
        for (let index = 0; index < n; index++) {
          const isEndless = ends[index] === 'running' || ends[index] === 'lost';
          const calling = isEndless ? submitAndTimeOut(vendor, request, context) : vendor.generate(request, context);
          results.push(await calling.catch((error: AiImageError) => ({ index, error })));
        }
        const failures = results.flatMap((each) => ('error' in each ? [each] : []));
        const came = results.flatMap((each) => ('error' in each ? [] : [each]));
        const [generation] = came;
        const error = failures[0]?.error;
        if (generation === undefined)
          throw new AiImageError('timeout', 'vendor: no time', { job: error?.job, failures });
        return { ...generation, failures, cost: { ...reported, usd: 0.5 * came.length } };
      },
      resume: async (handle, context) => ({ ...(await vendor.resume!(handle, context)), cost: reported }),
    };
    const images = createImageManager({ providers: { many }, ...(store ? { store } : { ledger }) });
    await images.generate({ ...fox, n: ends.length, fallback: [] }, { deadlineMs: 60_000 }).catch(() => undefined);
    const states = async () => (await images.jobs()).map((job) => `${job.handle?.id} ${job.state}`).sort();
    return { images, ends, states, taken: () => ledger.taken(day()) };
  }

  it('count the reported cost of one, and the shares of open ones', async () => {
    const { images, ends, states, taken } = await openJobs('running', 'running', 'running');
    expect(await taken()).toBe(90_000);
    ends[0] = 'done';
    await images.resume('job-1');
    expect(await taken()).toBe(560_000);
    ends[1] = 'done';
    await images.resume('job-2');
    expect([await taken(), await states()]).toEqual([1_030_000, ['job-1 done', 'job-2 done', 'job-3 running']]);
    ends[2] = 'done';
    await images.resumeAll();
    expect(await taken()).toBe(1_500_000);
  });

  it.each<readonly [end: End, state: string]>([
    ['running', 'running'],
    ['lost', 'running'],
    ['failed', 'failed'],
  ])('keep the share of one that is %s beside a finished one', async (end, state) => {
    for (const [first, second] of [['done', end] as const, [end, 'done'] as const]) {
      const { states, taken } = await openJobs(first, second);
      const known = first === 'done' ? ['job-1 done', `job-2 ${state}`] : [`job-1 ${state}`, 'job-2 done'];
      expect(await states()).toEqual(known);
      expect(await taken()).toBe(530_000);
    }
  });

  it.each([
    ['not charged', { charged: false }, 500_000],
    ['charged 0.03 USD', { charged: true, usd: 0.03 }, 530_000],
  ])('keep the reported cost of one when another is settled as %s', async (_, settlement, micros) => {
    const { images, states, taken } = await openJobs('done', 'running');
    await images.settle('job-2', settlement);
    expect([await taken(), await states()]).toEqual([micros, ['job-1 done', 'job-2 failed']]);
  });

  it('stay open when another one is settled, and resumeAll fetches them', async () => {
    const { images, ends, states, taken } = await openJobs('running', 'running');
    await images.settle('job-1', { charged: false });
    expect([await taken(), await states()]).toEqual([30_000, ['job-1 failed', 'job-2 running']]);
    ends[1] = 'done';
    expect(await images.resumeAll()).toHaveLength(1);
    expect([await taken(), await states()]).toEqual([500_000, ['job-1 failed', 'job-2 done']]);
  });

  it('are charged once when all are done, also when one is fetched again', async () => {
    const { images, states, taken } = await openJobs('done', 'done');
    expect([await taken(), await states()]).toEqual([1_000_000, ['job-1 done', 'job-2 done']]);
    await images.resume('job-2');
    expect(await taken()).toBe(1_000_000);
  });
});

describe('a call with a partly unknown outcome', () => {
  it('U01 D07: a call with a partly unknown outcome returns what arrived, and keeps the reservation of the rest', async () => {
    const server = await startJobServer({});
    const lost = new AiImageError('outcome_unknown', 'vendor: the answer was lost');
    const vendor = priced(directProvider(server), 0.1);
    const partly: MediaProvider = {
      ...vendor,
      async generate() {
        const image = { ...(await oneImage()), id: 'a'.repeat(32) };
        return {
          images: [image],
          failures: [{ index: 1, error: lost }],
          provider: 'partly',
          model: 'test-1',
          warnings: [],
          applied: { model: 'test-1', n: 2 },
          cost: { usd: 0.1, basis: 'estimated' },
          timing: { startedAt: 0, durationMs: 1 },
        };
      },
    };
    const ledger = createLedger();
    const images = createImageManager({ providers: { partly }, ledger });
    const { images: came } = await images.generate({ ...fox, n: 2, fallback: [] });
    expect(came).toHaveLength(1);
    expect(await ledger.taken(day())).toBe(200_000);
    const [doubt, ...others] = await images.jobs();
    expect([doubt?.state, doubt?.lastAttempt?.code, others]).toEqual(['unknown', 'outcome_unknown', []]);
    await images.settle(doubt!.id, { charged: false });
    expect(await ledger.taken(day())).toBe(100_000);
  });

  async function oneImage() {
    const { StubProvider } = await import('../../../src/index.ts');
    const { images } = await new StubProvider().generate({ prompt: 'a red fox', size: '64x64' });
    return images[0];
  }

  it('U02: a call with a partly unknown outcome records result links that only the error names, and fetches them later', async () => {
    let isWell = false;
    const { server, store } = await open({});
    const answering = await startJobServer({
      submit: (hit, nth) => {
        hit.bill();
        hit.reply(200, { images: [{ link: linkOn(hit, `${nth}.png`) }] });
      },
      file: (hit) => {
        const bytes = png(hit.path.endsWith('1.png') ? 16 : 24);
        if (isWell) hit.reply(200, bytes, { 'content-type': 'image/png' });
        else hit.reply(403, 'no');
      },
    });
    const vendor = priced(directProvider(answering, { limits: { maxRetries: 0 } }), 0.1);
    const images = createImageManager({ providers: { vendor }, store });
    for (const prompt of ['a red fox', 'a grey fox']) await failure(images.generate({ prompt, fallback: [] }));
    expect((await images.jobs()).map(({ state }) => state)).toEqual(['running', 'running']);
    isWell = true;
    const outcomes = await images.resumeAll();
    expect(outcomes.map((each) => ('generation' in each ? each.generation.saved.length : each.error.message))).toEqual([
      1, 1,
    ]);
    expect((await images.jobs()).map(({ state }) => state)).toEqual(['done', 'done']);
    expect([answering.submits(), server.submits(), (await store.search()).length]).toEqual([2, 0, 2]);
  });
});
