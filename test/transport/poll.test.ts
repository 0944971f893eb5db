import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHistory } from '../../src/transport/history.ts';
import { pollIntervalMs } from '../../src/transport/poll.ts';

/** Asks about a job that takes this long until it is done. */
function follow(durationMs: number, usualMs: number | undefined) {
  let now = 0;
  let polls = 0;
  do {
    now += pollIntervalMs(now, undefined, usualMs);
    polls++;
  } while (now < durationMs);
  return { polls, lateMs: now - durationMs };
}

describe('the wait between two questions about a job', () => {
  it.each([
    [8_000, 0.8],
    [30_000, 0.35],
  ])(
    'makes at most a part of the questions of a fixed 500 ms for a job of %i ms, and is no later',
    (durationMs, part) => {
      const fixed = Math.ceil(durationMs / 500);
      // A job rarely takes exactly the usual time.
      for (const factor of [0.85, 0.95, 1, 1.05, 1.1]) {
        const { polls, lateMs } = follow(durationMs * factor, durationMs);
        expect(polls / (fixed * factor)).toBeLessThanOrEqual(part);
        expect(lateMs).toBeLessThanOrEqual(500);
      }
    },
  );

  it('begins short and grows to a second when nothing is known', () => {
    expect([0, 5_000, 60_000].map((elapsed) => pollIntervalMs(elapsed, undefined, undefined))).toEqual([
      250, 500, 1_000,
    ]);
  });

  it('is what the server advises, but at least 250 ms', () => {
    expect([pollIntervalMs(0, 4_000, 60_000), pollIntervalMs(0, 0, undefined)]).toEqual([4_000, 250]);
  });

  it('does not wait on for a job that is long overdue', () => {
    expect(pollIntervalMs(1_000_000, undefined, 10_000)).toBe(1_000);
  });

  it('is always at least 250 ms', () => {
    const duration = fc.double({ min: 0, max: 1e7, noNaN: true });
    fc.assert(
      fc.property(duration, fc.option(duration, { nil: undefined }), (elapsed, usual) => {
        const waitMs = pollIntervalMs(elapsed, undefined, usual);
        return waitMs >= 250 && waitMs <= Math.max((usual ?? 0) * 0.8, 1_000);
      }),
    );
  });
});

describe('what is known of a kind of job', () => {
  it('is what was seen, short ones at once, long ones little by little', () => {
    const history = createHistory();
    expect(history.usualMs('a')).toBeUndefined();

    history.learn('a', 10_000);
    expect(history.usualMs('a')).toBe(10_000);
    history.learn('a', 100_000);
    expect(history.usualMs('a')).toBe(19_000);
    history.learn('a', 5_000);
    expect(history.usualMs('a')).toBe(12_000);
  });

  it('is forgotten, the oldest first, before it can fill the memory', () => {
    const history = createHistory();
    for (let kind = 0; kind < 1_000; kind++) history.learn(String(kind), 1);

    expect([history.usualMs('0'), history.usualMs('999')]).toEqual([undefined, 1]);
  });
});
