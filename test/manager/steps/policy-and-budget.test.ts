/** Steps 3 and 5: profiles and budgets. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createImageManager, createLedger } from '../../../src/manager/index.ts';
import { toMicros, toUsd } from '../../../src/manager/limits/micros.ts';
import { movableClock, PaidProvider, small } from '../support.ts';

const codesOf = (settled: readonly PromiseSettledResult<unknown>[]) =>
  settled.map((each) => (each.status === 'fulfilled' ? 'done' : (each.reason as { code: string }).code));
const count = (all: readonly string[], one: string) => all.filter((each) => each === one).length;

describe('a profile', () => {
  const paid = new PaidProvider();
  const images = createImageManager({
    providers: { paid, other: new PaidProvider() },
    profiles: { off: { enabled: false }, narrow: { allowedProviders: ['other'] }, few: { maxImagesPerSession: 10 } },
  });

  it.each([
    ['is disabled', { profile: 'off' }, 'policy_denied', 'disabled'],
    ['does not allow the provider', { profile: 'narrow', provider: 'paid' }, 'policy_denied', 'allows other'],
    ['limits images per session, and has no session', { profile: 'few' }, 'policy_denied', 'session'],
    ['does not exist', { profile: 'unknown' }, 'invalid_request', 'unknown'],
  ])('a profile that %s refuses before any call', async (_, more, code, message) => {
    await expect(images.generate({ ...small, ...more })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
    expect(paid.bought).toBe(0);
  });

  it('keeps the providers that it allows', async () => {
    expect((await images.plan({ ...small, profile: 'narrow' })).candidates.map(({ provider }) => provider)).toEqual([
      'other',
    ]);
  });

  it('allows exactly its number of images, also for concurrent calls', async () => {
    const session = images.session();
    const calls = Array.from({ length: 16 }, (_, seed) => images.generate({ ...small, seed, profile: 'few', session }));
    const codes = codesOf(await Promise.allSettled(calls));
    expect([count(codes, 'done'), count(codes, 'policy_denied'), session.images]).toEqual([10, 6, 10]);
  });
});

describe('a name that a caller gives', () => {
  const paid = new PaidProvider();
  const long = 'x'.repeat(257);
  const images = createImageManager({
    providers: { paid },
    profiles: { branded: { defaults: { metadata: { costCenter: long } } } },
  });

  it.each([
    ['a project', () => images.generate({ ...small, metadata: { costCenter: long } })],
    ['a project, in a plan', () => images.plan({ ...small, metadata: { costCenter: long } })],
    ['a project, from a profile', () => images.generate({ ...small, profile: 'branded' })],
    ['a session', async () => images.session(long)],
  ])('a name of 257 characters is refused for %s before any call', async (_, ask) => {
    await expect(ask()).rejects.toMatchObject({
      code: 'invalid_request',
      charged: 'no',
      message: expect.stringMatching(
        /(?:metadata\.costCenter|session: the name) has 257 characters; the maximum is 256$/,
      ),
    });
    expect(paid.bought).toBe(0);
  });

  it('a name of 256 characters is accepted for a project and a session', async () => {
    const name = 'é'.repeat(256);
    await images.generate({ ...small, metadata: { costCenter: name }, session: images.session(name) });
    expect(paid.bought).toBe(1);
  });
});

describe('a budget', () => {
  it('D01: a budget allows exactly as many of 64 concurrent calls as the limit covers', async () => {
    const paid = new PaidProvider({ estimateUsd: 0.1 });
    const images = createImageManager({ providers: { paid }, budget: { perDayUsd: 1 } });
    const calls = Array.from({ length: 64 }, (_, seed) => images.generate({ ...small, seed }));
    const codes = codesOf(await Promise.allSettled(calls));
    expect([count(codes, 'done'), count(codes, 'budget_exceeded'), paid.bought]).toEqual([10, 54, 10]);
  });

  it('D04: the manager records the real cost, and refuses calls from then on', async () => {
    const paid = new PaidProvider({ estimateUsd: 0.1, costUsd: 0.95 });
    const images = createImageManager({ providers: { paid }, budget: { perDayUsd: 1 } });
    await images.generate(small);
    await expect(images.generate({ ...small, seed: 2 })).rejects.toMatchObject({
      code: 'budget_exceeded',
      message: expect.stringMatching(
        /about 0\.1 USD, but only 0\.05 USD is left of the limit of 1 USD for day 2\d{3}-\d\d-\d\d$/,
      ),
    });
    expect(paid.bought).toBe(1);
  });

  it('D05: the manager refuses invalid amounts, and adds ten dimes to exactly one dollar', async () => {
    for (const usd of [-0.1, Number.NaN, Number.POSITIVE_INFINITY, 1e300])
      expect(() => toMicros(usd)).toThrow(RangeError);
    const ledger = createLedger();
    const scopes = [{ name: 'day', limitMicros: toMicros(1) }];
    const spend = (micros: number) => ledger.reserve({ micros, provider: 'paid', model: 'stub-1', images: 1 }, scopes);
    for (let dime = 0; dime < 10; dime++) expect(await spend(toMicros(0.1))).toBeTypeOf('string');
    expect(await spend(1)).toMatchObject({ takenMicros: 1_000_000 });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1_000_000_000 })), (all) => {
        const sum = all.reduce((total, micros) => total + toMicros(toUsd(micros)), 0);
        expect(sum).toBe(all.reduce((total, micros) => total + micros, 0));
      }),
    );
  });

  it('D06: the manager refuses a model without a price, unless allowUnpriced names it', async () => {
    const providers = { paid: new PaidProvider({ estimateUsd: null, costUsd: 0 }) };
    const strict = createImageManager({ providers, budget: { perDayUsd: 1 } });
    await expect(strict.generate(small)).rejects.toMatchObject({
      code: 'budget_exceeded',
      hint: expect.stringContaining('paid/stub-1'),
    });
    const lenient = createImageManager({ providers, budget: { perDayUsd: 1, allowUnpriced: ['paid/stub-1'] } });
    expect((await lenient.generate(small)).images).toHaveLength(1);
    expect((await createImageManager({ providers }).generate(small)).images).toHaveLength(1);
  });

  it('D11: the manager releases what was not charged, and keeps what may have been charged', async () => {
    for (const [fail, left] of [
      ['unavailable', 'done'],
      ['outcome_unknown', 'budget_exceeded'],
      ['content_refused', 'budget_exceeded'],
    ] as const) {
      const providers = { bad: new PaidProvider({ fail }), good: new PaidProvider() };
      const images = createImageManager({ providers, budget: { perDayUsd: 0.15 } });
      await expect(images.generate({ ...small, provider: 'bad', fallback: [] })).rejects.toMatchObject({ code: fail });
      expect(
        codesOf(await Promise.allSettled([images.generate({ ...small, provider: 'good', fallback: [] })])),
      ).toEqual([left]);
    }
  });

  it('D12: the manager records the cost of two images of four', async () => {
    const paid = new PaidProvider({ estimateUsd: 0.1, refuse: [1, 3] });
    const images = createImageManager({ providers: { paid }, budget: { perDayUsd: 0.55 } });
    const { images: came, failures } = await images.generate({ ...small, n: 4 });
    expect([came.length, failures.length]).toEqual([2, 2]);
    expect((await images.generate({ ...small, n: 1, seed: 3 })).images).toHaveLength(1); // 0.2 of 0.55 were spent
  });

  it('applies per call, session, month and project, and starts again each day', async () => {
    const clock = movableClock();
    const providers = { paid: new PaidProvider() };
    const managed = (budget: object) => createImageManager({ providers, budget, clock });
    const twice = async (budget: object, more: object = {}) => {
      const images = managed(budget);
      const asked = { ...small, ...more, ...('perSessionUsd' in budget && { session: images.session() }) };
      const calls = [images.generate({ ...asked, seed: 1 }), images.generate({ ...asked, seed: 2 })];
      return codesOf(await Promise.allSettled(calls)).sort();
    };
    expect(await twice({ perCallUsd: 0.05 })).toEqual(['budget_exceeded', 'budget_exceeded']);
    expect(await twice({ perSessionUsd: 0.15 })).toEqual(['budget_exceeded', 'done']);
    expect(await twice({ perMonthUsd: 0.15 })).toEqual(['budget_exceeded', 'done']);
    expect(await twice({ perProjectUsd: { fox: 0.15 } }, { metadata: { costCenter: 'fox' } })).toEqual([
      'budget_exceeded',
      'done',
    ]);
    expect(await twice({ perProjectUsd: { fox: 0.15 } }, { metadata: { costCenter: 'hare' } })).toEqual([
      'done',
      'done',
    ]);

    const images = managed({ perDayUsd: 0.15 });
    await images.generate({ ...small, seed: 1 });
    await expect(images.generate({ ...small, seed: 2 })).rejects.toMatchObject({ code: 'budget_exceeded' });
    clock.move(24 * 3_600_000);
    expect((await images.generate({ ...small, seed: 2 })).images).toHaveLength(1);
  });
});

describe('a limit of money that is reached', () => {
  const wallNow = () => Date.parse('2026-11-29T20:00:00Z');
  it.each([
    ['perDayUsd', 4 * 3_600_000],
    ['perMonthUsd', 28 * 3_600_000],
    ['perProjectDefaultUsd', undefined],
    ['perProjectPerDayUsd', 4 * 3_600_000],
  ])('(%s) says when it is renewed: in %d ms', async (limit, retryAfterMs) => {
    const clock = { now: () => 0, wallNow };
    const images = createImageManager({
      providers: { paid: new PaidProvider() },
      budget: { [limit]: limit === 'perProjectPerDayUsd' ? { fox: 0.15 } : 0.15 },
      ledger: createLedger(),
      clock,
    });
    const request = { ...small, metadata: { costCenter: 'fox' } };
    await images.generate({ ...request, seed: 1 });
    const error = await images.generate({ ...request, seed: 2 }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'budget_exceeded', charged: 'no' });
    expect((error as { retryAfterMs?: number }).retryAfterMs).toBe(retryAfterMs);
  });
});
