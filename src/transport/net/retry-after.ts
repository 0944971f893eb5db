/** Reads how long a server asks clients to wait. */

/** A longer wait is shortened to one day. */
const MAX_MS = 86_400_000;
const NUMBER = /^\d{1,12}(?:\.\d{1,6})?$/;

/**
 * Reads `retry-after-ms` and `Retry-After` (RFC 9110, 10.2.3) as seconds or as a date.
 * Invalid values (`-5`, `abc`, `1e9`) are ignored; of several values the longest counts.
 * @param wallNow milliseconds since the epoch, for the date form
 * @returns milliseconds from now, 0 or more, at most a day
 */
export function readRetryAfter(headers: Readonly<Record<string, string>>, wallNow: number): number | undefined {
  const milliseconds = readNumbers(headers['retry-after-ms'], 1);
  if (milliseconds !== undefined) return milliseconds;
  const value = headers['retry-after'];
  const seconds = readNumbers(value, 1000);
  if (seconds !== undefined || value === undefined) return seconds;
  const date = /^[A-Za-z]{3}/.test(value.trim()) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : clamp(date - wallNow);
}

function readNumbers(value: string | undefined, unitMs: number): number | undefined {
  const numbers = (value ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => NUMBER.test(part))
    .map((part) => Number(part) * unitMs);
  return numbers.length > 0 ? clamp(Math.max(...numbers)) : undefined;
}

/** Limits a requested delay to 0 to one day. @returns `undefined` for `NaN` and negative numbers */
export function toDelayMs(requestedMs: number | undefined): number | undefined {
  return requestedMs === undefined || Number.isNaN(requestedMs) || requestedMs < 0 ? undefined : clamp(requestedMs);
}

function clamp(ms: number): number {
  return Math.min(Math.max(Math.ceil(ms), 0), MAX_MS);
}
