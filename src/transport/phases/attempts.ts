/**
 * Retries a step and computes the wait between attempts. The only other repetition is in `exchange.ts`, which sends a request once more after
 * it renewed a rejected credential.
 */
import pRetry from 'p-retry';
import { notifyHook, type TransportContext } from '../context.ts';
import { type Step, TransportError, withDetails } from '../errors.ts';
import { type CallScope, ScopeEnd, scopeEndError } from '../flow/scope.ts';
import { type Clock, sleep } from '../flow/wait.ts';
import type { HookLabels } from '../settings.ts';

const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 8_000;
/** The minimum wait, even if a server asks for less. */
const MIN_BACKOFF_MS = 100;

/** Whether a free request may succeed on another attempt. */
export function isTransient(error: TransportError): boolean {
  return !error.isFinal && ['network', 'server', 'timeout', 'rate_limit', 'unreadable'].includes(error.fault);
}

export interface Attempts<T> {
  readonly step: Step;
  /** Scheme, host and path, for the hooks. */
  readonly url: () => string;
  readonly labels: HookLabels;
  readonly maxRetries: number;
  readonly mayRetry: (error: TransportError) => boolean;
  /** Only retries of paid requests count against the shared retry quota. */
  readonly isPaid: boolean;
  readonly once: (attempt: number) => Promise<T>;
}

/** Runs `once` until it succeeds, fails for good, or the scope has no time left for the next wait. */
export async function withRetries<T>(
  context: TransportContext,
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
    minTimeout: 0, // `shouldRetry` waits, as long as the server asks
    shouldRetry: async ({ error, attemptNumber }) => {
      if (!(error instanceof TransportError) || scope.signal.aborted || !mayRetry(error)) return false;
      const delayMs = backoffMs(attemptNumber, error.retryAfterMs, context.clock);
      if (delayMs >= scope.remainingMs()) return false;
      if (isPaid && !context.retryQuota.take()) return false;
      const { fault } = error;
      notifyHook(context.hooks.onRetry, () => ({ step, url: url(), attempt: attemptNumber, labels, fault, delayMs }));
      await sleep(delayMs, scope.signal).catch((reason: unknown) => {
        if (!(reason instanceof ScopeEnd)) throw reason;
        const { outcome, requestId } = error;
        throw withDetails(scopeEndError(reason, step, outcome, `waiting to retry ${url()}`), {
          requestId,
          cause: error,
        });
      });
      return true;
    },
  }).catch((error: unknown) => {
    throw error instanceof TransportError ? withDetails(error, { attempts }) : error;
  });
  if (isPaid) context.retryQuota.refund();
  return result;
}

/** Exponential backoff with jitter, in milliseconds. Never shorter than the server's `retry-after`. */
export function backoffMs(attempt: number, retryAfterMs: number | undefined, clock: Clock): number {
  if (retryAfterMs !== undefined) {
    const spreadMs = Math.min(Math.max(retryAfterMs / 4, MIN_BACKOFF_MS), 1_000);
    return Math.max(retryAfterMs, MIN_BACKOFF_MS) + clock.random() * spreadMs;
  }
  const full = Math.min(FIRST_BACKOFF_MS * 2 ** Math.min(attempt - 1, 10), MAX_BACKOFF_MS);
  return Math.max(full * (0.5 + clock.random() / 2), MIN_BACKOFF_MS);
}
