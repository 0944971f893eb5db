/** What one set of tools may spend, and which prices a person must agree to first. */
import { randomUUID } from 'node:crypto';
import { afterAll, expect, it } from 'vitest';
import { AiImageError } from '../../src/index.ts';
import { createSessionLimits } from '../../src/tool/calls/session-limits.ts';
import { closeServers, startServer } from '../faults/hostile-server.ts';
import { directProvider } from '../faults/job-vendor.ts';
import { PaidProvider } from '../manager/support.ts';
import { doneData, failureOf, useToolHosts } from './tool-hosts.ts';

const startHost = useToolHosts();
afterAll(closeServers);

it('L05: an agent that calls 1,000 times gets no more images than the session allows', async () => {
  const vendor = new PaidProvider({ estimateUsd: 0.001 });
  const { generate } = startHost({ vendors: { vendor }, maxImages: 6 });
  const codes: unknown[] = [];
  for (let time = 0; time < 1_000; time++) {
    const result = await generate({ n: 2 }, { callId: randomUUID() });
    codes.push(result.success ? 'done' : result.data.code);
  }
  expect(codes.filter((code) => code === 'done')).toHaveLength(3);
  expect(new Set(codes.slice(3))).toEqual(new Set(['budget_exceeded']));
  expect(vendor.bought).toBe(3);
});

it('L05: 20 calls at once cannot pass the limit together', async () => {
  const vendor = new PaidProvider({ estimateUsd: 0.1, delayMs: 5 });
  const { generate } = startHost({ vendors: { vendor }, maxUsd: 0.35 });
  const results = await Promise.all(Array.from({ length: 20 }, () => generate({}, { callId: randomUUID() })));
  expect(results.filter(({ success }) => success)).toHaveLength(3);
  expect(vendor.bought).toBe(3);
  const [failed] = results.filter(({ success }) => !success);
  expect(failureOf(failed!).error).toBe(
    'This call is expected to cost $0.10, and $0.05 of the $0.35 of this session are left. Tell the user. The limit is a setting of the program that runs these tools.',
  );
});

it('what a call really cost counts, not what was expected', async () => {
  const vendor = new PaidProvider({ estimateUsd: 0.3, costUsd: 0.1 });
  const { generate, call } = startHost({ vendors: { vendor }, maxUsd: 0.6 });
  for (let time = 0; time < 4; time++) doneData(await generate({}, { callId: randomUUID() }));
  expect(failureOf(await generate()).data.code).toBe('budget_exceeded');
  expect((await call('estimate_image', { prompt: 'a red fox' })).data).toMatchObject({
    left_usd: 0.2,
    left_images: 46,
  });
});

it('a repeated call takes nothing of the limits, also when the limit is used up', async () => {
  const vendor = new PaidProvider();
  const { generate } = startHost({ vendors: { vendor }, maxImages: 1 });
  const callId = randomUUID();
  const first = doneData(await generate({}, { callId }));
  expect(failureOf(await generate()).data.code).toBe('budget_exceeded');
  expect(doneData(await generate({}, { callId })).images).toEqual(first.images);
});

it('a call that failed without a charge gives its place back; one that may have been charged does not', async () => {
  const replies: ('refuse' | 'reset')[] = ['refuse', 'refuse', 'reset'];
  const vendor = await startServer((hit) =>
    replies.shift() === 'refuse' ? hit.reply(400, { error: 'no' }) : hit.reset(),
  );
  const { generate } = startHost({ vendors: { direct: directProvider(vendor) }, maxImages: 1 });
  const codes = [];
  for (let time = 0; time < 4; time++) codes.push(failureOf(await generate({}, { callId: randomUUID() })).data.code);
  expect(codes).toEqual(['invalid_request', 'invalid_request', 'outcome_unknown', 'budget_exceeded']);
});

it('a call above the limit of confirmation is not sent before the price is repeated', async () => {
  const vendor = new PaidProvider({ estimateUsd: 0.2 });
  const { generate } = startHost({ vendors: { vendor } });
  expect(doneData(await generate({ n: 2 })).cost_estimate).toMatchObject({ estimated_usd: 0.4, per_image_usd: 0.2 });
  const asked = failureOf(await generate({ n: 4 }));
  expect(asked.data).toEqual({
    code: 'confirmation_required',
    charged: 'no',
    job_id: null,
    retry: false,
    estimated_usd: 0.8,
    confirm_cost_usd: 0.8,
  });
  expect(asked.error).toContain('Ask the user.');
  expect(asked.error).toContain('confirm_cost_usd: 0.8');
  expect(failureOf(await generate({ n: 4, confirm_cost_usd: 0.79 })).data.code).toBe('confirmation_required');
  expect(vendor.bought).toBe(1);
  expect(doneData(await generate({ n: 4, confirm_cost_usd: 0.8 })).images).toHaveLength(4);
});

