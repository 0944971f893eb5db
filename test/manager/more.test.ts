/** Defaults, memory, batches, going on, limits, keys, traces, other forms. */
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { StubProvider } from '../../src/index.ts';
import {
  createImageManager,
  createLedger,
  type ManagerStep,
  toBase64,
  toBlob,
  toDataUrl,
} from '../../src/manager/index.ts';
import { createJobRecords } from '../../src/manager/jobs/job-records.ts';
import { MANAGER_STEPS } from '../../src/manager/tracing.ts';
import { TIMED } from '../support/timed.ts';
import { PaidProvider, small } from './support.ts';

const request = { prompt: small.prompt } as const;

describe('a profile', () => {
  it('fills in what a request leaves open, and no more', async () => {
    const images = createImageManager({
      providers: { paid: new PaidProvider() },
      profiles: { brand: { defaults: { size: '64x96', style: 'ink', n: 2 }, styleGuidance: 'in our green' } },
    });
    const { applied, composed } = await images.generate({ ...request, profile: 'brand', n: 1 });
    expect([applied.size, applied.n]).toEqual(['64x96', 1]);
    expect(composed.prompt).toMatch(/ink drawing.*in our green/i);
  });

  it('remembers what was kept, shows it, and forgets it', async () => {
    const images = createImageManager({
      providers: { paid: new PaidProvider() },
      profiles: { mine: { remembers: true }, other: { remembers: true }, blind: {} },
    });
    for (const prompt of ['a gold fox', 'a gold hare']) {
      const drawn = await images.generate({ prompt, size: '96x64', style: 'ink', profile: 'mine' });
      await images.keep(drawn, 'mine');
    }
    expect(await images.memory('mine')).toEqual({ style: 'ink', size: '96x64', model: 'stub-1', palette: ['gold'] });
    expect(await images.memory('other')).toEqual({ palette: [] });

    const next = await images.generate({ prompt: 'an owl', profile: 'mine' });
    expect([next.applied.size, next.composed.style]).toEqual(['96x64', 'ink']);
    expect(next.composed.parts).toContainEqual({ from: 'memory', text: 'In gold' });
    expect((await images.generate({ prompt: 'an owl', size: '64x64', profile: 'mine' })).applied.size).toBe('64x64');
    expect((await images.generate({ ...small, profile: 'blind' })).composed.parts).toEqual([]);

    await images.forget('mine');
    expect(await images.memory('mine')).toEqual({ palette: [] });
    await expect(images.keep(next, 'nobody')).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

describe('a batch', () => {
  const variations = ['red', 'green', 'blue', 'gold', 'pink'];

  it('draws one picture for each variation, in order, so many at once', async () => {
    let underWay = 0;
    let most = 0;
    const paid = new PaidProvider();
    const { generate } = paid;
    paid.generate = async (...asked) => {
      underWay++;
      most = Math.max(most, underWay);
      await wait(20);
      return generate(...asked).finally(() => {
        underWay--;
      });
    };
    const images = createImageManager({ providers: { paid } });
    const progress: string[] = [];
    const { items, isComplete } = await images.each('a {{variation}} fox', variations, {
      concurrency: 2,
      request: { size: '64x64' },
      onItem: (item, finished, all) => void progress.push(`${item.status} ${finished}/${all}`),
    });
    expect(isComplete).toBe(true);
    expect(items.map((each) => each.status === 'done' && each.generation?.images[0].promptUsed)).toEqual(
      variations.map((variation) => `a ${variation} fox`),
    );
    expect([most, progress]).toEqual([2, [1, 2, 3, 4, 5].map((done) => `done ${done}/5`)]);
  });

  it('goes on where it was interrupted, and buys nothing again', async () => {
    let isIll = true;
    const paid = new PaidProvider();
    const { generate } = paid;
    const bad = new PaidProvider({ fail: 'unavailable' });
    paid.generate = (asked, context) =>
      isIll && /blue|gold/.test(asked.prompt) ? bad.generate(asked, context) : generate(asked, context);
    const images = createImageManager({ providers: { paid }, breaker: { failures: 100 } });
    const options = { concurrency: 1, request: { size: '64x64' } };
    const first = await images.each('a {{variation}} fox', variations, options);
    expect(first.items.map(({ status }) => status)).toEqual(['done', 'done', 'failed', 'failed', 'done']);
    isIll = false;
    const second = await images.each('a {{variation}} fox', variations, { ...options, previous: first });
    expect(second.isComplete).toBe(true);
    expect([paid.bought, bad.bought]).toEqual([5, 2]);
  });

  it('tries again what cost nothing, and nothing else', async () => {
    for (const [fail, tries] of [
      ['unavailable', 3],
      ['outcome_unknown', 1],
    ] as const) {
      const bad = new PaidProvider({ fail });
      const images = createImageManager({ providers: { bad }, breaker: { failures: 100 } });
      const { items } = await images.each('a {{variation}} fox', ['red'], {
        retryFailed: 2,
        request: { size: '64x64' },
      });
      expect([items[0]?.status, bad.bought]).toEqual(['failed', tries]);
    }
  });

  it('stops with its signal, keeps no picture where none is to be collected, and refuses nonsense', async () => {
    const images = createImageManager({ providers: { paid: new PaidProvider() } });
    const stop = new AbortController();
    const { items, isComplete } = await images.each('a {{variation}} fox', variations, {
      concurrency: 1,
      collect: false,
      request: { size: '64x64' },
      signal: stop.signal,
      onItem: () => stop.abort(),
    });
    expect(items.map(({ status }) => status)).toEqual(['done', 'waiting', 'waiting', 'waiting', 'waiting']);
    expect(items[0]).not.toHaveProperty('generation');
    expect(isComplete).toBe(false);
    await expect(images.each('x', ['y'], { concurrency: 0 })).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

it('goes on from a picture at the provider that drew it, and says whose child the next one is', async () => {
  const [paid, other] = [new PaidProvider(), new PaidProvider()];
  const images = createImageManager({ providers: { other, paid } });
  const first = await images.generate({ ...small, provider: 'paid' });
  const next = await images.continue(first, 'make it night');
  expect(next.parent).toBe(first.images[0].id);
  expect(next.applied.operation).toBe('edit');
  expect([paid.bought, other.bought]).toEqual([2, 0]);
});

describe('limits of a provider', () => {
  it('H35: lets so many in at once, and waiting counts against the call’s time', async () => {
    let underWay = 0;
    let most = 0;
    const paid = new PaidProvider();
    const { generate } = paid;
    paid.generate = async (...asked) => {
      underWay++;
      most = Math.max(most, underWay);
      await wait(100);
      return generate(...asked).finally(() => {
        underWay--;
      });
    };
    const images = createImageManager({ providers: { paid }, limits: { paid: { maxConcurrent: 3 } } });
    await Promise.all(Array.from({ length: 12 }, (_, seed) => images.generate({ ...small, seed })));
    expect(most).toBe(3);

    const one = createImageManager({ providers: { paid }, limits: { paid: { maxConcurrent: 1 } } });
    const slow = one.generate({ ...small, seed: 1 });
    await wait(30);
    await expect(one.generate({ ...small, seed: 2 }, { deadlineMs: 20 })).rejects.toMatchObject({
      code: 'timeout',
      charged: 'no',
    });
    const stop = new AbortController();
    const waiting = one.generate({ ...small, seed: 3 }, { signal: stop.signal });
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
    await slow;
    expect((await one.generate({ ...small, seed: 4 })).images).toHaveLength(1);
  });

  it('spaces calls out', TIMED, async () => {
    const paid = new PaidProvider();
    const times: number[] = [];
    const { generate } = paid;
    paid.generate = (...asked) => {
      times.push(performance.now());
      return generate(...asked);
    };
    const images = createImageManager({ providers: { paid }, limits: { paid: { perMinute: 600 } } });
    await Promise.all([1, 2, 3].map((seed) => images.generate({ ...small, seed })));
    expect(times[1]! - times[0]!).toBeGreaterThan(90);
    expect(times[2]! - times[1]!).toBeGreaterThan(90);
  });
});

it('C12: one idempotency key is for one request', async () => {
  const paid = new PaidProvider();
  const images = createImageManager({ providers: { paid } });
  const context = { idempotencyKey: 'k'.repeat(32) };
  await images.generate(small, context);
  await images.generate(small, context);
  await expect(images.generate({ ...small, prompt: 'another' }, context)).rejects.toMatchObject({
    code: 'invalid_request',
    charged: 'no',
  });
});

describe('the steps', () => {
  it('are taken once, in order, and told without a word of the prompt', async () => {
    const steps: ManagerStep[] = [];
    const said: unknown[] = [];
    const images = createImageManager({
      providers: { paid: new PaidProvider() },
      onStep(step, facts) {
        steps.push(step);
        said.push(facts);
        return (end) => void said.push(end);
      },
    });
    await images.generate(small);
    expect(steps).toEqual(MANAGER_STEPS);
    expect(JSON.stringify(said)).not.toContain('fox');
    expect(said).toContainEqual({ facts: expect.objectContaining({ images: 1, usd: 0.1 }) });
  });

  it('cost nobody a picture when the watcher or the listener breaks, and tell how they failed', async () => {
    const ends: unknown[] = [];
    const broken = () => {
      throw new Error('a watcher is broken');
    };
    const images = createImageManager({ providers: { paid: new PaidProvider() }, onStep: broken });
    expect((await images.generate(small, { onEvent: broken })).images).toHaveLength(1);
    const failing = createImageManager({
      providers: { bad: new PaidProvider({ fail: 'unavailable' }) },
      onStep: (step) => (end) => void (step === 'generate' && ends.push(end)),
    });
    await expect(failing.generate(small)).rejects.toMatchObject({ code: 'unavailable' });
    expect(ends).toEqual([{ facts: {}, code: 'unavailable' }]);
  });
});

it('hands a picture out in other forms', async () => {
  const { images } = await createImageManager({ providers: { paid: new PaidProvider() } }).generate(small);
  const [image] = images;
  const base64 = Buffer.from(image.imageBytes).toString('base64');
  expect(toBase64(image)).toBe(base64);
  expect(toDataUrl(image)).toBe(`data:image/png;base64,${base64}`);
  const blob = toBlob(image);
  expect([blob.type, Buffer.from(await blob.arrayBuffer()).equals(Buffer.from(image.imageBytes))]).toEqual([
    'image/png',
    true,
  ]);
});

it.each([
  [{ fallback: 'openai' }, 'fallback'],
  [{ provider: '' }, 'provider'],
  [{ variation: 7 }, 'variation'],
  [{ fallbak: [] }, 'fallbak'],
])('refuses %j with a word about it', async (wrong, name) => {
  const paid = new PaidProvider();
  const images = createImageManager({ providers: { paid } });
  await expect(images.generate({ ...small, ...(wrong as object) })).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining(name),
  });
  expect(paid.bought).toBe(0);
});

describe('a picture that was paid for', () => {
  it('is handed out although its cost or its job cannot be written down, and the result says so', async () => {
    const full = () => Promise.reject(new Error('disk full'));
    const images = createImageManager({
      providers: { farm: new StubProvider({ job: { polls: 1 } }) },
      ledger: { ...createLedger(), settle: full },
      jobs: { ...createJobRecords(Date.now), end: full },
    });
    const { images: came, notes } = await images.generate(small);
    expect(came).toHaveLength(1);
    expect(notes).toEqual(['the cost could not be written down', 'the call could not be marked as done']);
  });

  it('M07: counts each attempt that may have been billed, and none that was not', async () => {
    const ledger = createLedger();
    const providers = {
      free: new PaidProvider({ fail: 'unavailable', estimateUsd: 0.3 }),
      doubtful: new PaidProvider({ fail: 'outcome_unknown', estimateUsd: 0.2 }),
      good: new PaidProvider({ estimateUsd: 0.1 }),
    };
    const images = createImageManager({ providers, ledger, budget: { perProjectUsd: { fox: 10 } } });
    const asked = { ...small, metadata: { costCenter: 'fox' } };
    await images.generate({ ...asked, provider: 'free', fallback: ['good'] });
    expect(await ledger.taken('project fox')).toBe(100_000);
    await expect(images.generate({ ...asked, provider: 'doubtful', fallback: ['good'] })).rejects.toMatchObject({
      code: 'outcome_unknown',
    });
    expect(await ledger.taken('project fox')).toBe(300_000);
  });
});
