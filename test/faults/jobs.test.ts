/** Faults of jobs: there is one submit, whatever happens to polls, links and this process. */
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import type { JobHandle } from '../../src/index.ts';
import { startStopwatch } from '../support/stopwatch.ts';
import { closeServers, until } from './hostile-server.ts';
import { finished, jobProvider, linkOn, startJobServer } from './job-vendor.ts';
import { duration, failure, gaps, PROMPT, png } from './support.ts';

afterAll(closeServers);

const request = { prompt: PROMPT };

describe.concurrent('a job', () => {
  it.each([false, true])(
    'J01: a job is submitted once, polled and downloaded (separate result request: %s)',
    async (hasReady) => {
      const server = await startJobServer();

      const { images, job } = await jobProvider(server, { hasReady }).generate(request);

      expect(images[0]).toMatchObject({ format: 'png', width: 16 });
      expect(job).toMatchObject({ id: 'job-1', provider: 'jobs' });
      expect([server.submits(), server.bills(), server.polls.length, server.files.length]).toEqual([1, 1, 1, 1]);
    },
  );

  it.each([
    ['J02', 'two replies of 500'],
    ['J03', 'a reset'],
    ['J04', 'a 429'],
    ['J05', 'a poll that is never answered'],
    ['J26', 'an unreadable reply'],
  ])('%s survives %s to a poll', async (id) => {
    const server = await startJobServer({
      poll(hit, nth) {
        if (nth > (id === 'J02' ? 2 : 1)) return hit.reply(200, finished(hit));
        if (id === 'J02') hit.reply(500, { error: 'oops' });
        if (id === 'J03') hit.reset();
        if (id === 'J04') hit.reply(429, { error: 'later' }, { 'retry-after': '2' });
        if (id === 'J26') hit.reply(200, '<html>portal</html>', { 'content-type': 'text/html' });
        return undefined;
      },
    });

    // Only a poll that is never answered needs a short limit; the other attempts end by themselves, also on a busy machine.
    const limit = id === 'J05' ? { attemptTimeoutMs: 2_000 } : {};
    await jobProvider(server, { deadlineMs: 10_000, ...limit }).generate(request);

    expect(server.submits()).toBe(1);
    if (id === 'J04') expect(gaps({ hits: server.polls })[0]).toBeGreaterThanOrEqual(1_990);
  });

  it('J04: a job is polled at the time that a reply names in its body or headers', async () => {
    const server = await startJobServer({
      poll(hit, nth) {
        if (nth === 1) hit.reply(200, { status: 'running', retryMs: 700 });
        else if (nth === 2) hit.reply(202, { status: 'running' }, { 'retry-after': '1' });
        else hit.reply(200, finished(hit));
      },
    });

    await jobProvider(server).generate(request);

    const [first = 0, second = 0] = gaps({ hits: server.polls });
    expect(first).toBeGreaterThanOrEqual(695);
    expect(second).toBeGreaterThanOrEqual(995);
  });

  it('J06 J07: a job that never ends times out at the deadline, and the error has all that is needed to resume it', async () => {
    const server = await startJobServer({ poll: (hit) => hit.reply(200, { status: 'IN_PROGRESS' }) });
    const elapsedMs = startStopwatch();

    const error = await failure(jobProvider(server, { deadlineMs: 900 }).generate(request));

    expect(elapsedMs()).toBeLessThan(1_900);
    expect(error).toMatchObject({ code: 'timeout', charged: 'unknown', provider: 'jobs' });
    expect(error.job).toMatchObject({ id: 'job-1', provider: 'jobs', model: 'test-1', request: { prompt: PROMPT } });
    expect(Date.parse(error.job?.submittedAt ?? '')).toBeGreaterThan(Date.now() - 10_000);
    expect(error.hint).toContain('resume');
    expect([server.submits(), server.cancels.length]).toEqual([1, 0]);
  });

  it('J07: a job keeps its poll URL', async () => {
    const server = await startJobServer({
      submit: (hit) => hit.reply(200, { id: 'a', poll: `http://${hit.headers.host}/jobs/a?at=here` }),
      poll: (hit) => hit.reply(200, { status: 'running' }),
    });

    const { job } = await failure(jobProvider(server, { deadlineMs: 1_500 }).generate(request));

    expect(job?.pollUrl).toContain('/jobs/a?at=here');
  });

  it.each(['aborted', 'EXPIRED', 'failed'])(
    'J10 J11: a job that ends as %s becomes an error with the reason',
    async (status) => {
      const server = await startJobServer({ poll: (hit) => hit.reply(200, { status, reason: 'out of paint' }) });

      const error = await failure(jobProvider(server).generate(request));

      expect(error).toMatchObject({ code: 'no_image', job: { id: 'job-1' } });
      expect(error.message).toContain('out of paint');
      expect([server.submits(), server.polls.length]).toEqual([1, 1]);
    },
  );

  it('J12: a job whose submit was received and never answered is not submitted again', async () => {
    const server = await startJobServer({
      submit(hit) {
        hit.bill();
        hit.reset();
      },
    });

    expect(await failure(jobProvider(server).generate(request))).toMatchObject({ code: 'outcome_unknown' });
    expect([server.submits(), server.bills()]).toEqual([1, 1]);
  });

  it('J13: a job with a dead link asks for a new link once, and keeps its id', async () => {
    const server = await startJobServer({ file: (hit) => hit.reply(404) });

    const error = await failure(jobProvider(server).generate(request));

    expect(error).toMatchObject({ code: 'bad_response', status: 404, charged: 'yes', job: { id: 'job-1' } });
    expect([server.submits(), server.polls.length, server.files.length]).toEqual([1, 2, 2]);
  });

  it('J14: a job is downloaded again when the download breaks off', async () => {
    const server = await startJobServer({
      file(hit, nth) {
        if (nth === 1) hit.reset();
        else hit.reply(200, png(), { 'content-type': 'image/png' });
      },
    });

    await jobProvider(server).generate(request);

    expect([server.submits(), server.files.length]).toEqual([1, 2]);
  });

  it('J15: a job that is done without an image is an error', async () => {
    const server = await startJobServer({ poll: (hit) => hit.reply(200, { status: 'done', images: null }) });

    expect(await failure(jobProvider(server).generate(request))).toMatchObject({
      code: 'bad_response',
      endsJob: false,
      job: { id: 'job-1' },
    });
  });

  it('J16: a job that finishes after the deadline is resumed without a second submit', async () => {
    let isDone = false;
    const server = await startJobServer({
      poll: (hit) => hit.reply(200, isDone ? finished(hit) : { status: 'running' }),
    });
    const provider = jobProvider(server);
    const { job } = await failure(provider.generate(request, { deadlineMs: 500 }));
    isDone = true;

    const { images } = await provider.resume!(JSON.parse(JSON.stringify(job)) as JobHandle);

    expect(images).toHaveLength(1);
    expect([server.submits(), server.bills()]).toEqual([1, 1]);
  });

  it('J16: a job that was submitted long ago is polled at once', async () => {
    const server = await startJobServer();
    const provider = jobProvider(server);
    const handle = await provider.submit!(request);
    const submittedAt = new Date(Date.now() - 3_600_000).toISOString();

    expect(await duration(provider.resume!({ ...handle, submittedAt }))).toBeLessThan(800);
  });

  it.each([404, 410])(
    'J18: a job that the vendor no longer knows (%i) has expired, and the error keeps its id',
    async (status) => {
      const server = await startJobServer({ poll: (hit) => hit.reply(status, { error: 'Task not found' }) });

      const error = await failure(jobProvider(server).generate(request));

      expect(error).toMatchObject({ code: 'no_image', status, job: { id: 'job-1' } });
      expect(error.message).toContain('expired');
      expect(server.polls).toHaveLength(1);
    },
  );

  it('J23: a job whose link is now forbidden gets a new one', async () => {
    const server = await startJobServer({
      poll: (hit, nth) => hit.reply(200, { status: 'done', images: [{ link: linkOn(hit, `${nth}.png`) }] }),
      file: (hit) => (hit.path.endsWith('/2.png') ? hit.reply(200, png()) : hit.reply(403)),
    });

    await jobProvider(server).generate(request);

    expect(server.files.map(({ path }) => path)).toEqual(['/files/1.png', '/files/2.png']);
    expect(server.submits()).toBe(1);
  });

  it('J23: a job has its file downloaded before anything else happens', async () => {
    let elapsedMs = startStopwatch();
    let untilFileMs = Number.POSITIVE_INFINITY;
    const server = await startJobServer({
      poll(hit) {
        elapsedMs = startStopwatch();
        hit.reply(200, finished(hit));
      },
      file(hit) {
        untilFileMs = elapsedMs();
        hit.reply(200, png(), { 'content-type': 'image/png' });
      },
    });

    await jobProvider(server).generate(request);

    const order = server.hits.map(({ method, path }) => `${method} ${path.split('/')[1]}`);
    expect(order).toEqual(['POST jobs', 'GET jobs', 'GET files']);
    expect(untilFileMs).toBeLessThan(500);
  });

  it('J26: a job with 20 MB of logs is still polled', async () => {
    const server = await startJobServer({
      poll: (hit, nth) =>
        hit.reply(200, nth > 1 ? finished(hit) : { status: 'running', logs: 'line\n'.repeat(4_000_000) }),
    });
    const before = process.memoryUsage().rss;

    await jobProvider(server, { deadlineMs: 10_000 }).generate(request);

    expect(server.submits()).toBe(1);
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6); // the server's copies are in this process too
  });

  it.each([-86_400_000, 86_400_000])(
    'J27: a job works the same when the vendor’s clock is %i ms off',
    async (offMs) => {
      const date = new Date(Date.now() + offMs).toUTCString();
      const server = await startJobServer({
        submit: (hit) => hit.reply(200, { id: 'a' }, { date, expires: date }),
        poll: (hit, nth) => hit.reply(200, nth > 1 ? finished(hit) : { status: 'running' }, { date }),
      });

      const { job } = await jobProvider(server).generate(request);

      expect(Math.abs(Date.parse(job?.submittedAt ?? '') - Date.now())).toBeLessThan(10_000);
    },
  );

  it('J28: a call limits the time in the queue separately, and the error says “queued”', async () => {
    const server = await startJobServer({ poll: (hit) => hit.reply(200, { status: 'queued' }) });

    const error = await failure(jobProvider(server, { limits: { maxQueueMs: 600 } }).generate(request));

    expect(error).toMatchObject({ code: 'timeout', job: { id: 'job-1' } });
    expect(error.message).toContain('queued');
  });

  it('J28: a job that reaches the deadline while queued says “queued” too', async () => {
    const server = await startJobServer({ poll: (hit) => hit.reply(200, { status: 'queued' }) });

    expect((await failure(jobProvider(server, { deadlineMs: 2_500 }).generate(request))).message).toContain('queued');
  });
});

