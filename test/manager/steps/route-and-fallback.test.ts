/** Steps 4, 7 and 8: who is asked, in which order, and who next. */
import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createImageManager, type StoredGeneration } from '../../../src/manager/index.ts';
import { createResultCache } from '../../../src/manager/steps/cache.ts';
import { route } from '../../../src/manager/steps/route.ts';
import type { Candidate } from '../../../src/manager/types.ts';
import { encodePng } from '../../../src/providers/kit/image/png.ts';
import { ERROR_CODES, ERROR_RULES } from '../../../src/providers/protocol/errors.ts';
import { movableClock, PaidProvider, small } from '../support.ts';

const order = async (images: ReturnType<typeof createImageManager>, request: object) =>
  (await images.plan({ ...small, ...request })).candidates.map(({ provider }) => provider);

describe('the order', () => {
  const providers = {
    cheap: new PaidProvider({ estimateUsd: 0.01, id: 'leonardo' }),
    letters: new PaidProvider({ estimateUsd: 0.2, id: 'ideogram' }),
    safe: new PaidProvider({ estimateUsd: 0.3, id: 'firefly' }),
  };
  const images = createImageManager({
    providers: { safe: providers.safe, letters: providers.letters, cheap: providers.cheap },
  });

  it.each([
    ['is the caller’s', {}, ['safe', 'letters', 'cheap']],
    ['begins with whom was named, and ends with him', { provider: 'letters' }, ['letters']],
    ['follows the intent', { metadata: { intent: 'typography' } }, ['letters', 'safe', 'cheap']],
    ['follows what the prompt hints at', { prompt: 'a logo of a fox' }, ['letters', 'safe', 'cheap']],
    [
      'trusts the intent more than the prompt',
      { prompt: 'a logo', metadata: { intent: 'compliance' } },
      ['safe', 'letters', 'cheap'],
    ],
    [
      'begins with the cheapest for a draft',
      { quality: 'draft', onUnsupported: 'adapt' },
      ['cheap', 'letters', 'safe'],
    ],
  ])('%s', async (_, request, expected) => {
    expect(await order(images, request)).toEqual(expected);
  });

  it('says why', async () => {
    const { candidates } = await images.plan({ ...small, metadata: { intent: 'typography' } });
    expect(candidates[0]?.reasons).toEqual(['the intent is typography, for which it is number 1']);
  });

  it('leaves out whoever cannot, and says what they say', async () => {
    const { candidates, refused } = await images.plan({ ...small, style: 'a-vendor’s-own' });
    expect(candidates).toEqual([]);
    expect(refused.map(({ plan }) => plan.refusals[0]?.field)).toEqual(['style', 'style', 'style']);
    await expect(images.generate({ ...small, style: 'a-vendor’s-own' })).rejects.toMatchObject({
      code: 'unsupported',
      charged: 'no',
      message: expect.stringMatching(/^nobody can do it: safe: /),
    });
  });

  it('is one of all that were there, whatever the request', () => {
    const candidate = (provider: string, usd?: number) =>
      ({ provider, model: 'm', reasons: [], composed: {}, plan: { price: { usd } } }) as unknown as Candidate;
    const some = fc.uniqueArray(
      fc.record({ name: fc.string({ minLength: 1 }), usd: fc.option(fc.double({ min: 0, max: 9, noNaN: true })) }),
      {
        selector: ({ name }) => name,
      },
    );
    fc.assert(
      fc.property(some, fc.string(), fc.boolean(), (all, prompt, isDraft) => {
        const candidates = all.map(({ name, usd }) => candidate(name, usd ?? undefined));
        const routing = {
          rules: [],
          idOf: (name: string) => name,
          order: all.map(({ name }) => name),
          doubtAbout: () => undefined,
        };
        const routed = route(candidates, { prompt, ...(isDraft && { quality: 'draft' }) }, routing);
        expect(routed.map(({ provider }) => provider).sort()).toEqual(all.map(({ name }) => name).sort());
      }),
    );
  });
});

