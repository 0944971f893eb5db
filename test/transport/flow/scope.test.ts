import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openScope, ScopeEnd, scopeEndError } from '../../../src/transport/flow/scope.ts';
import { sleep, systemClock, untilAborted } from '../../../src/transport/flow/wait.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('a scope', () => {
  it('ends at its time limit, with the reason', () => {
    vi.useFakeTimers();
    const scope = openScope(undefined, 1_000, systemClock);

    vi.advanceTimersByTime(999);
    expect(scope.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(scope.signal.reason).toMatchObject({ kind: 'timeout', limitMs: 1_000 });
  });

  it('ends with the caller’s signal, for any reason, also if it fired before', () => {
    const controller = new AbortController();
    const scope = openScope(controller.signal, 1_000, systemClock);
    controller.abort(new Error('of the caller’s'));

    expect(scope.signal.reason).toMatchObject({ kind: 'aborted' });
    expect(openScope(controller.signal, 1_000, systemClock).signal.aborted).toBe(true);
    scope.close();
  });

  it('inside another scope keeps the outer reason', () => {
    vi.useFakeTimers();
    const outer = openScope(undefined, 100, systemClock);
    const inner = openScope(outer.signal, 1_000, systemClock);
    vi.advanceTimersByTime(100);

    expect(inner.signal.reason).toBe(outer.signal.reason);
  });

  it('leaves no timer and no listener after it is closed', () => {
    vi.useFakeTimers();
    const controller = new AbortController();
    const scope = openScope(controller.signal, 1_000, systemClock);
    scope.close();

    expect(vi.getTimerCount()).toBe(0);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it.each([Number.POSITIVE_INFINITY, 2 ** 31, 1e15])('a scope of %d ms does not end at once', (limitMs) => {
    vi.useFakeTimers();
    const scope = openScope(undefined, limitMs, systemClock);
    vi.advanceTimersByTime(10_000);

    expect(scope.signal.aborted).toBe(false);
    expect(scope.remainingMs()).toBeGreaterThan(1e9);
  });
});

describe('the error of a scope that ended', () => {
  it('distinguishes an abort from a timeout', () => {
    const doing = 'waiting';
    expect(scopeEndError(new ScopeEnd('aborted', 5), 'submit', 'unknown', doing)).toMatchObject({ fault: 'aborted' });
    expect(scopeEndError(new ScopeEnd('timeout', 5), 'poll', 'failed', doing)).toMatchObject({
      fault: 'timeout',
      message: 'no answer within 5 ms while waiting',
    });
  });
});

describe('a wait', () => {
  it('ends at once when the signal fires, and leaves no timer', async () => {
    vi.useFakeTimers();
    const controller = new AbortController();
    const sleeping = sleep(60_000, controller.signal);
    controller.abort('enough');

    await expect(sleeping).rejects.toBe('enough');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('removes its listener from the signal when it ends normally', async () => {
    const controller = new AbortController();
    await sleep(1, controller.signal);

    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('ends also for work that ignores the signal; a late result is discarded and a late error ignored', async () => {
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
