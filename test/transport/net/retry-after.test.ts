import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRetryAfter, toDelayMs } from '../../../src/transport/net/retry-after.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const DAY_MS = 86_400_000;
const read = (value: string) => readRetryAfter({ 'retry-after': value }, NOW);

describe('Retry-After', () => {
  it('converts seconds to milliseconds, also fractions', () => {
    expect([read('2'), read('0'), read(' 1.5 ')]).toEqual([2_000, 0, 1_500]);
  });

  it('converts a date to the time until then, and a past date to zero', () => {
    expect(read(new Date(NOW + 3_000).toUTCString())).toBe(3_000);
    expect(read(new Date(NOW - 3_000).toUTCString())).toBe(0);
  });

  it.each(['-5', 'abc', '1e9', 'NaN', 'Infinity', '', ' ', '0x10', '2026-01-02', 'Tomorrow', '5 seconds'])(
    'H25: Retry-After is ignored if its value is %j',
    (value) => {
      expect(read(value)).toBeUndefined();
    },
  );

  it('H25: Retry-After with two values means the longer one', () => {
    expect([read('1, 3'), read('3, 1'), read('x, 2')]).toEqual([3_000, 3_000, 2_000]);
  });

  it('yields to retry-after-ms, which is more exact', () => {
    expect(readRetryAfter({ 'retry-after': '2', 'retry-after-ms': '1500' }, NOW)).toBe(1_500);
  });

  it('H25: Retry-After is never longer than a day', () => {
    expect([read('999999999999'), toDelayMs(Number.POSITIVE_INFINITY)]).toEqual([DAY_MS, DAY_MS]);
  });

  it('H25: Retry-After with any value gives no delay or a whole number of milliseconds up to a day', () => {
    const header = fc.oneof(
      fc.string(),
      fc.double().map(String),
      fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
    );
    fc.assert(
      fc.property(header, header, (seconds, milliseconds) => {
        const delayMs = readRetryAfter({ 'retry-after': seconds, 'retry-after-ms': milliseconds }, NOW);
        return delayMs === undefined || (Number.isInteger(delayMs) && delayMs >= 0 && delayMs <= DAY_MS);
      }),
    );
  });
});

describe('a delay from a reply body', () => {
  it('H25: a delay from a reply body is ignored if it is not a number or negative', () => {
    expect([toDelayMs(Number.NaN), toDelayMs(-1), toDelayMs(undefined)]).toEqual([undefined, undefined, undefined]);
    expect(toDelayMs(1.2)).toBe(2);
  });
});
