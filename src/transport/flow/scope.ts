/** Combines the caller's signal and a time limit into one signal. */
import { type Step, type TransportError, transportError } from '../errors.ts';
import type { Clock } from './wait.ts';

/** The `name` of an abort reason that means: the process shuts down, and the job will be resumed later. */
const CLOSING = 'ClosingError';

/** Why a scope ended; the reason of its signal. */
export class ScopeEnd {
  readonly kind: 'aborted' | 'timeout';
  readonly limitMs: number;
  /** True if the job must not be cancelled, because it will be resumed later. */
  readonly keepsJob: boolean;
  constructor(kind: 'aborted' | 'timeout', limitMs: number, keepsJob = false) {
    this.kind = kind;
    this.limitMs = limitMs;
    this.keepsJob = keepsJob;
  }
}

export interface CallScope {
  /** Fires on the caller's abort and at the time limit. Its reason is a `ScopeEnd`. */
  readonly signal: AbortSignal;
  readonly remainingMs: () => number;
  /** Stops the timer and stops listening to the caller's signal. Always call it. */
  readonly close: () => void;
}

/** Opens a scope. @param limitMs milliseconds until it times out; `Infinity` for no limit */
export function openScope(outer: AbortSignal | undefined, limitMs: number, clock: Clock): CallScope {
  const controller = new AbortController();
  const startedAt = clock.now();
  const onAbort = () => {
    const isClosing = outer?.reason instanceof Error && outer.reason.name === CLOSING;
    controller.abort(outer?.reason instanceof ScopeEnd ? outer.reason : new ScopeEnd('aborted', limitMs, isClosing));
  };
  // A timer takes at most 2^31 - 1 ms (24 days); a longer limit is treated as none.
  const timer =
    limitMs < 2_147_483_647
      ? setTimeout(() => controller.abort(new ScopeEnd('timeout', limitMs)), Math.max(limitMs, 0))
      : undefined;
  if (outer?.aborted) onAbort();
  else outer?.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    remainingMs: () => limitMs - (clock.now() - startedAt),
    close: () => {
      clearTimeout(timer);
      outer?.removeEventListener('abort', onAbort);
    },
  };
}

/** Creates the error for a scope that ended during a step. */
export function scopeEndError(
  end: ScopeEnd,
  step: Step,
  outcome: 'failed' | 'unknown',
  action: string,
): TransportError {
  return end.kind === 'aborted'
    ? transportError(`aborted while ${action}`, { fault: 'aborted', step, outcome })
    : transportError(`no answer within ${end.limitMs} ms while ${action}`, { fault: 'timeout', step, outcome });
}
