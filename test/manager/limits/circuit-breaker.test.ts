import { describe, expect, it } from 'vitest';
import { createImageManager } from '../../../src/manager/index.ts';
import { movableClock, PaidProvider, small } from '../support.ts';

describe('S2: the breaker', () => {
  it('H34: the breaker pauses a provider after five failures in a row, tests it once after the pause, and closes again', async () => {
    const clock = movableClock();
    let isBroken = true;
    const ill = new PaidProvider();
    const well = new PaidProvider();
    const generate = ill.generate;
    const broken = new PaidProvider({ fail: 'unavailable' });
    ill.generate = (request, context) => (isBroken ? broken.generate(request, context) : generate(request, context));
    const images = createImageManager({ providers: { ill, well }, clock });
    const ask = async () =>
      (await images.generate(small)).attempts.map(({ provider, outcome }) => `${provider} ${outcome}`);

    for (let time = 0; time < 5; time++) expect(await ask()).toEqual(['ill failed', 'well done']);
    expect(broken.bought).toBe(5);
    expect(await ask()).toEqual(['well done']); // a paused provider comes last
    await expect(images.generate({ ...small, provider: 'ill', fallback: [] })).rejects.toMatchObject({
      code: 'circuit_open',
      charged: 'no',
      hint: 'Try again in 30 s, or name another provider in fallback.',
    });
    expect(broken.bought).toBe(5);

    clock.move(30_000);
    expect(await ask()).toEqual(['ill failed', 'well done']); // one test call
    expect(await ask()).toEqual(['well done']);
    clock.move(30_000);
    isBroken = false;
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
