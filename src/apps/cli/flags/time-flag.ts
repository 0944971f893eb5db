/** Reads flags that take a point in time or a duration. */

import { quoteName } from '../../../providers/protocol/input/hide-keys.ts';
import { UsageError } from '../usage-error.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const AGO = /^(\d{1,5})([hdw])$/;
const DATE = /^(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})?)?$/;

/**
 * Reads a date, a time, or how long ago: `24h`, `7d`, `2w`. Days and weeks begin at midnight UTC, as a date does.
 * @param now milliseconds since the epoch
 * @returns ISO 8601, in UTC
 * @throws UsageError
 */
export function readSince(text: string, now = Date.now()): string {
  const [, count, unit] = AGO.exec(text) ?? [];
  const [, day] = DATE.exec(text) ?? [];
  const time =
    count === undefined
      ? timeOf(text, day)
      : unit === 'h'
        ? now - Number(count) * HOUR_MS
        : startOfDay(now - Number(count) * (unit === 'd' ? 1 : 7) * DAY_MS);
  if (Number.isFinite(time)) return new Date(time).toISOString();
  throw new UsageError(
    `invalid --since ${quoteName(text, 40)}`,
    'Use a date (2026-11-25), a time (2026-11-25T18:00Z), or how long ago: 24h, 7d, 2w.',
  );
}

const MINUTE_MS = 60_000;
const DURATION = /^(\d{1,5})([smhd])$/;
const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };
const MAX_DURATION_MS = 366 * DAY_MS;

/** @param flag as typed, e.g. `--for` @returns milliseconds @throws UsageError */
export function readDuration(flag: string, text: string): number {
  const found = durationOf(text);
  if (found !== undefined) return found;
  throw new UsageError(`invalid ${flag} ${quoteName(text, 40)}`, `Use for example ${flag} 30s, 10m, 2h or 1d.`);
}

/**
 * Reads a date or a time, or how long from now: `10m`, `2h`, `1d`.
 * @param now milliseconds since the epoch
 * @throws UsageError
 */
export function readRunAt(text: string, now = Date.now()): Date {
  const duration = durationOf(text);
  const [, day] = DATE.exec(text) ?? [];
  const time = duration === undefined ? timeOf(text, day) : now + duration;
  if (Number.isFinite(time) && time <= now + MAX_DURATION_MS) return new Date(time);
  throw new UsageError(
    `invalid --run-at ${quoteName(text, 40)}`,
    'Use a time (2026-11-25T18:00Z), or how long from now: 10m, 2h, 1d. It may be at most a year away.',
  );
}

/** @returns milliseconds, more than 0; `undefined` for a text that is no duration */
function durationOf(text: string): number | undefined {
  const [, count, unit = ''] = DURATION.exec(text) ?? [];
  const duration = Number(count) * (UNITS_MS[unit] ?? Number.NaN);
  return duration > 0 && duration <= MAX_DURATION_MS ? duration : undefined;
}

const startOfDay = (time: number): number => Math.floor(time / DAY_MS) * DAY_MS;

/** Rejects dates that do not exist, such as 31 February. */
function timeOf(text: string, day: string | undefined): number {
  if (day === undefined || Number.isNaN(Date.parse(day))) return Number.NaN;
  return new Date(day).toISOString().startsWith(day) ? Date.parse(text) : Number.NaN;
}
