import { describe, expect, it } from 'vitest';
import { createImageManager } from '../../src/manager/index.ts';
import { PaidProvider, small } from './support.ts';

describe('the events of a stream', () => {
  it('come in order, and the result has the prompt that was sent', async () => {
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

  it('end, and the call is aborted, when the loop is left', async () => {
    const paid = new PaidProvider({ delayMs: 5_000 });
    const images = createImageManager({ providers: { paid } });
    const startedAt = performance.now();
    for await (const event of images.stream(small)) if (event.type === 'submitted') break;
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('are followed by the error of the call', async () => {
    const images = createImageManager({ providers: { bad: new PaidProvider({ fail: 'unavailable' }) } });
    const types: string[] = [];
    const loop = async () => {
      for await (const event of images.stream(small)) types.push(event.type);
    };
    await expect(loop()).rejects.toMatchObject({ code: 'unavailable' });
    expect(types[0]).toBe('planned');
  });
});
