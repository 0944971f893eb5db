import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createJobDurations } from '../../../src/transport/flow/job-durations.ts';
import { pollIntervalMs } from '../../../src/transport/phases/poll.ts';

/** Asks about a job that takes this long until it is done. */
function follow(durationMs: number, usualMs: number | undefined) {
  let now = 0;
  let polls = 0;
  do {
    now += pollIntervalMs({ elapsedMs: now, usualMs, leastMs: 250 });
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
    expect([0, 5_000, 60_000].map((elapsedMs) => pollIntervalMs({ elapsedMs, leastMs: 250 }))).toEqual([
      250, 500, 1_000,
    ]);
  });

  it('is what the server advises, but never less than the least', () => {
    const advised = (advisedMs: number, leastMs = 250) =>
      pollIntervalMs({ elapsedMs: 0, advisedMs, usualMs: 60_000, leastMs });
    expect([advised(4_000), advised(0), advised(4_000, 5_000)]).toEqual([4_000, 250, 5_000]);
  });

  it('does not wait on for a job that is long overdue', () => {
    expect(pollIntervalMs({ elapsedMs: 1_000_000, usualMs: 10_000, leastMs: 250 })).toBe(1_000);
  });

  it('is always at least the least, also where that is longer than anything else', () => {
    const duration = fc.double({ min: 0, max: 1e7, noNaN: true });
    const least = fc.integer({ min: 1, max: 10_000 });
    fc.assert(
      fc.property(duration, fc.option(duration, { nil: undefined }), least, (elapsedMs, usualMs, leastMs) => {
        const waitMs = pollIntervalMs({ elapsedMs, usualMs, leastMs });
        return waitMs >= leastMs && waitMs <= Math.max((usualMs ?? 0) * 0.8, 1_000, leastMs);
      }),
    );
  });
});

describe('what is known of a kind of job', () => {
  it('is what was seen, short ones at once, long ones little by little', () => {
    const history = createJobDurations();
    expect(history.usualMs('a')).toBeUndefined();

    history.learn('a', 10_000);
    expect(history.usualMs('a')).toBe(10_000);
    history.learn('a', 100_000);
    expect(history.usualMs('a')).toBe(19_000);
    history.learn('a', 5_000);
    expect(history.usualMs('a')).toBe(12_000);
  });

  it('is forgotten, the oldest first, before it can fill the memory', () => {
    const history = createJobDurations();
    for (let kind = 0; kind < 1_000; kind++) history.learn(String(kind), 1);

    expect([history.usualMs('0'), history.usualMs('999')]).toEqual([undefined, 1]);
  });
});
