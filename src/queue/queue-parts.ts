/** What the worker needs of a queue besides its public methods. Not exported from the package. */
import type { ManagerRequest } from '../manager/index.ts';
import { AiImageError } from '../providers/protocol/errors.ts';
import type { Store } from '../store/index.ts';
import { readPayload } from './payload.ts';
import type { Queue } from './queue.ts';
import type { Claim, QueueEngine } from './queue-engine.ts';
import { readStoredInput } from './stored-inputs.ts';

export interface QueueParts {
  readonly store: Store;
  /** Loads the engine on first use. */
  readonly engine: () => Promise<QueueEngine>;
}

/** A request as the manager takes it. */
export interface ClaimedRequest {
  readonly request: Omit<ManagerRequest, 'session'>;
  /** The name of its session. */
  readonly session?: string;
  /** Time limit of the call, in milliseconds. */
  readonly deadlineMs?: number;
}

const partsByQueue = new WeakMap<Queue, QueueParts>();

export function rememberQueue(queue: Queue, parts: QueueParts): void {
  partsByQueue.set(queue, parts);
}

/** @throws AiImageError `not_configured`: `createQueue` did not return this queue */
function partsOf(queue: Queue): QueueParts {
  const parts = partsByQueue.get(queue);
  if (parts) return parts;
  throw new AiImageError('not_configured', 'the queue must be the object that createQueue of this package returned', {
    charged: 'no',
    hint: 'Pass the queue itself, not a copy of it or another implementation.',
  });
}

/** @throws AiImageError `not_configured`: `createQueue` did not return this queue */
export const storeOf = (queue: Queue): Store => partsOf(queue).store;

/** Returns the engine of a queue, which loads on first use. @throws AiImageError `not_configured`: `createQueue` did not return this queue */
export function engineOf(queue: Queue): QueueEngine {
  const { engine } = partsOf(queue);
  return {
    add: async (work) => (await engine()).add(work),
    claim: async (params) => (await engine()).claim(params),
    extend: async (claim, leaseMs) => (await engine()).extend(claim, leaseMs),
    complete: async (claim, result) => (await engine()).complete(claim, result),
    fail: async (claim, error, state) => (await engine()).fail(claim, error, state),
    release: async (claim, params) => (await engine()).release(claim, params),
    cancel: async (id) => (await engine()).cancel(id),
    retry: async (id) => (await engine()).retry(id),
    find: async (id) => (await engine()).find(id),
    list: async (query) => (await engine()).list(query),
    counts: async (versions) => (await engine()).counts(versions),
    pause: async (pause) => (await engine()).pause(pause),
    resume: async (pause) => (await engine()).resume(pause),
    pauses: async () => (await engine()).pauses(),
    prune: async (endedBeforeMs) => (await engine()).prune(endedBeforeMs),
    wait: async (maxMs, signal) => (await engine()).wait(maxMs, signal),
    close: () => queue.close(),
  };
}

/**
 * Reads the request of a claim, with its input images from the store.
 * @throws AiImageError `invalid_request`: an input image was deleted or changed since, or the version cannot be read; `storage_failed`: the
 *   store cannot be read at the moment. Nothing was charged in either case
 */
export async function readRequest(queue: Queue, claim: Claim): Promise<ClaimedRequest> {
  const { store } = partsOf(queue);
  const payload = readPayload(claim.payload, claim.version);
  if (payload === undefined) {
    throw new AiImageError('invalid_request', `work of version ${claim.version} cannot be read`, {
      charged: 'no',
      hint: 'Update the worker.',
    });
  }
  const { session, inputImages, mask, parents = [], ...request } = payload.request;
  const images = await Promise.all(
    (inputImages ?? []).map((input, index) => readStoredInput(store, input, `inputImages.${index}`)),
  );
  // The new images are made from the stored inputs, so `lineage` and a rerun find them.
  const inputs = [...(inputImages ?? []), mask ?? ''].flatMap((each) =>
    typeof each === 'string' ? [] : [each.artifact],
  );
  const allParents = [...new Set([...parents, ...inputs])];
  return {
    request: {
      ...request,
      ...(allParents.length > 0 && { parents: allParents }),
      ...(inputImages !== undefined && { inputImages: images }),
      ...(mask !== undefined && { mask: await readStoredInput(store, mask, 'mask') }),
    } as Omit<ManagerRequest, 'session'>, // checked when it was enqueued
    ...(session !== undefined && { session }),
    ...(payload.deadlineMs !== undefined && { deadlineMs: payload.deadlineMs }),
  };
}
