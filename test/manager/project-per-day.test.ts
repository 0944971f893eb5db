/** Limits of a project per day: in the settings of a manager, and in one call. */
import { describe, expect, it } from 'vitest';
import { createImageManager, type ManagerRequest } from '../../src/index.ts';
import { createLedger } from '../../src/manager/limits/ledger.ts';
import { failure } from '../faults/support.ts';
import { movableClock, PaidProvider, small } from './support.ts';

const DAY_MS = 24 * 3_600_000;
const of = (costCenter: unknown, seed: number): ManagerRequest =>
  ({ ...small, seed, metadata: { costCenter } }) as ManagerRequest;

describe('a limit of a project per day', () => {
  it('applies to that project only, and starts again each day', async () => {
    const [paid, clock] = [new PaidProvider(), movableClock()];
    const budget = { perProjectPerDayUsd: { ada: 0.15 } };
    const images = createImageManager({ providers: { paid }, budget, clock });
    await images.generate(of('ada', 1));
    expect(await failure(images.generate(of('ada', 2)))).toMatchObject({
      code: 'budget_exceeded',
      charged: 'no',
      message: expect.stringMatching(
        /only 0\.05 USD is left of the limit of 0\.15 USD for day \d{4}-\d\d-\d\d of project ada$/,
      ),
    });
    await images.generate(of('eve', 3));
    clock.move(DAY_MS);
    await images.generate(of('ada', 4));
    expect(paid.bought).toBe(3);
  });

  it('knows what was spent before it was set', async () => {
    const [ledger, paid] = [createLedger(), new PaidProvider()];
    await createImageManager({ providers: { paid }, ledger }).generate(of('ada', 1));
    const limited = createImageManager({
      providers: { paid },
      ledger,
      budget: { perProjectPerDayUsd: { ada: 0.15 } },
    });
    expect((await failure(limited.generate(of('ada', 2)))).code).toBe('budget_exceeded');
  });

  it('is not mistaken for the limit of another project with a similar name', async () => {
    const ledger = createLedger();
    const images = createImageManager({
      providers: { paid: new PaidProvider() },
      ledger,
      budget: { perProjectPerDayUsd: { a: 0.15 }, perProjectUsd: { 'a of project a': 0.15 } },
    });
    await images.generate(of('a of project a', 1));
    await images.generate(of('a', 2));
    expect((await failure(images.generate(of('a', 3)))).code).toBe('budget_exceeded');
  });

  it('refuses a model whose price is unknown', async () => {
    const paid = new PaidProvider({ estimateUsd: null });
    const images = createImageManager({ providers: { paid }, budget: { perProjectPerDayUsd: { ada: 5 } } });
    expect((await failure(images.generate(of('ada', 1)))).code).toBe('budget_exceeded');
    await images.generate(of('eve', 1));
  });
});

describe('projectPerDayUsd of a call', () => {
  const managed = (budget: object = {}) => {
    const paid = new PaidProvider();
    return { paid, images: createImageManager({ providers: { paid }, budget }) };
  };

  it('limits the project of the request, also for calls that run at the same time', async () => {
    const { paid, images } = managed();
    const calls = [1, 2, 3, 4].map((seed) => images.generate(of('ada', seed), { projectPerDayUsd: 0.25 }));
    const ends = (await Promise.allSettled(calls)).map(({ status }) => status);
    expect([ends.filter((status) => status === 'fulfilled').length, paid.bought]).toEqual([2, 2]);
  });

  it.each([
    [0.15, 9],
    [9, 0.15],
  ])('of two limits the lower one counts: %d in the call, %d in the settings', async (ofCall, ofManager) => {
    const { paid, images } = managed({ perProjectPerDayUsd: { ada: ofManager } });
    const context = { projectPerDayUsd: ofCall };
    await images.generate(of('ada', 1), context);
    expect((await failure(images.generate(of('ada', 2), context))).code).toBe('budget_exceeded');
    expect(paid.bought).toBe(1);
  });

  it('is not handed to the provider', async () => {
    const { paid, images } = managed();
    let given: object | undefined;
    const generate = paid.generate.bind(paid);
    paid.generate = (request, context) => {
      given = context;
      return generate(request, context);
    };
    await images.generate(of('ada', 1), { projectPerDayUsd: 5 });
    expect(given).toBeDefined();
    expect(Object.keys(given ?? {})).not.toContain('projectPerDayUsd');
  });

  it('is refused for a request without a project', async () => {
    const { paid, images } = managed();
    expect(await failure(images.generate(small, { projectPerDayUsd: 5 }))).toMatchObject({
      code: 'invalid_request',
      charged: 'no',
    });
    expect(paid.bought).toBe(0);
  });

  it.each([-1, Number.NaN, '5', null])('is refused when it is not an amount: %j', async (usd) => {
    const { paid, images } = managed();
    const context = { projectPerDayUsd: usd as number };
    expect((await failure(images.generate(of('ada', 1), context))).message).toMatch(/amount of US dollars/);
    expect(paid.bought).toBe(0);
  });

  it('is refused where nothing is generated', async () => {
    const { images } = managed();
    expect((await failure(images.resume('job-1', { projectPerDayUsd: 5 }))).code).toBe('invalid_request');
  });
});
