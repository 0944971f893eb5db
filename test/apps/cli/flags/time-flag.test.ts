import { describe, expect, it } from 'vitest';
import { readSince } from '../../../../src/apps/cli/flags/time-flag.ts';

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
