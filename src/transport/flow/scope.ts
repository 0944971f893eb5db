/** One clock for everything a call does: the caller's signal and the deadline become one signal. */
import { type Step, type TransportError, transportError } from '../errors.ts';
import type { Clock } from './wait.ts';

/** The name of an abort's reason that says: the caller shuts down, and the job will be fetched later. */
const CLOSING = 'ClosingError';

/** Why a scope ended. The reason of its signal. */
export class ScopeEnd {
  readonly kind: 'aborted' | 'timeout';
  readonly limitMs: number;
  /** The server is not told to stop: its job will be fetched later. */
  readonly keepsJob: boolean;
  constructor(kind: 'aborted' | 'timeout', limitMs: number, keepsJob = false) {
    this.kind = kind;
    this.limitMs = limitMs;
    this.keepsJob = keepsJob;
  }
}

export interface CallScope {
  /** Fires on the caller's abort and when the time is over; its reason is a `ScopeEnd`. */
  readonly signal: AbortSignal;
  readonly remainingMs: () => number;
  /** Stops the timer and lets go of the caller's signal. Always call it. */
  readonly close: () => void;
}

/** @param limitMs whole milliseconds until the scope ends by itself; `Infinity` for never */
export function openScope(outer: AbortSignal | undefined, limitMs: number, clock: Clock): CallScope {
  const controller = new AbortController();
  const startedAt = clock.now();
  const onAbort = () => {
    const isClosing = outer?.reason instanceof Error && outer.reason.name === CLOSING;
    controller.abort(outer?.reason instanceof ScopeEnd ? outer.reason : new ScopeEnd('aborted', limitMs, isClosing));
  };
  // The longest delay a timer takes is 2^31 - 1 ms; a longer limit is as good as none.
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

/** The error for a scope that ended while a step was under way. */
export function endedError(end: ScopeEnd, step: Step, outcome: 'failed' | 'unknown', doing: string): TransportError {
  return end.kind === 'aborted'
    ? transportError(`aborted while ${doing}`, { fault: 'aborted', step, outcome })
    : transportError(`no answer within ${end.limitMs} ms while ${doing}`, { fault: 'timeout', step, outcome });
}
