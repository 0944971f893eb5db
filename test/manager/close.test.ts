/** Closing providers and managers: new calls are refused, running ones are waited for, and jobs stay resumable. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createImageManager,
  createProvider,
  getProvider,
  type ImageManager,
  StubProvider,
  setProvider,
} from '../../src/index.ts';
import { wrapProviderLazily } from '../../src/providers/wrap.ts';
import { closeServers, type Hit, startServer } from '../faults/hostile-server.ts';
import { finished, jobProvider, startJobServer } from '../faults/job-vendor.ts';
import { duration, failure, loadAdapters, openai, openaiReply, runChild } from '../faults/support.ts';

beforeAll(loadAdapters);
afterAll(closeServers);

const request = { prompt: 'a red fox' };
const closed = { code: 'invalid_request', charged: 'no', message: expect.stringContaining('closed') };

/** A vendor that responds when the test says so. */
async function openSlowVendor() {
  const come = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const server = await startServer(async (hit: Hit) => {
    come.resolve();
    await go.promise;
    hit.reply(200, openaiReply());
  });
  return { server, arrived: come.promise, answer: () => go.resolve() };
}

const rejects = (work: () => Promise<unknown>) => failure((async () => work())());

describe('closing a provider', () => {
  it.each([
    ['loaded', async () => openai(await startServer((hit) => hit.reply(200, openaiReply())))],
    ['that was never used', async () => createProvider('openai', { apiKey: 'key-0123456789' })],
    ['made directly', async () => jobProvider(await startJobServer())],
    [
      'of a third party',
      async () => wrapProviderLazily('own', { generateImage: () => new StubProvider().generateImage('x') }),
    ],
    ['the stub', async () => new StubProvider()],
  ])('%s: refuses new calls, and nothing is charged', async (_how, make) => {
    const provider = await make();
    await provider.close();

    const handle = {
      version: 1,
      provider: provider.id,
      model: 'm',
      id: 'j',
      submittedAt: '',
      request: { prompt: 'x', n: 1 },
    };
    for (const call of [
      () => provider.generateImage('a red fox'),
      () => provider.generate(request),
      () => provider.edit({ ...request, inputImages: [new Uint8Array(8)] }),
      () => provider.submit!(request),
      () => provider.resume!(handle as never),
      () => provider.quote!(request),
      () => provider.parseWebhook!({}, ''),
      () => provider.healthCheck(),
      async () => {
        for await (const event of provider.stream!(request)) void event;
      },
    ]) {
      expect(await rejects(call)).toMatchObject(closed);
    }
    expect(await provider.models()).toBeTypeOf('object');
    await provider.close();
  });

  it('waits for its running calls', async () => {
    const { server, arrived, answer } = await openSlowVendor();
    const provider = openai(server);
    const running = provider.generate(request);
    await arrived;
    let isClosed = false;
    const closing = Promise.all([provider.close(), provider.close()]).then(() => {
      isClosed = true;
    });
    expect(await rejects(() => provider.generate(request))).toMatchObject(closed);
    expect(isClosed).toBe(false);
    answer();
    expect((await running).images).toHaveLength(1);
    await closing;
    expect(server.hits).toHaveLength(1);
  });

  it('aborts calls that are still running at the deadline, also when a later close sets the deadline', async () => {
    const { server, arrived } = await openSlowVendor();
    const provider = openai(server);
    const running = failure(provider.generate(request));
    await arrived;
    const closing = provider.close();
    expect(await duration(provider.close({ deadlineMs: 20 }))).toBeLessThan(2_000);
    expect(await running).toMatchObject({ code: 'aborted', charged: 'unknown' });
    await closing;
  });

  it('does not cancel the jobs of aborted calls: another provider fetches them', async () => {
    const polled = Promise.withResolvers<void>();
    let isDone = false;
    const server = await startJobServer({
      poll(hit) {
        polled.resolve();
        hit.reply(200, isDone ? finished(hit) : { status: 'running' });
      },
    });
    const provider = jobProvider(server, { limits: { minPollIntervalMs: 5 } });
    const running = failure(provider.generate(request));
    await polled.promise;
    await provider.close({ deadlineMs: 10 });

    const error = await running;
    expect(error).toMatchObject({ code: 'aborted', job: { id: 'job-1' } });
    expect(server.cancels).toEqual([]);
    isDone = true;
    expect((await jobProvider(server).resume!(error.job!)).images).toHaveLength(1);
    expect(server.submits()).toBe(1);
  });

  it('cancels the jobs that their callers aborted', async () => {
    const caller = new AbortController();
    const server = await startJobServer({
      poll(hit) {
        hit.reply(200, { status: 'running' });
        caller.abort();
      },
    });
    const provider = jobProvider(server, { limits: { minPollIntervalMs: 5 } });
    const running = failure(provider.generate(request, { signal: caller.signal }));
    await running;
    await provider.close();
    expect(server.cancels).toHaveLength(1);
  });

  it('does not wait for a provider that ignores the signal', async () => {
    const deaf = wrapProviderLazily('deaf', { generateImage: () => new Promise<never>(() => undefined) });
    const running = failure(deaf.generateImage('a red fox'));
    expect(await duration(deaf.close({ deadlineMs: 10 }))).toBeLessThan(3_000);
    expect(await running).toMatchObject({ code: 'aborted' });
  });

  it('makes getProvider and setProvider return a new provider', async () => {
    const first = getProvider('stub');
    await first.close();
    expect((await getProvider('stub').generate({ ...request, size: '64x64' })).images).toHaveLength(1);
    const inner = new StubProvider();
    const restore = setProvider('mine', { generateImage: (prompt, params) => inner.generateImage(prompt, params) });
    await getProvider('mine').close();
    expect((await getProvider('mine').generateImage('a red fox', { size: '64x64' })).format).toBe('png');
    restore();
  });
});