describe('a fallback', () => {
  it.each(ERROR_CODES)('after %s happens exactly where the table allows it', async (code) => {
    const good = new PaidProvider();
    const images = createImageManager({ providers: { bad: new PaidProvider({ fail: code }), good } });
    const settled = await Promise.allSettled([images.generate(small)]);
    const mayFollow = ERROR_RULES[code].mayFailOver && ERROR_RULES[code].charged === 'no';
    expect([settled[0]?.status, good.bought]).toEqual(
      mayFollow || code === 'budget_exceeded' ? ['fulfilled', 1] : ['rejected', 0],
    );
  });

  it('M14: never follows a doubtful outcome: nothing is bought twice', async () => {
    const good = new PaidProvider();
    const images = createImageManager({ providers: { bad: new PaidProvider({ fail: 'timeout' }), good } });
    await expect(images.generate(small)).rejects.toMatchObject({ code: 'timeout' });
    expect(good.bought).toBe(0);
  });

  it('M08: goes to those that were named, in their order, within the budget', async () => {
    const providers = {
      bad: new PaidProvider({ fail: 'unavailable' }),
      dear: new PaidProvider({ estimateUsd: 5 }),
      good: new PaidProvider(),
      unnamed: new PaidProvider(),
    };
    const images = createImageManager({ providers, budget: { perCallUsd: 1 } });
    const { attempts } = await images.generate({ ...small, provider: 'bad', fallback: ['dear', 'good/stub-1'] });
    expect(attempts.map(({ provider, outcome, code }) => [provider, outcome, code])).toEqual([
      ['bad', 'failed', 'unavailable'],
      ['dear', 'skipped', 'budget_exceeded'],
      ['good', 'done', undefined],
    ]);
    expect(providers.unnamed.bought).toBe(0);
  });

  it('goes nowhere when the list is empty', async () => {
    const good = new PaidProvider();
    const images = createImageManager({ providers: { bad: new PaidProvider({ fail: 'unavailable' }), good } });
    await expect(images.generate({ ...small, fallback: [] })).rejects.toMatchObject({ code: 'unavailable' });
    expect(good.bought).toBe(0);
  });

  it('to nobody there is, is a mistake', async () => {
    const images = createImageManager({ providers: { one: new PaidProvider() } });
    await expect(images.generate({ ...small, fallback: ['nobody/x'] })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });
});

describe('S2: the breaker', () => {
  it('H34: leaves alone who fails five times in a row, asks once after the rest, and closes again', async () => {
    const clock = movableClock();
    let isIll = true;
    const ill = new PaidProvider();
    const well = new PaidProvider();
    const generate = ill.generate;
    const broken = new PaidProvider({ fail: 'unavailable' });
    ill.generate = (request, context) => (isIll ? broken.generate(request, context) : generate(request, context));
    const images = createImageManager({ providers: { ill, well }, clock });
    const ask = async () =>
      (await images.generate(small)).attempts.map(({ provider, outcome }) => `${provider} ${outcome}`);

    for (let time = 0; time < 5; time++) expect(await ask()).toEqual(['ill failed', 'well done']);
    expect(broken.bought).toBe(5);
    expect(await ask()).toEqual(['well done']); // routed to the end of the line
    await expect(images.generate({ ...small, provider: 'ill', fallback: [] })).rejects.toMatchObject({
      code: 'circuit_open',
      charged: 'no',
    });
    expect(broken.bought).toBe(5);

    clock.move(30_000);
    expect(await ask()).toEqual(['ill failed', 'well done']); // one probe
    expect(await ask()).toEqual(['well done']);
    clock.move(30_000);
    isIll = false;
    expect(await ask()).toEqual(['ill done']);
    expect(await ask()).toEqual(['ill done']);
  });

  it.each(['invalid_request', 'authentication', 'quota_exhausted', 'content_refused', 'permission'] as const)(
    'H34: %s says nothing about a provider’s health',
    async (fail) => {
      const bad = new PaidProvider({ fail });
      const images = createImageManager({ providers: { bad } });
      for (let time = 0; time < 8; time++) await expect(images.generate(small)).rejects.toMatchObject({ code: fail });
      expect(bad.bought).toBe(8);
    },
  );
});

describe('requests that are the same', () => {
  it('C01: fifty at once are drawn once', async () => {
    const paid = new PaidProvider({ delayMs: 100 });
    const images = createImageManager({ providers: { paid } });
    const all = await Promise.all(Array.from({ length: 50 }, () => images.generate(small)));
    expect(paid.bought).toBe(1);
    expect(new Set(all.map(({ images: [first] }) => first.id)).size).toBe(1);
    expect(all.filter(({ isCached }) => !isCached)).toHaveLength(1);
    expect(all.reduce((sum, { cost }) => sum + (cost.usd ?? 0), 0)).toBeCloseTo(0.1);
  });

  it('C02: fail together, with no stampede', async () => {
    const bad = new PaidProvider({ fail: 'unavailable' });
    const { generate } = bad;
    bad.generate = async (...asked) => {
      await wait(300);
      return generate(...asked);
    };
    const images = createImageManager({ providers: { bad } });
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => images.generate(small)));
    expect(all.every(({ status }) => status === 'rejected')).toBe(true);
    expect(bad.bought).toBe(1);
  });

  it('C03: go on when the first one’s caller leaves, and end when all have', async () => {
    const paid = new PaidProvider({ delayMs: 200 });
    const images = createImageManager({ providers: { paid } });
    const stop = new AbortController();
    const first = images.generate(small, { signal: stop.signal });
    const second = images.generate(small);
    await wait(50);
    stop.abort();
    await expect(first).rejects.toMatchObject({ code: 'aborted' });
    expect((await second).images).toHaveLength(1);
    expect(paid.bought).toBe(1);

    const both = [new AbortController(), new AbortController()];
    const leaving = both.map(({ signal }) => images.generate({ ...small, seed: 9 }, { signal }));
    await wait(50);
    for (const each of both) each.abort();
    for (const each of leaving) await expect(each).rejects.toMatchObject({ code: 'aborted' });
    expect((await images.generate({ ...small, seed: 9 })).isCached).toBe(false);
  });

  it('C05 M10: S3: are drawn once in a session when they have a seed, and cost nothing again', async () => {
    const paid = new PaidProvider();
    const images = createImageManager({ providers: { paid } });
    const session = images.session();
    const png = await encodePng({ width: 8, height: 8, data: new Uint8Array(64), channels: 1 });
    const other = await encodePng({ width: 8, height: 8, data: new Uint8Array(64).fill(9), channels: 1 });
    const base = { ...small, seed: 1, session };
    const first = await images.generate(base);
    const again = await images.generate(base);
    expect([again.isCached, again.cost.usd, again.images[0].id]).toEqual([true, 0, first.images[0].id]);
    expect(paid.bought).toBe(1);

    for (const different of [
      { ...base, seed: 2 },
      { ...base, size: '128x64' },
      { ...base, prompt: 'a red hare' },
      { ...base, n: 2 },
      { ...base, inputImages: [png] },
      { ...base, inputImages: [other] },
      { ...base, session: images.session() }, // C08: another tenant
      { ...small, session }, // without a seed every picture is another one
      { ...small, session },
    ]) {
      expect((await images.generate(different)).isCached).toBe(false);
    }
    expect((await images.generate({ ...base, metadata: { note: 'for the file' } })).isCached).toBe(true);
  });
});

