/** Tracks the running calls of a provider or manager, so that `close` can refuse new calls and wait for the running ones. */

import type { CloseOptions } from '../provider.ts';
import { closedError } from './closed-error.ts';
import { forwardAbort } from './forward-abort.ts';

/** The abort reason if a provider is closed. The transport recognizes it by its name and does not cancel the job at the vendor. */
export class ClosingError extends Error {
  override readonly name = 'ClosingError';
}

/** How long `close` waits for aborted calls to settle. */
const SETTLE_MS = 1_000;
/** The longest delay that a timer supports. */
const MAX_TIMER_MS = 2_147_483_647;

/** One running call. */
export interface RunningCall {
  /** Fires with the caller's own signal, and when the deadline of `close` passes. */
  readonly signal: AbortSignal;
  readonly end: () => void;
}

export interface Lifecycle {
  /** Registers a call; its `end` must be called. @throws AiImageError `invalid_request`: closed, nothing was sent */
  readonly begin: (outer: AbortSignal | undefined) => RunningCall;
  /** Registers a call, runs it and ends it. @throws AiImageError as `begin` */
  readonly run: <T>(outer: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>) => Promise<T>;
  /**
   * Refuses new calls, waits for the running ones, and then calls `finish`. Safe to call again: a second call waits for the same end, and
   * its deadline applies too.
   */
  readonly close: (options: CloseOptions | undefined, finish: () => Promise<void>) => Promise<void>;
}

/** @param name the provider, for the error message; undefined for a manager */
export function createLifecycle(name?: string): Lifecycle {
  const running = new Map<AbortController, PromiseWithResolvers<void>>();
  const settleTimeout = Promise.withResolvers<void>();
  let closing: Promise<void> | undefined;

  function begin(outer: AbortSignal | undefined): RunningCall {
    if (closing) throw closedError(name);
    const controller = new AbortController();
    const ended = Promise.withResolvers<void>();
    running.set(controller, ended);
    const stopListening = forwardAbort(outer, controller);
    return {
      signal: controller.signal,
      end() {
        stopListening();
        running.delete(controller);
        ended.resolve();
      },
    };
  }

  async function allEnded(): Promise<void> {
    while (running.size > 0) await Promise.all([...running.values()].map(({ promise }) => promise));
  }

  function abortAll(): void {
    for (const controller of running.keys())
      controller.abort(new ClosingError('the provider was closed before the call was done'));
    setTimeout(settleTimeout.resolve, SETTLE_MS);
  }

  return {
    begin,
    async run(outer, work) {
      const call = begin(outer);
      try {
        return await work(call.signal);
      } finally {
        call.end();
      }
    },
    async close(options, finish) {
      const { deadlineMs } = options ?? {};
      closing ??= Promise.race([allEnded(), settleTimeout.promise]).then(finish);
      const hasDeadline = deadlineMs !== undefined && deadlineMs < MAX_TIMER_MS && running.size > 0;
      const timer = hasDeadline ? setTimeout(abortAll, Math.max(deadlineMs, 0)) : undefined;
      try {
        await closing;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
