/** Starts the calls of tools with a manager of this process, and finds them again: here, or on record. */

import type { ManagedGeneration, ManagerEvent } from '../../manager/interfaces/generation.ts';
import type { ImageManager } from '../../manager/interfaces/image-manager.ts';
import { AiImageError, isAiImageError } from '../../providers/protocol/index.ts';
import { isInUseError } from '../../providers/protocol/shared/call-ids.ts';
import { ClosingError } from '../../providers/protocol/shared/lifecycle.ts';
import type { Store } from '../../store/store.ts';
import type { FoundToolCall, StartedToolCall, ToolCallRunner } from './call-runner.ts';
import type { ToolClock } from './clock.ts';
import { fetchJobs, findRecordedCall, type OpenCall } from './find-recorded-call.ts';

/** A call that this process makes, or has made. */
interface OwnCall {
  readonly started: StartedToolCall;
  readonly abort: AbortController;
  /** Its end, if it has one. */
  ended?: FoundToolCall;
}

type Work = (context: {
  readonly signal: AbortSignal;
  readonly onEvent: (event: ManagerEvent) => void;
}) => Promise<ManagedGeneration>;

/** The most calls that may run at the same time. */
const MAX_RUNNING = 100;
/** Ended calls that are remembered because no record has all of their result: an error, or images that could not be stored. */
const MAX_ENDED = 32;
const [FIRST_WAIT_MS, LAST_WAIT_MS] = [250, 2_000];
/** How long `close` waits for aborted calls. */
const SETTLE_MS = 1_000;

/** By manager, then by call id: several sets of tools with one manager find each other's calls. */
const callsOf = new WeakMap<object, Map<string, OwnCall>>();

export function createManagerRunner(
  { manager, store }: { readonly manager: ImageManager; readonly store: Store },
  clock: ToolClock,
): ToolCallRunner {
  const calls = callsOf.get(manager) ?? new Map<string, OwnCall>();
  callsOf.set(manager, calls);
  const own = new Set<OwnCall>();
  let isClosed = false;

  function run(id: string, work: Work): OwnCall {
    const listeners = new Set<(event: ManagerEvent) => void>();
    const abort = new AbortController();
    let isPlanned = false;
    const onEvent = (event: ManagerEvent) => {
      isPlanned = true;
      for (const listener of listeners) listener(event);
    };
    const result = work({ signal: abort.signal, onEvent });
    const call: OwnCall = {
      abort,
      started: {
        id,
        result,
        onEvent(listener) {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
        // After the plan, the request may be sent at any moment.
        cancelUnsent() {
          if (!isPlanned) abort.abort(new Error('the call was cancelled'));
        },
      },
    };
    calls.set(id, call);
    own.add(call);
    const end = (ended: FoundToolCall, isKept: boolean) => {
      call.ended = ended;
      own.delete(call);
      listeners.clear();
      if (!isKept && calls.get(id) === call) calls.delete(id);
      forgetOldest(calls);
    };
    result.then(
      (generation) =>
        end({ state: 'done', generation, notes: generation.notes }, generation.saved.length < generation.images.length),
      (error: unknown) => end({ state: 'failed', error }, true),
    );
    return call;
  }

  /** Waits while another process makes the call. */
  async function generate(...[request, context]: Parameters<ImageManager['generate']>): Promise<ManagedGeneration> {
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LAST_WAIT_MS)) {
      try {
        return await manager.generate(request, context);
      } catch (error) {
        if (!isInUseError(error) || context?.signal?.aborted) throw error;
      }
      await new Promise<void>((resolve) => void clock.after(waitMs, resolve));
    }
  }

  return {
    async start({ id, request }) {
      const known = calls.get(id);
      if (known !== undefined && !isFreeFailure(known.ended)) return known.started;
      if (isClosed) throw notStarted('these tools are closed');
      if (own.size >= MAX_RUNNING) throw notStarted(`${MAX_RUNNING} calls are running already`);
      return run(id, (context) => generate(request, { callId: id, ...context })).started;
    },

    async find(id) {
      const known = calls.get(id);
      if (known !== undefined && known.ended === undefined) return known.started;
      const found = await findRecordedCall(id, { manager, store }).catch((error: unknown) => {
        if (known?.ended === undefined) throw error;
        return undefined;
      });
      const joined = calls.get(id); // another search, or a repeated call, began in the meantime
      if (joined !== undefined && joined.ended === undefined) return joined.started;
      if (known?.ended !== undefined && !saysMore(found, known.ended)) return known.ended;
      if (found?.state !== 'open') {
        if (known !== undefined && calls.get(id) === known) calls.delete(id);
        return found;
      }
      const fetching = run(id, ({ signal }) => fetchJobs(id, found.jobs, signal, { manager, store }));
      return fetching.started;
    },

    async close(deadlineMs) {
      isClosed = true;
      const ending = Promise.allSettled([...own].map(({ started }) => started.result));
      if (deadlineMs === undefined) return void (await ending);
      const timeOf = (ms: number) => {
        const over = Promise.withResolvers<'over'>();
        return { over: over.promise, stop: clock.after(ms, () => over.resolve('over')) };
      };
      const deadline = timeOf(deadlineMs);
      const first = await Promise.race([ending, deadline.over]);
      deadline.stop();
      if (first !== 'over') return;
      for (const { abort } of own) abort.abort(new ClosingError('the tools were closed before the call was done'));
      const settling = timeOf(SETTLE_MS);
      await Promise.race([ending, settling.over]);
      settling.stop();
    },
  };
}

function forgetOldest(calls: Map<string, OwnCall>): void {
  const ended = [...calls].filter(([, call]) => call.ended !== undefined);
  for (const [id] of ended.slice(0, Math.max(ended.length - MAX_ENDED, 0))) calls.delete(id);
}

/** The call cost nothing, so it may be sent again. */
const isFreeFailure = (ended: FoundToolCall | undefined): boolean =>
  ended?.state === 'failed' && isFreeError(ended.error);

/** Whether a record says more than the end of the call in this process: a job can be fetched later, and a person can settle a call. */
function saysMore(found: FoundToolCall | OpenCall | undefined, ended: FoundToolCall): boolean {
  if (found?.state !== 'failed') return found !== undefined;
  return isFreeError(found.error) && !isFreeFailure(ended);
}

export const isFreeError = (error: unknown): boolean =>
  isAiImageError(error) && error.charged === 'no' && (error.job === undefined || error.endsJob);

const notStarted = (message: string): AiImageError => new AiImageError('unavailable', message, { charged: 'no' });
