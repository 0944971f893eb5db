import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAULTS, TransportError } from '../../../src/transport/errors.ts';
import { backoffMs, isTransient } from '../../../src/transport/phases/attempts.ts';
import { mayResubmit } from '../../../src/transport/phases/submit.ts';

const clockOf = (chance: number) => ({ now: () => 0, wallNow: () => 0, random: () => chance });
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const attempt = fc.integer({ min: 1, max: 1_000 });

describe('the wait before another attempt', () => {
  it('doubles from half a second to eight', () => {
    const longest = [1, 2, 3, 4, 5, 6, 99].map((count) => backoffMs(count, undefined, clockOf(1)));

    expect(longest).toEqual([500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
  });

  it('has jitter between half and all of that, so that calls do not retry at the same moment', () => {
    fc.assert(
      fc.property(attempt, chance, (count, random) => {
        const full = Math.min(500 * 2 ** (count - 1), 8_000);
        const waitMs = backoffMs(count, undefined, clockOf(random));
        return waitMs >= full / 2 && waitMs <= full;
      }),
    );
  });

  it('H25: the wait before another attempt is never shorter than the server asks for or than 100 ms, and at most a second longer', () => {
    fc.assert(
      fc.property(attempt, fc.integer({ min: 0, max: 86_400_000 }), chance, (count, wishMs, random) => {
        const waitMs = backoffMs(count, wishMs, clockOf(random));
        return waitMs >= Math.max(wishMs, 100) && waitMs <= Math.max(wishMs, 100) + 1_000;
      }),
    );
  });
});

describe('retrying a submit', () => {
  const failure = (details: Partial<ConstructorParameters<typeof TransportError>[1]>) =>
    new TransportError('x', { fault: 'network', step: 'submit', ...details });

  it('is allowed if nothing was sent, and after a refusal', () => {
    expect(mayResubmit(failure({ outcome: 'failed' }), {})).toBe(true);
    for (const status of [429, 503, 529]) {
      expect(mayResubmit(failure({ fault: 'server', outcome: 'failed', status }), {})).toBe(true);
    }
  });

  it('is not allowed if the outcome is unknown, unless there is an idempotency key', () => {
    for (const fault of ['network', 'server', 'timeout'] as const) {
      const doubt = failure({ fault, outcome: 'unknown' });
      expect(mayResubmit(doubt, {})).toBe(false);
      expect(mayResubmit(doubt, { idempotency: { header: 'k', key: 'v' } })).toBe(true);
    }
  });

  it('is not allowed for a status that the call does not list as a refusal', () => {
    expect(mayResubmit(failure({ fault: 'server', outcome: 'unknown', status: 503 }), { refusals: [429] })).toBe(false);
  });

  it('is not allowed if the server says that it will not help', () => {
    expect(mayResubmit(failure({ fault: 'rate_limit', status: 429, isFinal: true }), {})).toBe(false);
  });

  it('is not allowed after permanent errors, with or without a key', () => {
    const lasting = FAULTS.filter((fault) => !['network', 'server', 'timeout', 'rate_limit'].includes(fault));
    for (const fault of lasting) {
      const error = failure({ fault, outcome: 'unknown' });
      expect(mayResubmit(error, { idempotency: { header: 'k', key: 'v' } }), fault).toBe(false);
    }
  });
});

describe('retrying a free request', () => {
  it('is allowed after every transient fault', () => {
    const passing = FAULTS.filter((fault) => isTransient(new TransportError('x', { fault, step: 'poll' })));

    expect(passing).toEqual(['network', 'timeout', 'rate_limit', 'server', 'unreadable']);
  });
});