describe('an abort', () => {
  it('J08 J09: between two polls settles at once, cancels the job at the vendor and puts its handle in the error', async () => {
    const server = await startJobServer({ poll: (hit) => hit.reply(200, { status: 'running', retryMs: 3_000 }) });
    const provider = jobProvider(server);
    const controller = new AbortController();
    const calling = failure(provider.generate(request, { signal: controller.signal }));
    await until(() => server.polls.length === 1, 10_000);
    await wait(50);
    controller.abort();

    expect(await duration(calling)).toBeLessThan(2_000);
    expect(await calling).toMatchObject({ code: 'aborted', job: { id: 'job-1' } });
    await provider.close();
    expect(server.cancels).toHaveLength(1);
    expect(server.polls).toHaveLength(1);
  });

  it('J09: an abort does not wait for a vendor that does not answer the cancel request', async () => {
    const server = await startJobServer({
      poll: (hit) => hit.reply(200, { status: 'running' }),
      cancel: () => undefined,
    });
    const provider = jobProvider(server);
    const controller = new AbortController();
    const calling = failure(provider.generate(request, { signal: controller.signal }));
    await until(() => server.polls.length === 1, 10_000);
    controller.abort();

    expect(await duration(calling)).toBeLessThan(2_000);
    expect(await duration(provider.close())).toBeLessThan(6_000);
  });

  it('J08: while the host is still saving the handle settles too, and the handle is in the error', async () => {
    const server = await startJobServer();
    const provider = jobProvider(server);
    const controller = new AbortController();
    const calling = failure(
      provider.generate(request, { signal: controller.signal, onJob: () => new Promise(() => undefined) }),
    );
    await until(() => server.submits() === 1, 10_000);
    await wait(100);
    controller.abort();

    expect(await duration(calling)).toBeLessThan(2_000);
    expect(await calling).toMatchObject({ code: 'aborted', job: { id: 'job-1' } });
    await provider.close();
    expect([server.polls.length, server.cancels.length]).toEqual([0, 1]);
  });
});

