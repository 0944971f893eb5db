/** When a step is tried again, and how long to wait before. The only place that retries. */
import pRetry from 'p-retry';
import { notifyHook, type TransportContext } from '../context.ts';
import { type Step, TransportError, withDetails } from '../errors.ts';
import { type CallScope, endedError, ScopeEnd } from '../flow/scope.ts';
import { type Clock, sleep } from '../flow/wait.ts';

const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 8_000;
/** No two attempts of one step are closer than this, whatever a server asks for. */
const SHORTEST_BACKOFF_MS = 100;

/** Asking and fetching cost nothing: everything that may pass is tried again. */
export function isTransient(error: TransportError): boolean {
  return !error.isFinal && ['network', 'server', 'timeout', 'rate_limit', 'unreadable'].includes(error.fault);
}

export interface Attempts<T> {
  readonly step: Step;
  /** Scheme, host and path, for the hooks. */
  readonly url: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly maxRetries: number;
  readonly mayRetry: (error: TransportError) => boolean;
  /** Retries of free questions about work already paid for do not come out of the shared purse. */
  readonly isPaid: boolean;
  readonly once: (attempt: number) => Promise<T>;
}

/** Runs `once` until it succeeds, may not be repeated, or the scope has no time left for the wait. */
export async function withRetries<T>(
  wire: TransportContext,
  scope: CallScope,
  { step, url, labels, maxRetries, mayRetry, isPaid, once }: Attempts<T>,
): Promise<T> {
  let attempts = 0;
  const counted = (attempt: number) => {
    attempts = attempt;
    return once(attempt);
  };
  const result = await pRetry(counted, {
    retries: maxRetries,
    minTimeout: 0, // the wait is ours: servers say how long
    shouldRetry: async ({ error, attemptNumber }) => {
      if (!(error instanceof TransportError) || scope.signal.aborted || !mayRetry(error)) return false;
      const delayMs = backoffMs(attemptNumber, error.retryAfterMs, wire.clock);
      if (delayMs >= scope.remainingMs()) return false;
      if (isPaid && !wire.quota.take()) return false;
      notifyHook(wire.hooks.onRetry, { step, url, attempt: attemptNumber, labels, fault: error.fault, delayMs });
      await sleep(delayMs, scope.signal).catch((reason: unknown) => {
        if (!(reason instanceof ScopeEnd)) throw reason;
        const { outcome, requestId } = error;
        throw withDetails(endedError(reason, step, outcome, `waiting to repeat ${url}`), { requestId, cause: error });
      });
      return true;
    },
  }).catch((error: unknown) => {
    throw error instanceof TransportError ? withDetails(error, { attempts }) : error;
  });
  if (isPaid) wire.quota.succeed();
  return result;
}

/** Doubling with chance in it, so that a crowd does not come back as one wave; a server's own wish is never undercut. */
export function backoffMs(attempt: number, retryAfterMs: number | undefined, clock: Clock): number {
  if (retryAfterMs !== undefined) {
    const spreadMs = Math.min(Math.max(retryAfterMs / 4, SHORTEST_BACKOFF_MS), 1_000);
    return Math.max(retryAfterMs, SHORTEST_BACKOFF_MS) + clock.random() * spreadMs;
  }
  const full = Math.min(FIRST_BACKOFF_MS * 2 ** Math.min(attempt - 1, 10), LONGEST_BACKOFF_MS);
  return Math.max(full * (0.5 + clock.random() / 2), SHORTEST_BACKOFF_MS);
}
