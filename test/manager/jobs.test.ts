/** Jobs on record, and what else a manager is asked. */
import { describe, expect, it } from 'vitest';
import { StubProvider } from '../../src/index.ts';
import { createImageManager } from '../../src/manager/index.ts';
import { PaidProvider, small } from './support.ts';

describe('a job', () => {
  it('is on record before the first question, and over when its picture came', async () => {
    const images = createImageManager({ providers: { farm: new StubProvider({ job: { polls: 2 } }) } });
    const seen: string[] = [];
    await images.generate(small, {
      async onJob() {
        seen.push(...(await images.jobs()).map(({ state }) => state));
      },
    });
    expect(seen).toEqual(['running']);
    expect(await images.jobs()).toMatchObject([{ provider: 'farm', state: 'done' }]);
  });

  it('that ran out of time is brought home by its id, and bought once', async () => {
    const farm = new StubProvider({ job: { polls: 4 } });
    const images = createImageManager({ providers: { other: new PaidProvider(), farm } });
    await expect(
      images.generate({ ...small, provider: 'farm', fallback: [] }, { deadlineMs: 400 }),
    ).rejects.toMatchObject({ code: 'timeout' });
    const [record] = await images.jobs();
    expect(record).toMatchObject({ provider: 'farm', state: 'running' });

    expect((await images.resume(record!.handle.id)).images).toHaveLength(1);
    expect(farm.calls.map(({ method }) => method)).toEqual(['generate', 'resume']);
    expect(await images.jobs()).toMatchObject([{ state: 'done' }]);
    await expect(images.resume('nobody')).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

it('two managers share nothing', async () => {
  const provider = new PaidProvider();
  const [one, other] = [1, 2].map(() => createImageManager({ providers: { provider }, budget: { perDayUsd: 0.15 } }));
  await one!.generate(small);
  await expect(one!.generate({ ...small, seed: 1 })).rejects.toMatchObject({ code: 'budget_exceeded' });
  expect((await other!.generate({ ...small, seed: 1 })).images).toHaveLength(1);
  await expect(other!.generate({ ...small, session: one!.session() })).rejects.toMatchObject({
    code: 'invalid_request',
  });
});

it('says how its providers are, and what is wrong with its settings', async () => {
  const images = createImageManager({
    providers: { good: new PaidProvider(), bad: new PaidProvider({ fail: 'unavailable' }) },
  });
  expect(await images.health()).toMatchObject({ good: { status: 'ok' }, bad: { status: 'failing' } });
  await images.close();
  expect(() => createImageManager({ providers: {} })).toThrow(/at least one provider/);
});
