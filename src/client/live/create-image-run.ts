/** Follows one run of the server as a store: for a page that shows progress, unfinished images, cost and errors. */
import { randomId } from '../../providers/protocol/shared/random-id.ts';
import { ApiError } from '../api-error.ts';
import type { ImageClient } from '../create-client.ts';
import { pause } from '../pause.ts';
import type { ApiEditRequest, ApiGenerateRequest } from '../schemas/generate.ts';
import type { ApiImageDetails } from '../schemas/images.ts';
import type { ApiRun } from '../schemas/runs.ts';
import { IDLE, type ImageRunState, isSettled } from './image-run-state.ts';
import { toFailure, withEvent, withGeneration, withRun, withStoredImages } from './to-run-state.ts';

/** The methods of a client that a run needs. */
export type ImageRunClient = Pick<ImageClient, 'generate' | 'edit' | 'watchRun' | 'getRun' | 'getImage' | 'cancelRun'>;

export interface ImageRunOptions {
  /**
   * The same key with the same request never pays twice, also after the page was loaded again: it returns the images of the first one.
   * @default a random key
   */
  readonly idempotencyKey?: string | undefined;
  /** The most unfinished images of each image to ask for, where the model can send them. Some vendors charge a little for each. @default 2 */
  readonly partialImages?: number | undefined;
}

/**
 * The state of one run, and what a person can do with it. `subscribe` follows the contract of Svelte's stores, and `getState` with `subscribe`
 * that of React's `useSyncExternalStore`.
 */
export interface ImageRunStore {
  /** The state now. It is replaced, and never changed. */
  readonly getState: () => ImageRunState;
  /** Calls the listener now, and whenever the state changes. @returns a function that removes the listener */
  readonly subscribe: (listener: (state: ImageRunState) => void) => () => void;
  /**
   * Starts a call and follows it to its end. **Costs money.** A request with `inputImages` is an edit. If the connection breaks, the same
   * request is sent again with the same key, which never pays twice.
   * @returns the state at the end. A call that fails does not throw: `error` says why
   * @throws Error the store follows a run that has not ended
   */
  readonly start: (request: ApiGenerateRequest | ApiEditRequest, options?: ImageRunOptions) => Promise<ImageRunState>;
  /** Follows a run that was started before, for example before the page was loaded again. Costs nothing. @throws Error as `start` */
  readonly attach: (runId: string) => Promise<ImageRunState>;
  /** Cancels the call, at the vendor too where it can. It may still be charged. Does nothing when no call runs. @throws ApiError */
  readonly cancel: () => Promise<void>;
  /** Stops following. The call goes on at the server, and the state stays as it is. `attach` follows it again. */
  readonly detach: () => void;
  /** Stops following, and forgets the run: the state is `idle` again. The call goes on at the server. */
  readonly reset: () => void;
}

/** As many as the manager asks for. */
const DEFAULT_PARTIAL_IMAGES = 2;
const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 500;
/** The longest wait of the server. By then the call is over: only its images are read. */
const WAIT_SECONDS = 300;

/**
 * Creates the store of one run.
 * @example
 * const run = createImageRun(createClient({ url: 'http://127.0.0.1:4242', token }));
 * run.subscribe(({ status, previews, images }) => show(status, images[0]?.src ?? previews[0]?.src));
 * await run.start({ prompt: 'a red fox in the snow' });
 */