describe('a session', () => {
  it('with a name is the same one again, and one without is nobody else’s', async () => {
    const paid = new PaidProvider();
    const images = createImageManager({ providers: { paid } });
    const asked = { ...small, seed: 1 };
    await images.generate({ ...asked, session: images.session('ada') });
    expect((await images.generate({ ...asked, session: images.session('ada') })).isCached).toBe(true);
    expect(images.session('ada').images).toBe(1);
    // C08: neither another name nor a nameless one sees it.
    expect((await images.generate({ ...asked, session: images.session('bob') })).isCached).toBe(false);
    expect((await images.generate({ ...asked, session: images.session() })).isCached).toBe(false);
  });

  it('C09: hands out what it has, and what was handed out stays when it is forgotten', async () => {
    const cache = createResultCache(2);
    const { images } = await new PaidProvider().generate(small);
    const result = { images, kept: [], failures: [] } as unknown as StoredGeneration;
    await cache.put('one', result);
    const held = await cache.get('one');
    for (const key of ['two', 'three']) await cache.put(key, result);
    expect(await cache.get('one')).toBeUndefined();
    expect(held?.images[0].imageBytes).toBe(images[0].imageBytes);
  });

  it('S3: draws again when its cache is broken, and loses no picture for it', async () => {
    const paid = new PaidProvider();
    const broken = () => Promise.reject(new Error('torn'));
    const images = createImageManager({ providers: { paid }, cache: { get: broken, put: broken } });
    const session = images.session('ada');
    for (let time = 0; time < 2; time++) await images.generate({ ...small, seed: 1, session });
    expect(paid.bought).toBe(2);
  });
});