it('J09: leaving a loop over events early cancels the job and causes no unhandled rejection', async () => {
  const server = await startJobServer({ poll: (hit) => hit.reply(200, { status: 'running' }) });
  const provider = jobProvider(server);

  for await (const event of provider.stream!(request)) if (event.type === 'progress') break;
  await until(() => server.cancels.length === 1, 10_000);
  await provider.close();

  expect([server.submits(), server.cancels.length]).toEqual([1, 1]);
});

describe('a handle', () => {
  it('J17: a handle is passed to the host before the first poll', async () => {
    const server = await startJobServer();
    const seen: (readonly [string, number])[] = [];

    await jobProvider(server).generate(request, {
      async onJob({ id }) {
        await wait(300);
        seen.push([id, server.polls.length]);
      },
    });

    expect(seen).toEqual([['job-1', 0]]);
  });

  it('J17: a handle that the host could not save ends the call and is in the error', async () => {
    const server = await startJobServer();

    const error = await failure(
      jobProvider(server).generate(request, {
        async onJob() {
          throw new Error('disk full');
        },
      }),
    );

    expect(error).toMatchObject({ code: 'internal', job: { id: 'job-1' } });
    expect([server.submits(), server.polls.length]).toEqual([1, 0]);
  });

  it('is kept when a listener throws', async () => {
    const server = await startJobServer({
      poll: (hit, nth) => hit.reply(200, nth > 1 ? finished(hit) : { status: 'running' }),
    });

    const { images } = await jobProvider(server).generate(request, {
      onEvent() {
        throw new Error('a listener of the host is broken');
      },
    });

    expect(images).toHaveLength(1);
  });
});

