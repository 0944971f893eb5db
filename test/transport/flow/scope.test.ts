import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { endedError, openScope, ScopeEnd } from '../../../src/transport/flow/scope.ts';
import { sleep, systemClock, untilAborted } from '../../../src/transport/flow/wait.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('a scope', () => {
  it('ends by itself when its time is over, and says why', () => {
    vi.useFakeTimers();
    const scope = openScope(undefined, 1_000, systemClock);

    vi.advanceTimersByTime(999);
    expect(scope.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(scope.signal.reason).toMatchObject({ kind: 'timeout', limitMs: 1_000 });
  });

  it('ends with the caller’s signal, whatever its reason, also when that fired before', () => {
    const controller = new AbortController();
    const scope = openScope(controller.signal, 1_000, systemClock);
    controller.abort(new Error('of the caller’s'));

    expect(scope.signal.reason).toMatchObject({ kind: 'aborted' });
    expect(openScope(controller.signal, 1_000, systemClock).signal.aborted).toBe(true);
    scope.close();
  });

  it('inside another keeps the outer reason', () => {
    vi.useFakeTimers();
    const outer = openScope(undefined, 100, systemClock);
    const inner = openScope(outer.signal, 1_000, systemClock);
    vi.advanceTimersByTime(100);

    expect(inner.signal.reason).toBe(outer.signal.reason);
  });

  it('that is closed leaves no timer and no listener behind', () => {
    vi.useFakeTimers();
    const controller = new AbortController();
    const scope = openScope(controller.signal, 1_000, systemClock);
    scope.close();

    expect(vi.getTimerCount()).toBe(0);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it.each([Number.POSITIVE_INFINITY, 2 ** 31, 1e15])('of %d ms does not end at once', (limitMs) => {
    vi.useFakeTimers();
    const scope = openScope(undefined, limitMs, systemClock);
    vi.advanceTimersByTime(10_000);

    expect(scope.signal.aborted).toBe(false);
    expect(scope.remainingMs()).toBeGreaterThan(1e9);
  });
});

describe('the error of a scope that ended', () => {
  it('tells an abort from a time-out', () => {
    const doing = 'waiting';
    expect(endedError(new ScopeEnd('aborted', 5), 'submit', 'unknown', doing)).toMatchObject({ fault: 'aborted' });
    expect(endedError(new ScopeEnd('timeout', 5), 'poll', 'failed', doing)).toMatchObject({
      fault: 'timeout',
      message: 'no answer within 5 ms while waiting',
    });
  });
});

describe('a wait', () => {
  it('is over at once when the signal fires, and leaves no timer', async () => {
    vi.useFakeTimers();
    const controller = new AbortController();
    const sleeping = sleep(60_000, controller.signal);
    controller.abort('enough');

    await expect(sleeping).rejects.toBe('enough');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('lets go of the signal when it ends by itself', async () => {
    const controller = new AbortController();
    await sleep(1, controller.signal);

    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('for work that ignores the signal is over too; what the work gives later is let go, its failure ignored', async () => {
    const { promise: work, resolve } = Promise.withResolvers<string>();
    const failing = Promise.withResolvers<string>();
    const controller = new AbortController();
    const discarded: string[] = [];
    const waiting = untilAborted(work, controller.signal, (late) => void discarded.push(late));
    const other = untilAborted(failing.promise, controller.signal);
    controller.abort('enough');
    await expect(waiting).rejects.toBe('enough');
    await expect(other).rejects.toBe('enough');
    resolve('late');
    failing.reject(new Error('later still'));
    await work;

    expect(discarded).toEqual(['late']);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });
});
