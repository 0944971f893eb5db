/** The limits of a provider: concurrent calls, and calls a minute. */
import { describe, expect, it } from 'vitest';
import { createImageManager } from '../../../src/manager/index.ts';
import { PaidProvider, small } from '../support.ts';

describe('limits of a provider', () => {
  /** A provider whose calls wait until `finish` is called. */
  function heldProvider() {
    const paid = new PaidProvider();
    const { generate } = paid;
    const waiting: (() => void)[] = [];
    const state = { running: 0, maxRunning: 0 };
    let isOpen = false;
    let onStart: () => unknown = () => undefined;
    /** Resolves once so many calls are running. */
    const untilRunning = (count: number) =>
      new Promise<void>((resolve) => {
        onStart = () => state.running >= count && resolve();
        onStart();
      });
    paid.generate = async (...asked) => {
      state.running++;
      state.maxRunning = Math.max(state.maxRunning, state.running);
      onStart();
      if (!isOpen) await new Promise<void>((done) => waiting.push(done));
      return generate(...asked).finally(() => {
        state.running--;
      });
    };
    const finish = () => {
      isOpen = true;
      for (const done of waiting.splice(0)) done();
    };
    return { paid, state, untilRunning, finish };
  }

  it('H35: the limiter runs at most `maxConcurrent` calls at once', async () => {
    const { paid, state, untilRunning, finish } = heldProvider();
    const images = createImageManager({ providers: { paid }, limits: { paid: { maxConcurrent: 3 } } });
    const calls = Array.from({ length: 12 }, (_, seed) => images.generate({ ...small, seed }));
    await untilRunning(3);
    finish();
    await Promise.all(calls);
    expect(state.maxRunning).toBe(3);
  });

  it('H35: the limiter counts the wait for a free slot towards the deadline, and ends it when the signal fires', async () => {
    const { paid, untilRunning, finish } = heldProvider();
    const images = createImageManager({ providers: { paid }, limits: { paid: { maxConcurrent: 1 } } });
    const slow = images.generate({ ...small, seed: 1 });
    await untilRunning(1);
    await expect(images.generate({ ...small, seed: 2 }, { deadlineMs: 20 })).rejects.toMatchObject({
      code: 'timeout',
      charged: 'no',
    });
    const stop = new AbortController();
    const waiting = images.generate({ ...small, seed: 3 }, { signal: stop.signal });
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
    finish();
    await slow;
    expect((await images.generate({ ...small, seed: 4 })).images).toHaveLength(1);
  });

  it('H35: the limiter says at once that the next start is after the deadline', async () => {
    const paid = new PaidProvider();
    const images = createImageManager({ providers: { paid }, limits: { paid: { callsPerMinute: 2 } } });
    await images.generate({ ...small, seed: 1 });
    await expect(images.generate({ ...small, seed: 2 }, { deadlineMs: 5_000 })).rejects.toMatchObject({
      code: 'timeout',
      charged: 'no',
      message: expect.stringMatching(
        /^paid: the limit of 2 calls per minute delays this call by (?:29|30) s, but its deadline is in (?:5|4\.\d) s$/,
      ),
      hint: expect.stringContaining('Raise deadlineMs or the calls per minute'),
    });
  });

  it('starts at most `callsPerMinute` calls a minute, evenly spaced', async () => {
    const paid = new PaidProvider();
    const times: number[] = [];
    const { generate } = paid;
    paid.generate = (...asked) => {
      times.push(performance.now());
      return generate(...asked);
    };
    const images = createImageManager({ providers: { paid }, limits: { paid: { callsPerMinute: 600 } } });
    const startedAt = performance.now();
    await Promise.all([1, 2, 3].map((seed) => images.generate({ ...small, seed })));
    // Timers may fire a millisecond early.
    expect(times[1]! - startedAt).toBeGreaterThan(98);
    expect(times[2]! - startedAt).toBeGreaterThan(198);
  });
});
