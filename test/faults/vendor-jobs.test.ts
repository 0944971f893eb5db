/** Faults of jobs, with the wire formats of real vendors: there is one submit, whatever happens to polls, links and this process. */
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { createProvider, type JobHandle } from '../../src/index.ts';
import { closeServers, type Hit, startServer, until } from './hostile-server.ts';
import { duration, failure, gaps, KEY, PROMPT, png } from './support.ts';
import { REASON, SHAPES, type Standing, type Step, type VendorShape } from './vendor-shapes.ts';

afterAll(closeServers);

/** What the vendor does at a step. Steps that are left out succeed, and a job is done at the first poll. */
type Script = Partial<Record<Step, (hit: Hit, nth: number) => Standing | object | undefined>>;

async function openVendor(shape: VendorShape, script: Script = {}) {
  const hits: Partial<Record<Step, Hit[]>> = {};
  const server = await startServer((hit) => {
    const path = hit.path.split('?')[0] ?? '';
    const step = path.startsWith('/files/') ? 'file' : shape.stepOf(hit.method, path);
    const all = [...(hits[step] ?? []), hit];
    hits[step] = all;
    const said = script[step] ? script[step](hit, all.length) : usual(step);
    if (said === undefined) return; // the script has replied, or deliberately has not
    const link = `${server.origin}/files/${all.length}.png`;
    hit.reply(200, typeof said === 'string' ? shape.standing(said as Standing, link, server.origin) : said);

    function usual(kind: Step): Standing | object | undefined {
      switch (kind) {
        case 'submit':
          hit.bill();
          return shape.submitted(server.origin);
        case 'poll':
          return 'done';
        case 'result':
          return shape.result?.(`${server.origin}/files/${all.length}.png`);
        case 'file':
          hit.reply(200, png(), { 'content-type': 'image/png' });
          return undefined;
        default:
          return {};
      }
    }
  });
  const at = (step: Step): readonly Hit[] => hits[step] ?? [];
  return { ...server, at, submits: () => at('submit').length };
}

type Vendor = Awaited<ReturnType<typeof openVendor>>;

const providerOf = ({ id, base, settings = {} }: VendorShape, { origin }: Pick<Vendor, 'origin'>, more: object = {}) =>
  createProvider(id, {
    apiKey: KEY,
    baseUrl: origin + base,
    deadlineMs: 10_000,
    limits: { minPollIntervalMs: 50, requestsPerMinute: 60_000 },
    ...settings,
    ...more,
  });

