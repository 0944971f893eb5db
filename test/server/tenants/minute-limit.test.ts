import { describe, expect, it } from 'vitest';
import { toDuration } from '../../../src/apps/server/http/guards/answer-headers.ts';
import { addressKey } from '../../../src/apps/server/tenants/client-address.ts';
import { createMinuteLimit } from '../../../src/apps/server/tenants/minute-limit.ts';

describe('a limit per minute', () => {
  it('may be taken at once, and comes back evenly', () => {
    let now = 0;
    const limit = createMinuteLimit(() => now);
    const take = () => limit.take('a', 60);
    for (let left = 59; left >= 0; left--)
      expect(take()).toMatchObject({ isAllowed: true, remaining: left, retryAfterMs: 0 });
    expect(take()).toEqual({ isAllowed: false, remaining: 0, resetMs: 60_000, retryAfterMs: 1_000 });
    now += 1_000;
    expect(take().isAllowed).toBe(true);
    expect(take().isAllowed).toBe(false);
    now += 60_000;
    expect(take()).toMatchObject({ isAllowed: true, remaining: 59 });
  });

  it('allows at most twice its number in any minute, and its number on average', () => {
    let now = 0;
    const limit = createMinuteLimit(() => now);
    let allowed = 0;
    for (let at = 0; at < 10 * 60_000; at += 10) {
      now = at;
      if (limit.take('a', 30).isAllowed) allowed += 1;
    }
    expect(allowed).toBeGreaterThanOrEqual(30 * 10);
    expect(allowed).toBeLessThanOrEqual(30 * 11);
  });

  it('locks no key for longer than a minute when the clock is set back', () => {
    let now = 10_000_000;
    const limit = createMinuteLimit(() => now);
    limit.take('a', 1);
    now = 0;
    expect(limit.take('a', 1)).toMatchObject({ isAllowed: false, retryAfterMs: 60_000 });
    now = 60_000;
    expect(limit.take('a', 1).isAllowed).toBe(true);
  });

  it('forgets the key that was used longest ago when there are too many', () => {
    const limit = createMinuteLimit(() => 0, 2);
    for (const key of ['a', 'b', 'a', 'c']) limit.take(key, 1);
    expect(limit.take('a', 1).isAllowed).toBe(false);
    expect(limit.take('b', 1).isAllowed).toBe(true);
  });
});

it('counts a network of IPv6 addresses as one', () => {
  expect(addressKey('2001:db8:1:2:3:4:5:6')).toBe(addressKey('2001:db8:1:2:ffff::1'));
  expect(addressKey('2001:db8::1')).toBe(addressKey('2001:db8::2:1'));
  expect(addressKey('1::2:3:4:5:6')).toBe(addressKey('1:0:0:2:7::'));
  expect(addressKey('2001:db8:1:2::1')).not.toBe(addressKey('2001:db8:1:3::1'));
  expect(addressKey('::ffff:192.0.2.1')).not.toBe(addressKey('::ffff:192.0.2.2'));
  expect(addressKey('192.0.2.1')).not.toBe(addressKey('192.0.2.2'));
});

it('writes a time as OpenAI does', () => {
  expect([0, 12, 1_000, 59_001, 360_000].map(toDuration)).toEqual(['0s', '1s', '1s', '1m0s', '6m0s']);
});
