/** Spreads retries, so that processes that failed together do not retry together. */

/** Returns a random duration between half and one and a half times `waitMs`. */
export const withJitter = (waitMs: number): number =>
  waitMs * (0.5 + (crypto.getRandomValues(new Uint8Array(1))[0] ?? 0) / 255);
