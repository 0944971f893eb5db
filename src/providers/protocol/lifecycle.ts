/** A provider's or a manager's life: calls under way are known, so that closing can refuse new ones and wait for these. */
import { closedError } from './closed-error.ts';
import type { CloseOptions } from './provider.ts';

/** Why a call is ended when its provider is closed. The transport knows it by its name: the job goes on at the vendor, to be fetched later. */
class ClosingError extends Error {
  override readonly name = 'ClosingError';
}

/** How long an aborted call may take to settle; one that takes no notice is waited for no longer. */
const SETTLE_MS = 1_000;
/** The longest delay a timer takes. */
const MAX_TIMER_MS = 2_147_483_647;

/** One call under way. */
export interface RunningCall {
  /** Fires with the caller's own signal, and when closing takes too long. */
  readonly signal: AbortSignal;
  readonly end: () => void;
}

export interface Lifecycle {
  /** Notes a call; `end` must be called. @throws AiImageError `not_configured`: it is closed, nothing was sent */
  readonly begin: (outer: AbortSignal | undefined) => RunningCall;
  /** Runs a call to its end. @throws AiImageError as `begin` */
  readonly run: <T>(outer: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>) => Promise<T>;
  /**
   * Refuses calls from now on, waits for those under way, and then does `finish`. Safe to call again: a further call waits for the same, and
   * its deadline counts too.
   */
  readonly close: (options: CloseOptions | undefined, finish: () => Promise<void>) => Promise<void>;
}

/** @param name of the provider, for its refusal; none for a manager */
export function createLifecycle(name?: string): Lifecycle {
  const running = new Map<AbortController, PromiseWithResolvers<void>>();
  const isGivenUp = Promise.withResolvers<void>();
  let closing: Promise<void> | undefined;

  function begin(outer: AbortSignal | undefined): RunningCall {
    if (closing) throw closedError(name);
    const controller = new AbortController();
    const over = Promise.withResolvers<void>();
    const forward = () => controller.abort(outer?.reason);
    running.set(controller, over);
    if (outer?.aborted) forward();
    else outer?.addEventListener('abort', forward, { once: true });
    return {
      signal: controller.signal,
      end() {
        outer?.removeEventListener('abort', forward);
        running.delete(controller);
        over.resolve();
      },
    };
  }

  async function allOver(): Promise<void> {
    while (running.size > 0) await Promise.all([...running.values()].map(({ promise }) => promise));
  }

  function abortAll(): void {
    for (const controller of running.keys())
      controller.abort(new ClosingError('the provider was closed before the call was done'));
    setTimeout(isGivenUp.resolve, SETTLE_MS);
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
    async close({ deadlineMs } = {}, finish) {
      closing ??= Promise.race([allOver(), isGivenUp.promise]).then(finish);
      const isBounded = deadlineMs !== undefined && deadlineMs < MAX_TIMER_MS && running.size > 0;
      const timer = isBounded ? setTimeout(abortAll, Math.max(deadlineMs, 0)) : undefined;
      try {
        await closing;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
