import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createConcurrencyLimit, createRateLimit, createRetryQuota } from '../../../src/transport/flow/flow-limits.ts';

const never = new AbortController().signal;
const turn = () => new Promise((done) => setImmediate(done));

describe('a concurrency limit', () => {
  it('admits up to its maximum, then the next caller per release, in order', async () => {
    const gate = createConcurrencyLimit(2);
    const order: string[] = [];
    const enter = async (name: string) => {
      const leave = await gate.acquire(never);
      order.push(name);
      return leave;
    };
    const [leaveA] = await Promise.all([enter('a'), enter('b')]);
    const waiting = [enter('c'), enter('d')];
    await turn();
    expect(order).toEqual(['a', 'b']);

    leaveA();
    await turn();
    expect(order).toEqual(['a', 'b', 'c']);
    (await waiting[0])?.();
    await turn();
    expect(order).toEqual(['a', 'b', 'c', 'd']);
  });

  it('counts a release only once, however often it is called', async () => {
    const gate = createConcurrencyLimit(1);
    const leave = await gate.acquire(never);
    leave();
    leave();
    await gate.acquire(never);
    let isIn = false;
    void gate.acquire(never).then(() => {
      isIn = true;
    });
    await turn();

    expect(isIn).toBe(false);
  });

  it('rejects an aborted caller at once, before or while waiting', async () => {
    const gate = createConcurrencyLimit(1);
    await gate.acquire(never);
    const controller = new AbortController();
    const waiting = gate.acquire(controller.signal);
    controller.abort('enough');

    await expect(waiting).rejects.toBe('enough');
    await expect(gate.acquire(AbortSignal.abort('gone'))).rejects.toBe('gone');
  });

  it('passes the slot on if the admitted caller is aborted at the same moment', async () => {
    const gate = createConcurrencyLimit(1);
    const leave = await gate.acquire(never);
    const controller = new AbortController();
    const aborted = gate.acquire(controller.signal).catch(() => 'aborted');
    const next = gate.acquire(never);
    controller.abort();
    leave();

    expect(await aborted).toBe('aborted');
    expect(typeof (await next)).toBe('function');
  });

  it('never exceeds its maximum and admits every remaining caller, in any order of events', async () => {
    const step = fc.record({ stays: fc.integer({ min: 0, max: 3 }), isAborted: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 30 }), async (max, visitors) => {
        const gate = createConcurrencyLimit(max);
        let inside = 0;
        let most = 0;
        let served = 0;
        const visit = async ({ stays, isAborted }: { stays: number; isAborted: boolean }) => {
          const controller = new AbortController();
          if (isAborted) queueMicrotask(() => controller.abort());
          const leave = await gate.acquire(controller.signal).catch(() => undefined);
          if (leave === undefined) return;
          most = Math.max(most, ++inside);
          for (let pause = 0; pause < stays; pause++) await turn();
          inside--;
          served++;
          leave();
        };
        await Promise.all(visitors.map(visit));
        return most <= max && served >= visitors.filter(({ isAborted }) => !isAborted).length;
      }),
      { numRuns: 50 },
    );
  });
});

describe('a rate limit', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const clock = { now: () => performance.now() };

  /** When each of these passes, in milliseconds from now. */
  function timesOf(passes: readonly Promise<void>[]): number[] {
    const startedAt = performance.now();
    const times: number[] = [];
    for (const pass of passes) void pass.then(() => times.push(performance.now() - startedAt)).catch(() => undefined);
    return times;
  }

  it('spaces out simultaneous callers and does not delay late ones', async () => {
    const pace = createRateLimit(10, clock);
    const together = timesOf([pace.acquire(never), pace.acquire(never), pace.acquire(never)]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(together).toEqual([0, 100, 200]);

    const late = timesOf([pace.acquire(never)]);
    await vi.advanceTimersByTimeAsync(0);
    expect(late).toEqual([0]);
  });

  it('gives the slot of an aborted caller to the next', async () => {
    const pace = createRateLimit(10, clock);
    const controller = new AbortController();
    const times = timesOf([pace.acquire(never), pace.acquire(controller.signal), pace.acquire(never)]);
    controller.abort();
    await vi.advanceTimersByTimeAsync(1_000);

    expect(times).toEqual([0, 100]);
  });

  it('leaves no timer behind', async () => {
    const pace = createRateLimit(10, clock);
    timesOf([pace.acquire(never), pace.acquire(never)]);
    await vi.advanceTimersByTimeAsync(100);

    expect(vi.getTimerCount()).toBe(0);
  });

  it('never admits more callers per second than its rate', async () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 50 }), gaps, async (perSecond, waits) => {
        const pace = createRateLimit(perSecond, clock);
        const times: number[] = [];
        for (const wait of waits) {
          await vi.advanceTimersByTimeAsync(wait);
          void pace.acquire(never).then(() => times.push(performance.now()));
        }
        await vi.advanceTimersByTimeAsync(100_000);
        const isEven = times.every((time) => times.filter((at) => at >= time && at < time + 999).length <= perSecond);
        return isEven && times.length === waits.length;
      }),
      { numRuns: 30 },
    );
  });
});

describe('a retry quota', () => {
  it('can be used up, and ten successes return one retry', () => {
    const quota = createRetryQuota(2);
    expect([quota.take(), quota.take(), quota.take()]).toEqual([true, true, false]);

    for (let success = 0; success < 9; success++) quota.refund();
    expect(quota.take()).toBe(false);
    for (let success = 0; success < 2; success++) quota.refund();
    expect(quota.take()).toBe(true);
  });

  it('never exceeds its initial capacity', () => {
    const quota = createRetryQuota(1);
    for (let success = 0; success < 100; success++) quota.refund();

    expect([quota.take(), quota.take()]).toEqual([true, false]);
  });
});