describe('health', () => {
  it('that is bad puts a provider to the end of the line, until it is well again', async () => {
    let isWell = false;
    const moody = new PaidProvider();
    moody.healthCheck = async () =>
      isWell
        ? { status: 'ok', latencyMs: 1 }
        : { status: 'failing', latencyMs: 1, code: 'unavailable', message: 'not well' };
    const images = createImageManager({ providers: { moody, steady: new PaidProvider() } });
    expect(await order(images, {})).toEqual(['moody', 'steady']);
    await images.health();
    expect(await order(images, {})).toEqual(['steady', 'moody']);
    expect((await images.plan(small)).candidates[1]?.reasons).toEqual(['it said that it is not well']);
    // Whoever names it gets it.
    expect((await images.generate({ ...small, provider: 'moody' })).attempts).toMatchObject([{ outcome: 'done' }]);
    expect(await order(images, {})).toEqual(['moody', 'steady']);
    isWell = true;
    await images.health();
    expect(await order(images, {})).toEqual(['moody', 'steady']);
  });
});

describe('what happens on the way', () => {
  it('is told in order, and the words that were sent are in the result', async () => {
    const images = createImageManager({ providers: { paid: new PaidProvider() } });
    const types: string[] = [];
    for await (const event of images.stream({ ...small, style: 'ink' })) types.push(event.type);
    expect(types[0]).toBe('planned');
    expect(types.at(-1)).toBe('done');
    expect(types).toContain('submitted');
    const { composed, images: came } = await images.generate({ ...small, style: 'ink' });
    expect(came[0].promptUsed).toBe(composed.prompt);
    expect(composed.prompt).toMatch(/^a red fox\. An ink drawing/);
  });

  it('ends the call when the loop is left', async () => {
    const paid = new PaidProvider({ delayMs: 5_000 });
    const images = createImageManager({ providers: { paid } });
    const startedAt = performance.now();
    for await (const event of images.stream(small)) if (event.type === 'submitted') break;
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('throws what went wrong, after what came before', async () => {
    const images = createImageManager({ providers: { bad: new PaidProvider({ fail: 'unavailable' }) } });
    const types: string[] = [];
    const loop = async () => {
      for await (const event of images.stream(small)) types.push(event.type);
    };
    await expect(loop()).rejects.toMatchObject({ code: 'unavailable' });
    expect(types[0]).toBe('planned');
  });
});
