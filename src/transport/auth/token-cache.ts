/** Caches a token: one request serves all waiting calls, the token is renewed early, and failures are not cached. */
import { untilAborted } from '../flow/wait.ts';
import type { AuthContext } from './auth-strategy.ts';

export interface FetchedToken {
  readonly token: string;
  readonly lifeMs: number;
}

/** A token is renewed this long before it expires, or after nine tenths of its life if it is short-lived. */
const EARLY_MS = 5 * 60_000;

export interface TokenCache {
  /** Returns the cached token or fetches one. @throws the error of `fetchToken`, or the signal's reason */
  readonly get: (context: AuthContext) => Promise<string>;
  /** Forgets the token, after a server refused it. */
  readonly drop: () => void;
}

/** Creates a cache. @param fetchToken runs once for all waiting calls, so it must not use the signal of one of them */
export function createTokenCache(fetchToken: (context: AuthContext) => Promise<FetchedToken>): TokenCache {
  let cached: { readonly token: string; readonly staleAt: number } | undefined;
  let fetching: Promise<string> | undefined;

  async function renew(context: AuthContext): Promise<string> {
    try {
      const { token, lifeMs } = await fetchToken(context);
      cached = { token, staleAt: context.clock.now() + lifeMs - Math.min(EARLY_MS, lifeMs / 10) };
      return token;
    } finally {
      fetching = undefined;
    }
  }

  return {
    async get(context) {
      if (cached !== undefined && context.clock.now() < cached.staleAt) return cached.token;
      fetching ??= renew(context);
      return untilAborted(fetching, context.signal);
    },
    drop() {
      cached = undefined;
    },
  };
}
