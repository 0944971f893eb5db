/** Detects a wrong local clock, which makes signatures invalid. */
import type { TokenReply } from './auth-strategy.ts';

/** A larger skew is the likely reason for a refusal. */
export const SKEW_MS = 60_000;

/** Milliseconds by which the server's clock is ahead of this machine's, from the `date` header. 0 without one. */
export function skewOf({ headers }: Pick<TokenReply, 'headers'>, wallNow: number): number {
  const skewMs = Date.parse(headers.get('date') ?? '') - wallNow;
  return Number.isFinite(skewMs) ? skewMs : 0;
}

/** Describes the skew for an error message. */
export function describeSkew(skewMs: number): string {
  const minutes = Math.round(Math.abs(skewMs) / 60_000);
  return `the clock of this machine is about ${minutes} minutes ${skewMs > 0 ? 'behind' : 'ahead of'} the server’s`;
}
