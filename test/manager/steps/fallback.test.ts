import { describe, expect, it } from 'vitest';
import { createImageManager } from '../../../src/manager/index.ts';
import { ERROR_CODES, ERROR_RULES } from '../../../src/providers/protocol/errors.ts';
import { PaidProvider, small } from '../support.ts';

describe('a fallback', () => {
  it.each(ERROR_CODES)('a fallback after %s happens exactly when the table of error codes allows it', async (code) => {
    const good = new PaidProvider();
    const images = createImageManager({ providers: { bad: new PaidProvider({ fail: code }), good } });
    const settled = await Promise.allSettled([images.generate(small)]);
    const mayFollow = ERROR_RULES[code].mayFailOver && ERROR_RULES[code].charged === 'no';
    expect([settled[0]?.status, good.bought]).toEqual(
      mayFollow || code === 'budget_exceeded' ? ['fulfilled', 1] : ['rejected', 0],
    );
  });

  it('D14: a fallback never follows an unknown outcome, so that nothing is charged twice', async () => {
    const good = new PaidProvider();
    const images = createImageManager({ providers: { bad: new PaidProvider({ fail: 'timeout' }), good } });
    await expect(images.generate(small)).rejects.toMatchObject({ code: 'timeout' });
    expect(good.bought).toBe(0);
  });

  it('D08: a fallback tries the named providers in their order, within the budget', async () => {
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

  it('tries no other provider when the list is empty', async () => {
    const good = new PaidProvider();
    const images = createImageManager({ providers: { bad: new PaidProvider({ fail: 'unavailable' }), good } });
    await expect(images.generate({ ...small, fallback: [] })).rejects.toMatchObject({ code: 'unavailable' });
    expect(good.bought).toBe(0);
  });

  it('refuses a provider that does not exist', async () => {
    const images = createImageManager({ providers: { one: new PaidProvider() } });
    await expect(images.generate({ ...small, fallback: ['unknown/x'] })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });
});
