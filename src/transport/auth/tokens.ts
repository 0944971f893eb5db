/** Tokens that are fetched and last for a while: one request for all who wait, renewed early, and a failure is not remembered. */
import { untilAborted } from '../flow/wait.ts';
import type { AuthContext } from './strategy.ts';

export interface FetchedToken {
  readonly token: string;
  readonly lifeMs: number;
}

/** Renewed this long before its end, or a tenth of its life before it when it is short. */
const EARLY_MS = 5 * 60_000;

export interface TokenCache {
  /** @throws whatever fetching threw, or the signal's reason */
  readonly get: (context: AuthContext) => Promise<string>;
  /** The token was refused: the next one who asks gets another. */
  readonly drop: () => void;
}

/** @param fetchToken runs once for all who wait; it must not depend on the signal of the one who happened to come first */
export function createTokenCache(fetchToken: (context: AuthContext) => Promise<FetchedToken>): TokenCache {
  let kept: { readonly token: string; readonly staleAt: number } | undefined;
  let fetching: Promise<string> | undefined;

  async function renew(context: AuthContext): Promise<string> {
    try {
      const { token, lifeMs } = await fetchToken(context);
      kept = { token, staleAt: context.clock.now() + lifeMs - Math.min(EARLY_MS, lifeMs / 10) };
      return token;
    } finally {
      fetching = undefined;
    }
  }

  return {
    async get(context) {
      if (kept !== undefined && context.clock.now() < kept.staleAt) return kept.token;
      fetching ??= renew(context);
      return untilAborted(fetching, context.signal);
    },
    drop() {
      kept = undefined;
    },
  };
}
