import { describe, expect, it } from 'vitest';
import { readDuration, readRunAt, readSince } from '../../../../src/apps/cli/flags/time-flag.ts';

const NOW = Date.parse('2026-03-02T15:30:00Z');

describe('readSince', () => {
  it.each([
    ['24h', '2026-03-01T15:30:00.000Z'],
    ['7d', '2026-02-23T00:00:00.000Z'],
    ['0d', '2026-03-02T00:00:00.000Z'],
    ['2w', '2026-02-16T00:00:00.000Z'],
    ['2026-02-28', '2026-02-28T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2026-02-28T18:00Z', '2026-02-28T18:00:00.000Z'],
    ['2026-02-28T18:00:30.5+02:00', '2026-02-28T16:00:30.500Z'],
  ])('%s', (text, time) => {
    expect(readSince(text, NOW)).toBe(time);
  });

  it.each(['yesterday', '', '7', '-7d', '7 days', '2026-02-30', '2026-13-01', '2026-02-28T25:00Z', '1e9d', '999999d'])(
    'not %j',
    (text) => {
      expect(() => readSince(text, NOW)).toThrow(/invalid --since/);
    },
  );
});

describe('readRunAt', () => {
  const now = Date.parse('2026-11-25T12:00:00Z');

  it.each([
    ['30s', '2026-11-25T12:00:30.000Z'],
    ['10m', '2026-11-25T12:10:00.000Z'],
    ['2h', '2026-11-25T14:00:00.000Z'],
    ['1d', '2026-11-26T12:00:00.000Z'],
    ['2026-11-25T18:00Z', '2026-11-25T18:00:00.000Z'],
    ['2026-11-26', '2026-11-26T00:00:00.000Z'],
    // It has passed, so the work can start at once.
    ['2026-11-01', '2026-11-01T00:00:00.000Z'],
  ])('reads %s', (text, expected) => expect(readRunAt(text, now).toISOString()).toBe(expected));

  it.each(['0m', '-1h', '1y', 'soon', '2026-02-31', '9999d', '2030-01-01', ''])('refuses %j', (text) => {
    expect(() => readRunAt(text, now)).toThrow('invalid --run-at');
  });
});

describe('readDuration', () => {
  it('reads seconds, minutes, hours and days, and names the flag in an error', () => {
    expect(['30s', '10m', '2h', '1d'].map((text) => readDuration('--for', text))).toEqual([
      30_000, 600_000, 7_200_000, 86_400_000,
    ]);
    expect(() => readDuration('--for', '10')).toThrow('invalid --for "10"');
  });
});