it('a price that is not known counts as the setting says', async () => {
  const vendor = new PaidProvider({ estimateUsd: null });
  const { generate } = startHost({ vendors: { vendor }, unpricedUsd: 0.3, maxUsd: 1 });
  const asked = failureOf(await generate({ n: 2 }));
  expect(asked.data).toMatchObject({ code: 'confirmation_required', estimated_usd: null });
  expect(asked.error).toContain('at vendor is not known; it counts as $0.60');
  expect(asked.error).not.toContain('only that one');
  expect(doneData(await generate({ n: 1 })).cost_estimate.estimated_usd).toBeNull();
});

it('the price to agree to is the highest of the providers that could be used', async () => {
  const [cheap, dear] = [new PaidProvider({ estimateUsd: 0.1 }), new PaidProvider({ estimateUsd: 0.9 })];
  const { generate } = startHost({ vendors: { cheap, dear } });
  const asked = failureOf(await generate());
  expect(asked.data.estimated_usd).toBe(0.9);
  expect(asked.error).toContain('This call can cost $0.90 at dear.');
  expect(asked.error).toContain('With provider: "cheap", only that one is used.');
  expect(doneData(await generate({ provider: 'cheap' })).provider).toBe('cheap');
  expect(dear.bought).toBe(0);
});

it('a profile with a limit of images per session counts the images of this set of tools', async () => {
  const vendor = new PaidProvider();
  const { generate } = startHost({
    vendors: { vendor },
    profile: 'small',
    profiles: { small: { maxImagesPerSession: 2 } },
  });
  doneData(await generate({}, { callId: randomUUID() }));
  doneData(await generate({}, { callId: randomUUID() }));
  expect(failureOf(await generate({}, { callId: randomUUID() })).data).toMatchObject({
    code: 'policy_denied',
    charged: 'no',
  });
  expect(vendor.bought).toBe(2);
});

it('a runner that takes no more calls is a failure that cost nothing, and gives the place back', async () => {
  const runner = {
    start: () => Promise.reject(new AiImageError('unavailable', '100 calls are running already', { charged: 'no' })),
    find: () => Promise.resolve(undefined),
    close: () => Promise.resolve(),
  };
  const { generate } = startHost({ vendors: { vendor: new PaidProvider() }, runner, maxImages: 1 });
  for (let time = 0; time < 2; time++) {
    const { error, data } = failureOf(await generate({}, { callId: randomUUID() }));
    expect(error).toBe('100 calls are running already. Nothing was sent. Wait a little, then call the tool again.');
    expect(data).toEqual({ code: 'unavailable', charged: 'no', job_id: null, retry: true });
  }
});

it('a reservation is ended once', () => {
  const limits = createSessionLimits({ maxUsd: 1, maxImages: 4 });
  const reservation = limits.reserve({ micros: 400_000, images: 1 });
  reservation.settle(0.1);
  reservation.release();
  reservation.settle(0.9);
  expect(limits.left()).toEqual({ usd: 0.9, images: 3 });
});

it('L05: says that too many calls run at once, and not that a provider is unavailable', async () => {
  const vendor = new PaidProvider();
  const { generate: ask } = vendor;
  const over = Promise.withResolvers<void>();
  const held: typeof ask = async (...asked) => over.promise.then(() => ask(...asked));
  const { generate } = startHost({
    vendors: { vendor: Object.assign(vendor, { generate: held }) },
    ...{ maxImages: 200, maxUsd: 100 },
  });
  const calls = Array.from({ length: 101 }, () => generate({ wait_seconds: 300 }));
  const failed = failureOf(await Promise.race(calls));
  expect(failed.data).toMatchObject({ code: 'unavailable', charged: 'no', retry: true });
  expect(failed.error).toBe(
    '100 calls are running already. Nothing was sent. Wait a little, then call the tool again.',
  );
  over.resolve();
  expect((await Promise.all(calls)).filter(({ success }) => success)).toHaveLength(100);
});
