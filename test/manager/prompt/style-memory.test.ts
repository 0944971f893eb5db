import { describe, expect, it } from 'vitest';
import { createImageManager } from '../../../src/manager/index.ts';
import { PaidProvider, small } from '../support.ts';

const request = { prompt: small.prompt } as const;

describe('a profile', () => {
  it('fills in only the fields that a request leaves out', async () => {
    const images = createImageManager({
      providers: { paid: new PaidProvider() },
      profiles: { brand: { defaults: { size: '64x96', style: 'ink', n: 2 }, styleGuidance: 'in our green' } },
    });
    const { applied, composed } = await images.generate({ ...request, profile: 'brand', n: 1 });
    expect([applied.size, applied.n]).toEqual(['64x96', 1]);
    expect(composed.prompt).toMatch(/ink drawing.*in our green/i);
  });

  it('learns preferences from results, shows them, and forgets them', async () => {
    const images = createImageManager({
      providers: { paid: new PaidProvider() },
      profiles: { mine: { remembers: true }, other: { remembers: true }, blind: {} },
    });
    for (const prompt of ['a gold fox', 'a gold hare']) {
      const drawn = await images.generate({ prompt, size: '96x64', style: 'ink', profile: 'mine' });
      await images.rememberPreferences(drawn, 'mine');
    }
    expect(await images.preferences('mine')).toEqual({
      style: 'ink',
      size: '96x64',
      model: 'stub-1',
      palette: ['gold'],
    });
    expect(await images.preferences('other')).toEqual({ palette: [] });

    const next = await images.generate({ prompt: 'an owl', profile: 'mine' });
    expect([next.applied.size, next.composed.style]).toEqual(['96x64', 'ink']);
    expect(next.composed.parts).toContainEqual({ from: 'memory', text: 'In gold' });
    expect((await images.generate({ prompt: 'an owl', size: '64x64', profile: 'mine' })).applied.size).toBe('64x64');
    expect((await images.generate({ ...small, profile: 'blind' })).composed.parts).toEqual([]);

    await images.forget('mine');
    expect(await images.preferences('mine')).toEqual({ palette: [] });
    await expect(images.rememberPreferences(next, 'unknown')).rejects.toMatchObject({ code: 'invalid_request' });
  });
});
