import { describe, expect, it } from 'vitest';
import { createImageManager, type ManagerStep } from '../../src/manager/index.ts';
import { MANAGER_STEPS } from '../../src/manager/tracing.ts';
import { PaidProvider, small } from './support.ts';

describe('the steps', () => {
  it('run once, in order, and are reported without the text of the prompt', async () => {
    const steps: ManagerStep[] = [];
    const said: unknown[] = [];
    const images = createImageManager({
      providers: { paid: new PaidProvider() },
      onStep(step, { facts }) {
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

  it('report how they failed, and a broken listener does not affect the image', async () => {
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