describe('closing a manager', () => {
  const callsOf = (images: ImageManager): readonly (() => Promise<unknown>)[] => [
    () => images.generate(request),
    () => images.resume('job-1'),
    () => images.resumeAll(),
    () => images.each('{{variation}}', ['a', 'b']),
    () => images.health(),
    async () => {
      for await (const event of images.stream(request)) void event;
    },
  ];

  it.each([
    ['used', true],
    ['never used', false],
  ])('(%s) refuses new calls, and so do its providers', async (_how, isUsed) => {
    const server = await startServer((hit) => hit.reply(200, openaiReply()));
    const provider = openai(server);
    const images = createImageManager({ providers: { openai: provider } });
    if (isUsed) await images.generate(request);
    await images.close();

    for (const call of callsOf(images)) expect(await rejects(call)).toMatchObject(closed);
    expect(await rejects(() => provider.generate(request))).toMatchObject(closed);
    expect(server.hits).toHaveLength(isUsed ? 1 : 0);
    await images.close();
  });

  it('waits for running calls, and a running batch starts no further image', async () => {
    const { server, arrived, answer } = await openSlowVendor();
    const images = createImageManager({ providers: { openai: openai(server) } });
    const batch = images.each('{{variation}}', ['a', 'b', 'c'], { concurrency: 1 });
    await arrived;
    const closing = images.close();
    answer();
    const { items } = await batch;
    await closing;

    expect(items.map(({ status }) => status)).toEqual(['done', 'failed', 'failed']);
    expect(items[1]).toMatchObject({ error: closed });
    expect(server.hits).toHaveLength(1);
  });

  it('aborts calls that are still running at the deadline; their jobs are recorded, and the next manager fetches them', async () => {
    const polled = Promise.withResolvers<void>();
    let isDone = false;
    const server = await startJobServer({
      poll(hit) {
        polled.resolve();
        hit.reply(200, isDone ? finished(hit) : { status: 'running' });
      },
    });
    const make = () =>
      createImageManager({ providers: { jobs: jobProvider(server, { limits: { minPollIntervalMs: 5 } }) } });
    const images = make();
    const running = failure(images.generate(request));
    await polled.promise;
    await images.close({ deadlineMs: 10 });

    const error = await running;
    expect(error).toMatchObject({ code: 'aborted', job: { id: 'job-1' } });
    expect((await images.jobs()).map(({ state }) => state)).toEqual(['running']);
    expect(server.cancels).toEqual([]);
    isDone = true;
    expect((await make().resume(error.job!)).images).toHaveLength(1);
  });
});

describe('an abort through the manager', () => {
  async function openWaiting() {
    const polled = Promise.withResolvers<void>();
    const server = await startJobServer({
      poll(hit) {
        polled.resolve();
        hit.reply(200, { status: 'running' });
      },
    });
    const images = createImageManager({
      providers: { jobs: jobProvider(server, { limits: { minPollIntervalMs: 5 } }) },
    });
    return { server, images, polled: polled.promise };
  }

  it('names the job in its error, as the provider’s own error does', async () => {
    const { images, polled } = await openWaiting();
    const caller = new AbortController();
    const running = failure(images.generate(request, { signal: caller.signal }));
    await polled;
    caller.abort();
    expect(await running).toMatchObject({
      code: 'aborted',
      charged: 'unknown',
      provider: 'jobs',
      job: { id: 'job-1' },
    });
  });

  it('names the job in the error of a stream, too', async () => {
    const { images, polled } = await openWaiting();
    const caller = new AbortController();
    const running = failure(
      (async () => {
        for await (const event of images.stream(request, { signal: caller.signal })) void event;
      })(),
    );
    await polled;
    caller.abort();
    expect(await running).toMatchObject({ code: 'aborted', job: { id: 'job-1' } });
  });

  it('an abort by one of two callers names the job, and the shared call goes on for the other', async () => {
    const { server, images, polled } = await openWaiting();
    const [one, other] = [new AbortController(), new AbortController()];
    const leaving = failure(images.generate(request, { signal: one.signal }));
    const staying = failure(images.generate(request, { signal: other.signal }));
    await polled;
    // A plan takes the same steps as a call that joins, so after two of them the second caller has joined.
    await images.plan(request);
    await images.plan(request);
    one.abort();
    expect(await leaving).toMatchObject({ code: 'aborted', job: { id: 'job-1' } });
    expect(server.cancels).toEqual([]);
    other.abort();
    expect(await staying).toMatchObject({ code: 'aborted', job: { id: 'job-1' } });
    expect(server.submits()).toBe(1);
  });

  it('settles within 250 ms, also when the provider ignores the signal', async () => {
    const images = createImageManager({
      providers: { deaf: { generateImage: () => new Promise<never>(() => undefined) } },
    });
    const caller = new AbortController();
    const running = failure(images.generate(request, { signal: caller.signal }));
    await images.plan(request);
    caller.abort();
    expect(await running).toMatchObject({ code: 'aborted' });
  });
});

it('a process ends by itself after it closed its manager, before an idle connection would end', async () => {
  const server = await startJobServer();
  const { output, exitCode } = await runChild('close-and-exit.ts', { ORIGIN: server.origin });
  const { images, lingeredMs } = JSON.parse(output) as { images: number; lingeredMs: number };
  expect([images, exitCode]).toEqual([1, 0]);
  expect(lingeredMs).toBeLessThan(2_000);
});
