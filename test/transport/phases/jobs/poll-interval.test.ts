import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createJobDurations } from '../../../../src/transport/flow/job-durations.ts';
import { pollIntervalMs } from '../../../../src/transport/phases/jobs/poll-interval.ts';

/** Polls a job that takes this long until it is done. */
function follow(durationMs: number, usualMs: number | undefined) {
  let now = 0;
  let polls = 0;
  do {
    now += pollIntervalMs({ elapsedMs: now, usualMs, minMs: 250 });
    polls++;
  } while (now < durationMs);
  return { polls, lateMs: now - durationMs };
}

describe('the wait between two polls of a job', () => {
  it.each([
    [8_000, 0.8],
    [30_000, 0.35],
  ])('needs fewer polls than a fixed 500 ms for a job of %i ms, and notices its end no later', (durationMs, part) => {
    const fixed = Math.ceil(durationMs / 500);
    // A job rarely takes exactly the usual time.
    for (const factor of [0.85, 0.95, 1, 1.05, 1.1]) {
      const { polls, lateMs } = follow(durationMs * factor, durationMs);
      expect(polls / (fixed * factor)).toBeLessThanOrEqual(part);
      expect(lateMs).toBeLessThanOrEqual(500);
    }
  });

  it('starts short and grows to a second if no duration is known', () => {
    expect([0, 5_000, 60_000].map((elapsedMs) => pollIntervalMs({ elapsedMs, minMs: 250 }))).toEqual([250, 500, 1_000]);
  });

  it('is what the server asks for, but never below the minimum', () => {
    const requested = (requestedMs: number, minMs = 250) =>
      pollIntervalMs({ elapsedMs: 0, requestedMs, usualMs: 60_000, minMs });
    expect([requested(4_000), requested(0), requested(4_000, 5_000)]).toEqual([4_000, 250, 5_000]);
  });

  it('does not keep waiting for a job that is long overdue', () => {
    expect(pollIntervalMs({ elapsedMs: 1_000_000, usualMs: 10_000, minMs: 250 })).toBe(1_000);
  });

  it('is never below the minimum, even if that is longer than everything else', () => {
    const duration = fc.double({ min: 0, max: 1e7, noNaN: true });
    const least = fc.integer({ min: 1, max: 10_000 });
    fc.assert(
      fc.property(duration, fc.option(duration, { nil: undefined }), least, (elapsedMs, usualMs, minMs) => {
        const waitMs = pollIntervalMs({ elapsedMs, usualMs, minMs });
        return waitMs >= minMs && waitMs <= Math.max((usualMs ?? 0) * 0.8, 1_000, minMs);
      }),
    );
  });
});

describe('the typical duration of a kind of job', () => {
  it('follows the measured durations, short ones faster than long ones', () => {
    const history = createJobDurations();
    expect(history.typicalMs('a')).toBeUndefined();

    history.record('a', 10_000);
    expect(history.typicalMs('a')).toBe(10_000);
    history.record('a', 100_000);
    expect(history.typicalMs('a')).toBe(19_000);
    history.record('a', 5_000);
    expect(history.typicalMs('a')).toBe(12_000);
  });

  it('is dropped, the oldest first, so that memory stays limited', () => {
    const history = createJobDurations();
    for (let kind = 0; kind < 1_000; kind++) history.record(String(kind), 1);

    expect([history.typicalMs('0'), history.typicalMs('999')]).toEqual([undefined, 1]);
  });
});