describe.each(SHAPES)('a job of $id', { concurrent: true }, (shape) => {
  const request = { prompt: PROMPT, model: shape.model };
  /** The path of the link of a finished job. */
  const holder: Step = shape.result === undefined ? 'poll' : 'result';

  it('J01: a job is submitted once, polled, and downloaded without the key', async () => {
    const vendor = await openVendor(shape, { poll: (_, nth) => (nth > 2 ? 'done' : 'running') });
    const { images, job } = await providerOf(shape, vendor).generate(request);

    expect(images[0]).toMatchObject({ format: 'png', width: 16 });
    expect(job).toMatchObject({ provider: shape.id, model: shape.model });
    expect([vendor.submits(), vendor.bills(), vendor.at('poll').length, vendor.at('file').length]).toEqual([
      1, 1, 3, 1,
    ]);
    expect(vendor.at('file')[0]?.text).not.toMatch(/authorization|x-key|x-api-key/i);
  });

  it.each([
    ['J02', 'two replies of 500'],
    ['J03', 'a reset'],
    ['J04', 'a 429'],
    ['J05', 'a poll that is never answered'],
    ['J26', 'an HTML page in place of a reply'],
  ])('%s survives %s', async (id) => {
    const vendor = await openVendor(shape, {
      poll(hit, nth) {
        if (nth > (id === 'J02' ? 2 : 1)) return 'done';
        if (id === 'J02') hit.reply(500, { error: 'oops' });
        if (id === 'J03') hit.reset();
        if (id === 'J04') hit.reply(429, { error: 'later' }, { 'retry-after': '1' });
        if (id === 'J26') hit.reply(200, '<html>portal</html>', { 'content-type': 'text/html' });
        return undefined;
      },
    });
    // Only a poll that is never answered needs a short limit; the other attempts end by themselves, also on a busy machine.
    const limit = id === 'J05' ? { attemptTimeoutMs: 2_000 } : {};
    await providerOf(shape, vendor, limit).generate(request);

    expect(vendor.submits()).toBe(1);
    if (id === 'J04') expect(gaps({ hits: vendor.at('poll') })[0]).toBeGreaterThanOrEqual(990);
  });

  it('J06 J07: a job that never ends times out at the deadline, and the error has all that is needed to resume it', async () => {
    const vendor = await openVendor(shape, { poll: () => 'running' });
    const error = await failure(providerOf(shape, vendor).generate(request, { deadlineMs: 1_500 }));

    expect(error).toMatchObject({ code: 'timeout', charged: 'unknown', provider: shape.id });
    expect(error.job).toMatchObject({ provider: shape.id, model: shape.model, request: { prompt: PROMPT } });
    expect(Date.parse(error.job?.submittedAt ?? '')).toBeGreaterThan(Date.now() - 20_000);
    expect(error.hint).toContain('resume');
    expect([vendor.submits(), vendor.at('cancel').length]).toEqual([1, 0]);
  });

  it('J08 J09: a job that is aborted is cancelled if the vendor can cancel, and its handle is in the error', async () => {
    const vendor = await openVendor(shape, { poll: () => 'running' });
    const provider = providerOf(shape, vendor);
    const stop = new AbortController();
    const calling = failure(provider.generate(request, { signal: stop.signal }));
    await until(() => vendor.at('poll').length > 0, 5_000);
    stop.abort();

    expect(await duration(calling)).toBeLessThan(2_000);
    expect(await calling).toMatchObject({ code: 'aborted', job: { provider: shape.id } });
    await provider.close();
    expect(vendor.at('cancel').length).toBe(shape.cancels === 'no' ? 0 : 1);
    expect(vendor.submits()).toBe(1);
  });

  it('J10 J11: a job that failed becomes an error, with the vendor’s reason if there is one', async () => {
    const hasReason = !['fal', 'leonardo'].includes(shape.id); // one sends an error as the result, the other gives no reason
    const vendor = await openVendor(shape, {
      poll: () => 'failed',
      result: (hit) => void hit.reply(422, { detail: [{ loc: ['body'], msg: REASON, type: 'generation_error' }] }),
    });
    const error = await failure(providerOf(shape, vendor).generate(request));

    expect(error.job).toMatchObject({ provider: shape.id });
    expect(['no_image', 'bad_response', 'invalid_request']).toContain(error.code);
    if (hasReason || shape.id === 'fal') expect(error.message).toContain(REASON);
    expect([vendor.submits(), vendor.at('poll').length]).toEqual([1, 1]);
  });

  it('J10: a job that ended in any other way ends the call too', async () => {
    for (const answer of shape.ended) {
      const vendor = await openVendor(shape, { poll: () => answer });
      expect(await failure(providerOf(shape, vendor).generate(request))).toMatchObject({
        code: 'no_image',
        job: { provider: shape.id },
      });
      expect([vendor.submits(), vendor.at('poll').length]).toEqual([1, 1]);
    }
  });

  it('J12: a job whose submit was received and never answered is not submitted again', async () => {
    const vendor = await openVendor(shape, {
      submit(hit) {
        hit.bill();
        hit.reset();
        return undefined;
      },
    });
    expect(await failure(providerOf(shape, vendor).generate(request))).toMatchObject({ code: 'outcome_unknown' });
    expect([vendor.submits(), vendor.bills()]).toEqual([1, 1]);
  });

  it('J13: a job with a dead link asks for a new link once, and keeps its id', async () => {
    const vendor = await openVendor(shape, {
      file(hit) {
        hit.reply(404);
        return undefined;
      },
    });
    const error = await failure(providerOf(shape, vendor).generate(request));

    expect(error).toMatchObject({ code: 'bad_response', status: 404, charged: 'yes', job: { provider: shape.id } });
    expect([vendor.submits(), vendor.at(holder).length, vendor.at('file').length]).toEqual([1, 2, 2]);
  });

  it('J14: a job is downloaded again when the download breaks off', async () => {
    const vendor = await openVendor(shape, {
      file(hit, nth) {
        if (nth === 1) hit.reset();
        else hit.reply(200, png(), { 'content-type': 'image/png' });
        return undefined;
      },
    });
    await providerOf(shape, vendor).generate(request);
    expect([vendor.submits(), vendor.at(holder).length, vendor.at('file').length]).toEqual([1, 1, 2]);
  });

  it('J15: a job that is done and contains no image is an error', async () => {
    const vendor = await openVendor(shape, { poll: () => 'empty', result: () => shape.result?.('') });
    expect(await failure(providerOf(shape, vendor).generate(request))).toMatchObject({
      code: 'bad_response',
      endsJob: false,
      job: { provider: shape.id },
    });
    expect(vendor.submits()).toBe(1);
  });

  it('J16 J22: a job that finishes after the deadline is resumed elsewhere, ten at once, without a submit', async () => {
    let isDone = false;
    const vendor = await openVendor(shape, { poll: () => (isDone ? 'done' : 'running') });
    const { job } = await failure(providerOf(shape, vendor).generate(request, { deadlineMs: 1_500 }));
    isDone = true;
    const handle = JSON.parse(JSON.stringify(job)) as JobHandle;

    const elsewhere = providerOf(shape, vendor);
    const all = await Promise.all(Array.from({ length: 10 }, () => elsewhere.resume(handle)));

    expect(all.map(({ images }) => images.length)).toEqual(Array.from({ length: 10 }, () => 1));
    expect([vendor.submits(), vendor.bills()]).toEqual([1, 1]);
  });

  it.each([404, 410])(
    'J18: a job that the vendor no longer knows (%i) has expired, and the error keeps its id',
    async (status) => {
      const vendor = await openVendor(shape, { poll: (hit) => void hit.reply(status, { error: 'Task not found' }) });
      const error = await failure(providerOf(shape, vendor).generate(request));

      expect(error).toMatchObject({ code: 'no_image', status, job: { provider: shape.id } });
      expect(error.message).toContain('expired');
      expect([vendor.submits(), vendor.at('poll').length]).toEqual([1, 1]);
    },
  );

  it('J23: a job whose link is now forbidden gets a new one', async () => {
    const vendor = await openVendor(shape, {
      file(hit) {
        if (hit.path.endsWith('/1.png')) hit.reply(403);
        else hit.reply(200, png(), { 'content-type': 'image/png' });
        return undefined;
      },
    });
    await providerOf(shape, vendor).generate(request);

    expect(vendor.at('file').map(({ path }) => path)).toEqual(['/files/1.png', '/files/2.png']);
    expect(vendor.submits()).toBe(1);
  });

  it('J26: a job with megabytes of logs is still polled', async () => {
    const logs = 'line\n'.repeat(400_000);
    const vendor = await openVendor(shape, {
      poll: (hit, nth) => {
        if (nth > 1) return 'done';
        hit.reply(200, { ...shape.standing('running', '', vendor.origin), logs });
        return undefined;
      },
    });
    await providerOf(shape, vendor).generate(request);
    expect(vendor.submits()).toBe(1);
  });

  it.each([-86_400_000, 86_400_000])(
    'J27: a job works the same when the vendor’s clock is %i ms off',
    async (offMs) => {
      const date = new Date(Date.now() + offMs).toUTCString();
      const vendor = await openVendor(shape, {
        submit: (hit) => void hit.reply(200, shape.submitted(vendor.origin), { date }),
        poll: (hit, nth) =>
          void hit.reply(
            200,
            shape.standing(nth > 1 ? 'done' : 'running', `${vendor.origin}/files/1.png`, vendor.origin),
            {
              date,
            },
          ),
      });
      const { job } = await providerOf(shape, vendor).generate(request);
      expect(Math.abs(Date.parse(job?.submittedAt ?? '') - Date.now())).toBeLessThan(20_000);
    },
  );

  it('J28: a job that waits in a queue has a separate time limit, if the vendor reports that it waits', async () => {
    const vendor = await openVendor(shape, { poll: () => 'queued' });
    const limits = { minPollIntervalMs: 50, requestsPerMinute: 60_000, maxQueueMs: 500 };
    const error = await failure(providerOf(shape, vendor, { limits }).generate(request, { deadlineMs: 2_500 }));

    expect(error).toMatchObject({ code: 'timeout', job: { provider: shape.id } });
    expect(error.message.includes('queued')).toBe(shape.hasQueue);
  });
});

it('the counter counts every submit in every wire format', async () => {
  for (const shape of SHAPES) {
    const vendor = await openVendor(shape);
    const provider = providerOf(shape, vendor);
    await provider.generate({ prompt: PROMPT, model: shape.model });
    await provider.generate({ prompt: PROMPT, model: shape.model });
    await wait(1);
    expect([shape.id, vendor.submits()]).toEqual([shape.id, 2]);
  }
});