it('J24: 500 waiting jobs together poll no more often than allowed', async () => {
  const server = await startJobServer({ poll: (hit) => hit.reply(200, { status: 'running' }) });
  const asked: number[] = [];
  const hooks = { onAttempt: ({ step }: { step: string }) => void (step === 'poll' && asked.push(performance.now())) };
  const provider = jobProvider(server, {
    deadlineMs: 60_000,
    limits: { pollsPerSecond: 40, maxConcurrent: 1_000 },
    hooks,
  });
  const stop = new AbortController();
  const calls = Array.from({ length: 500 }, () => failure(provider.generate(request, { signal: stop.signal })));

  await until(() => server.submits() === 500 && asked.length > 80, 30_000);
  stop.abort();
  await Promise.all(calls);

  expect(server.submits()).toBe(500);
  expect(asked.length).toBeGreaterThan(80);
  const inOneSecond = asked.map((start) => asked.filter((at) => at >= start && at < start + 1_000).length);
  expect(Math.max(...inOneSecond)).toBeLessThanOrEqual(42);
});

it('J24: jobs of a model are polled less often once the duration of one is known', async () => {
  let begun = 0;
  const server = await startJobServer({
    submit(hit) {
      begun = performance.now();
      hit.reply(200, { id: 'a' });
    },
    poll: (hit) => hit.reply(200, performance.now() - begun > 2_000 ? finished(hit) : { status: 'running' }),
  });
  const provider = jobProvider(server);

  await provider.generate(request);
  const first = server.polls.length;
  await provider.generate(request);

  expect(server.polls.length - first).toBeLessThan(first);
});

describe('a cancel request that would delete a finished job', () => {
  it.each([
    ['is not sent once the job is done', 'done', 0],
    ['is sent while it runs', 'running', 1],
  ])('J09: %s', async (_, later, cancels) => {
    const server = await startJobServer({
      poll: (hit, nth) =>
        hit.reply(200, nth === 1 || later === 'running' ? { status: 'running', retryMs: 5_000 } : finished(hit)),
    });
    const provider = jobProvider(server, { looksFirst: true });
    const controller = new AbortController();
    const calling = failure(provider.generate(request, { signal: controller.signal }));
    await until(() => server.polls.length === 1, 10_000);
    await wait(50);
    controller.abort();
    expect((await calling).code).toBe('aborted');
    await provider.close();

    expect([server.polls.length, server.cancels.length]).toEqual([2, cancels]);
  });
});

it('J24: submits and polls together stay within the vendor’s limit per minute', async () => {
  const server = await startJobServer({
    poll: (hit, nth) => hit.reply(200, nth < 3 ? { status: 'running', retryMs: 1 } : finished(hit)),
  });

  await jobProvider(server, { limits: { requestsPerMinute: 120 } }).generate(request);

  const asked = server.hits.filter(({ path }) => !path.startsWith('/files'));
  expect(asked).toHaveLength(4);
  for (const gap of gaps({ hits: asked })) expect(gap).toBeGreaterThan(400);
});

it('J24: a call that gets no free slot in time says what it waited for, and sends nothing', async () => {
  const server = await startJobServer();
  const provider = jobProvider(server, { limits: { requestsPerMinute: 1 }, deadlineMs: 1_500 });

  expect(await failure(provider.generate(request))).toMatchObject({ code: 'timeout', job: { id: 'job-1' } });
  expect(await failure(provider.generate(request))).toMatchObject({
    code: 'timeout',
    charged: 'no',
    message: expect.stringMatching(/\(1 requests per minute\)/),
  });
  expect(server.submits()).toBe(1);
});