export function createImageRun(client: ImageRunClient): ImageRunStore {
  const listeners = new Set<(state: ImageRunState) => void>();
  let state = IDLE;
  let following: AbortController | undefined;
  let isCancelWanted = false;

  function set(next: ImageRunState): void {
    state = next;
    for (const listener of [...listeners]) listener(state);
  }

  /** Only the work that is followed may change the state. */
  async function follow(work: (signal: AbortSignal) => Promise<void>): Promise<ImageRunState> {
    if (following) throw new Error('This store follows a run that has not ended. Create a store for each run.');
    const mine = new AbortController();
    following = mine;
    isCancelWanted = false;
    try {
      await work(mine.signal);
    } catch (error) {
      if (!mine.signal.aborted) set(toFailed(state, error, isCancelWanted));
    } finally {
      if (following === mine) following = undefined;
    }
    return state;
  }

  /** @returns whether the run is done. Otherwise the state says how it ended */
  async function watch(id: string, signal: AbortSignal): Promise<boolean> {
    for await (const event of client.watchRun({ id }, { signal })) {
      if (signal.aborted) return false;
      set(withEvent(state, event));
      if (event.type === 'done') return true;
      if (isSettled(state)) return false;
    }
    return false;
  }

  async function start(
    request: ApiGenerateRequest | ApiEditRequest,
    { idempotencyKey = randomId(), partialImages = DEFAULT_PARTIAL_IMAGES }: ImageRunOptions,
    signal: AbortSignal,
  ): Promise<void> {
    const send = (wait: number) =>
      withRetries(() => {
        const options = { idempotencyKey, signal };
        return 'inputImages' in request
          ? client.edit({ ...request, wait, partialImages }, options)
          : client.generate({ ...request, wait, partialImages }, options);
      }, signal);
    set({ ...IDLE, status: 'starting' });
    let answer = await send(0);
    if (signal.aborted) return;
    if (answer.generation === undefined) {
      set(withRun(state, answer.run));
      if (isCancelWanted) await client.cancelRun({ id: answer.run.id }, { signal });
      if (!(await watch(answer.run.id, signal))) return;
      answer = await send(WAIT_SECONDS);
      if (signal.aborted) return;
    }
    const { run, generation } = answer;
    if (generation) set(withGeneration(withRun(state, run), generation));
    else set(withRun(state, run));
  }

  async function attach(id: string, signal: AbortSignal): Promise<void> {
    set({ ...IDLE, status: 'starting', runId: id });
    const run = await withRetries(() => client.getRun({ id }, { signal }), signal);
    if (signal.aborted) return;
    if (run.state === 'done') return showStored(run, signal);
    set(withRun(state, run));
    if (isSettled(state) || !(await watch(id, signal))) return;
    await showStored(await withRetries(() => client.getRun({ id }, { signal }), signal), signal);
  }

  async function showStored(run: ApiRun, signal: AbortSignal): Promise<void> {
    const found = await Promise.all(run.artifacts.map((id) => getIfThere(client, id, signal)));
    if (signal.aborted) return;
    const images = found.filter((image) => image !== undefined);
    set(withStoredImages(withRun(state, run), images, Math.max(run.images, found.length) - images.length));
  }

  const store: ImageRunStore = {
    getState: () => state,
    subscribe(listener) {
      listeners.add(listener);
      listener(state);
      return () => void listeners.delete(listener);
    },
    start: (request, options = {}) => follow((signal) => start(request, options, signal)),
    attach: (runId) => follow((signal) => attach(runId, signal)),
    async cancel() {
      if (following === undefined) return;
      isCancelWanted = true;
      if (state.runId !== undefined) await client.cancelRun({ id: state.runId });
    },
    detach() {
      following?.abort();
      following = undefined;
    },
    reset() {
      store.detach();
      set(IDLE);
    },
  };
  return store;
}

/** Sends again what did not arrive, or was refused for now. A request that costs money has a key, so that it never pays twice. */
async function withRetries<Result>(send: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      const isTemporary = error instanceof ApiError && (error.status === 0 || error.mayRetry);
      if (!isTemporary || attempt === ATTEMPTS || signal.aborted) throw error;
      await pause(error.retryAfterMs ?? FIRST_PAUSE_MS * 2 ** attempt, signal);
    }
  }
}

/** @returns `undefined`: it was deleted */
async function getIfThere(
  client: ImageRunClient,
  id: string,
  signal: AbortSignal,
): Promise<ApiImageDetails | undefined> {
  try {
    return await withRetries(() => client.getImage({ id }, { signal }), signal);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

function toFailed(state: ImageRunState, thrown: unknown, isCancelWanted: boolean): ImageRunState {
  const error = toFailure(thrown);
  const runId = state.runId ?? (thrown instanceof ApiError ? thrown.call : undefined);
  const status =
    isCancelWanted && error.code === 'aborted' ? 'cancelled' : error.charged === 'unknown' ? 'unknown' : 'failed';
  return { ...state, ...(runId !== undefined && { runId }), status, error };
}
