/** Makes a call through a queue: a worker generates the images, and this process waits for them. */

import { AiImageError, type ManagedGeneration, type ManagerRequest } from '../../../../index.ts';
import { ERROR_CODES } from '../../../../providers/protocol/errors.ts';
import { isReusedId } from '../../../../providers/protocol/shared/call-ids.ts';
import type { Queue, QueuedWork } from '../../../../queue/index.ts';
import type { Store } from '../../../../store/index.ts';
import type { WaitForMs } from '../interruptions.ts';
import { type CallParams, interruptedError, keyReusedFault } from './perform-call.ts';

export interface QueuedCallContext {
  readonly queue: Queue;
  readonly store: Store;
  readonly pause: WaitForMs;
  /** Called when the work is added, and when a worker takes it. */
  readonly onState: (state: 'waiting' | 'running') => void;
}

const FIRST_WAIT_MS = 50;
const LAST_WAIT_MS = 1_000;

/** @throws AiImageError; HttpFault 422 `idempotency_key_reused` */
export async function performQueuedCall(
  { id, request, deadlineMs, signal }: Omit<CallParams, 'onEvent' | 'onElsewhere' | 'wantsPartialImages'>,
  { queue, store, pause, onState }: QueuedCallContext,
): Promise<ManagedGeneration> {
  const isKnown = (await enqueue(queue, id, request, deadlineMs)) === 'known';
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 1.5, LAST_WAIT_MS)) {
    const work = await queue.find(id);
    if (work === undefined) throw missingWorkError(id);
    switch (work.state) {
      case 'waiting':
        onState('waiting');
        break;
      case 'active':
        onState('running');
        break;
      case 'done':
        return loadDone(work, request, store, isKnown && waitMs === FIRST_WAIT_MS);
      case 'dead':
      case 'unknown':
      case 'cancelled':
        throw toWorkFailure(work);
      default:
        work.state satisfies never;
    }
    await pause(waitMs, signal).catch(() => {
      throw interruptedError(id);
    });
  }
}

/** Adds the work once. Work that ended without a charge is tried again. */
async function enqueue(
  queue: Queue,
  id: string,
  request: ManagerRequest,
  deadlineMs: number | undefined,
): Promise<'added' | 'known'> {
  const { session, ...fields } = request;
  const queued = { ...fields, ...(session && { session: session.id }) };
  try {
    const { outcome } = await queue.enqueue(queued, { id, ...(deadlineMs !== undefined && { deadlineMs }) });
    if (outcome === 'added') return outcome;
  } catch (error) {
    throw isReusedId(error) ? keyReusedFault() : error;
  }
  const work = await queue.find(id);
  if (work !== undefined && mayRunAgain(work)) await queue.retry(id);
  return 'known';
}

/** The call certainly cost nothing. The worker itself refuses to repeat an attempt that may have been charged. */
export const mayRunAgain = ({ state, error }: QueuedWork): boolean =>
  state === 'cancelled' || (state === 'dead' && error?.charged === 'no');

/** @param isCached the call was done before this request */
async function loadDone(
  { id, result }: QueuedWork,
  { prompt = '' }: ManagerRequest,
  store: Store,
  isCached: boolean,
): Promise<ManagedGeneration> {
  const loaded = await store.loadCall(id, result?.artifacts ?? []);
  if (loaded === undefined) {
    throw new AiImageError('no_image', `the call ${id} is done, and its images were deleted since`, { charged: 'yes' });
  }
  const { generation } = loaded;
  return {
    ...generation,
    ...(isCached && { cost: { usd: 0, basis: 'reported' } }),
    composed: { own: prompt, prompt: generation.images[0].promptUsed, parts: [], notes: [] },
    attempts: [],
    reasons: ['a worker of the queue generated it'],
    notes: [...loaded.notes, ...(result?.notes ?? [])],
    isCached,
  };
}

function toWorkFailure({ id, state, error }: QueuedWork): AiImageError {
  if (state === 'cancelled') {
    const message = `the call ${id} was cancelled`;
    return new AiImageError('aborted', message, { charged: error?.charged ?? 'unknown', hint: error?.hint });
  }
  const code = ERROR_CODES.find((each) => each === error?.code) ?? 'outcome_unknown';
  const charged = error?.charged ?? (state === 'unknown' ? 'unknown' : undefined);
  return new AiImageError(code, error?.message ?? `the call ${id} failed`, { charged, hint: error?.hint });
}

const missingWorkError = (id: string): AiImageError =>
  new AiImageError('outcome_unknown', `the work ${id} is no longer in the queue`, { charged: 'unknown' });
