/** A clock that is wrong makes signatures that are. */
import type { TokenReply } from './strategy.ts';

/** One that is off by more than this is the likely reason for a refusal. */
export const SKEW_MS = 60_000;

/** How far the server's clock is ahead of ours, by the date of its answer. */
export function skewOf({ headers }: Pick<TokenReply, 'headers'>, wallNow: number): number {
  const skewMs = Date.parse(headers.get('date') ?? '') - wallNow;
  return Number.isFinite(skewMs) ? skewMs : 0;
}

export function describeSkew(skewMs: number): string {
  const minutes = Math.round(Math.abs(skewMs) / 60_000);
  return `the clock of this machine is about ${minutes} minutes ${skewMs > 0 ? 'behind' : 'ahead of'} the server’s`;
}
