/** Identical requests at the same time share one call. */
import { AiImageError, type JobHandle } from '../../providers/protocol/index.ts';

/**
 * How long the last caller of a call waits after its abort, in milliseconds, for the provider's own error, which names the job. An abort
 * settles within 250 ms.
 */
const ABORT_GRACE_MS = 150;

/** How long `close` waits for calls that all callers have left, in milliseconds. */
const IDLE_MS = 5_000;

interface SharedCall<T> {
  readonly result: Promise<T>;
  readonly abort: AbortController;
  /** Callers that wait for the result. */
  callers: number;
  /** The vendor's job, once there is one. */
  job?: JobHandle | undefined;
  /** The image has arrived and is being stored: callers wait for that, even after an abort. */
  hasImage: boolean;
}

/** Called by a shared call as it proceeds. */
interface CallProgress {
  /** The vendor has created a job. */
  readonly onJob: (job: JobHandle) => void;
  /** The image has arrived and will now be stored. */
  readonly onImage: () => void;
}

export type Start<T> = (signal: AbortSignal, progress: CallProgress) => Promise<T>;

/** Calls that are running, by request key. */
export class SingleFlight<T> {
  readonly #calls = new Map<string, SharedCall<T>>();
  /** Includes calls that every caller has left: they may still be storing an image. */
  readonly #open = new Set<Promise<unknown>>();

  /** Waits until no call is running, for 5 seconds at most. */
  async idle(): Promise<void> {
    await waitAtMost(Promise.allSettled(this.#open), IDLE_MS);
  }

  /** Returns whether a call with this key is running. */
  has(key: string): boolean {
    return this.#calls.has(key);
  }

  /**
   * Joins the running call with this key, or starts one.
   * @param start starts the call. Its signal fires when all callers have left
   * @returns the result, and whether another caller had started the call
   * @throws AiImageError `aborted` with the job, when the signal fires; else the error of the call
   */
  async join(
    key: string,
    start: Start<T>,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly value: T; readonly isShared: boolean }> {
    const known = this.#calls.get(key);
    const call = known ?? this.#start(key, start);
    const isShared = known !== undefined;
    call.callers++;
    try {
      return { value: await untilAborted(call.result, signal), isShared };
    } catch (error) {
      if (error !== ABORTED) throw error;
      // The image has been paid for and has arrived: it is not lost because it is still being stored.
      if (call.hasImage) return { value: await call.result, isShared };
      const isLast = call.callers === 1;
      if (isLast) this.#end(key, call, signal?.reason);
      const value = isLast ? await waitAtMost(call.result, ABORT_GRACE_MS) : undefined;
      if (value !== undefined) return { value, isShared };
      throw abortedError(call.job, signal?.reason);
    } finally {
      call.callers--;
      // The call is aborted, and the next caller starts a new one.
      if (call.callers === 0) this.#end(key, call, undefined);
    }
  }

  #start(key: string, start: Start<T>): SharedCall<T> {
    const abort = new AbortController();
    const progress: CallProgress = {
      onJob(job) {
        call.job = job;
      },
      onImage() {
        call.hasImage = true;
      },
    };
    const result = Promise.resolve().then(() => start(abort.signal, progress));
    const call: SharedCall<T> = { result, abort, callers: 0, hasImage: false };
    this.#open.add(result);
    const remove = () => {
      this.#open.delete(result);
      if (this.#calls.get(key) === call) this.#calls.delete(key);
    };
    result.then(remove, remove);
    this.#calls.set(key, call);
    return call;
  }

  #end(key: string, call: SharedCall<T>, reason: unknown): void {
    if (this.#calls.get(key) === call) this.#calls.delete(key);
    call.abort.abort(reason);
  }
}

const ABORTED = Symbol('aborted');

/** @throws ABORTED when the signal fires first */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(ABORTED);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** @returns undefined when the limit passes first @throws the error of the work */
async function waitAtMost<T>(work: Promise<T>, limitMs: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, limitMs, undefined);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function abortedError(job: JobHandle | undefined, cause: unknown): AiImageError {
  const hint =
    job === undefined
      ? 'If the vendor created a job, jobs() of the manager lists it.'
      : 'resume(error.job) fetches its images without paying again.';
  return new AiImageError('aborted', 'aborted while the call was running', {
    job,
    cause,
    hint,
    provider: job?.provider,
    model: job?.model,
  });
}
