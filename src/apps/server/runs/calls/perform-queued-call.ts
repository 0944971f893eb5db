/** Makes a call through a queue: a worker generates the images, and this process waits for them. */

import { AiImageError, type ImageManager, type ManagedGeneration, type ManagerRequest } from '../../../../index.ts';
import { ERROR_CODES } from '../../../../providers/protocol/errors.ts';
import { isReusedId } from '../../../../providers/protocol/shared/call-ids.ts';
import type { Queue, QueuedWork } from '../../../../queue/index.ts';
import type { Store } from '../../../../store/index.ts';
import type { WaitForMs } from '../interruptions.ts';
import { findDelay } from './find-delay.ts';
import { type CallParams, imagesGoneFault, interruptedError, keyReusedFault } from './perform-call.ts';

export interface QueuedCallContext {
  readonly queue: Queue;
  readonly store: Store;
  readonly manager: Pick<ImageManager, 'findCall'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly pause: WaitForMs;
  /** Called when the work is added, and when a worker takes it. */
  readonly onState: (state: 'waiting' | 'running') => void;
}

const FIRST_WAIT_MS = 50;
const LAST_WAIT_MS = 1_000;
/** A worker that is slow, or the next one, writes the end of the work within this time after the lease. */
const AFTER_LEASE_MS = 3_000;

/** @throws AiImageError; HttpFault 422 `idempotency_key_reused` */
export async function performQueuedCall(
  { id, request, deadlineMs, signal }: Omit<CallParams, 'onEvent' | 'onElsewhere' | 'partialImages'>,
  context: QueuedCallContext,
): Promise<ManagedGeneration> {
  const { queue, store, now, pause, onState } = context;
  const startedAtMs = now();
  const isKnown = (await enqueue(queue, id, request, deadlineMs)) === 'known';
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 1.5, LAST_WAIT_MS)) {
    const work = await queue.find(id);
    if (work === undefined) throw missingWorkError(id);
    switch (work.state) {
      case 'waiting':
        await giveUpIfLate(work, startedAtMs, context);
        onState('waiting');
        break;
      case 'active': {
        const ended = await findLostEnd(work, context);
        if (ended !== undefined) return loadDone({ id, result: ended }, request, store, false);
        onState('running');
        break;
      }
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

/**
 * A client cannot wait for hours, and images must not be generated when it has left. The same key adds the work again.
 * @throws AiImageError why the work does not run in time: it is cancelled, and certainly cost nothing
 */
async function giveUpIfLate(work: QueuedWork, startedAtMs: number, context: QueuedCallContext): Promise<void> {
  const { queue, manager, now } = context;
  const delay = findDelay({ work, pauses: await queue.pauses(), startedAtMs, nowMs: now() });
  if (delay === undefined) return;
  const call = await manager.findCall(work.id);
  // What may have been charged is left to the workers: they fetch its images.
  if (call !== undefined && call.charged !== 'no') return;
  if ((await queue.cancel(work.id)) === 'removed') throw delay;
}

/**
 * Work of a worker that was killed stays active until the next worker takes it, and there may be none.
 * @returns the images, if the call is done all the same; `undefined`: a worker has it, or the next one may still get its images
 * @throws AiImageError `outcome_unknown`: its request was sent, and its reply is lost
 */
async function findLostEnd(
  { id, leaseUntil }: QueuedWork,
  { manager, now }: QueuedCallContext,
): Promise<QueuedWork['result']> {
  if (leaseUntil === undefined || now() < leaseUntil.getTime() + AFTER_LEASE_MS) return undefined;
  const call = await manager.findCall(id);
  if (call?.state === 'done') return { artifacts: call.artifacts };
  const isLost = call?.state === 'unknown' || (call?.state === 'submitting' && !call.isHeld);
  if (isLost) throw new AiImageError('outcome_unknown', `the worker of the call ${id} ended before its reply came`);
  return undefined;
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
  { id, result }: Pick<QueuedWork, 'id' | 'result'>,
  { prompt = '' }: ManagerRequest,
  store: Store,
  isCached: boolean,
): Promise<ManagedGeneration> {
  const loaded = await store.loadCall(id, result?.artifacts ?? []);
  if (loaded === undefined) {
    if (isCached) throw imagesGoneFault();
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

function toWorkFailure(work: QueuedWork): AiImageError {
  const { id, state, error } = work;
  if (state !== 'cancelled') return toFailure(work);
  const message = `the call ${id} was cancelled`;
  return new AiImageError('aborted', message, { charged: error?.charged ?? 'unknown', hint: error?.hint });
}

function toFailure({ id, state, error }: QueuedWork): AiImageError {
  const code = ERROR_CODES.find((each) => each === error?.code) ?? 'outcome_unknown';
  const charged = error?.charged ?? (state === 'unknown' ? 'unknown' : undefined);
  const { message = `the call ${id} failed`, hint, field } = error ?? {};
  return new AiImageError(code, message, { charged, hint, field });
}

const missingWorkError = (id: string): AiImageError =>
  new AiImageError('outcome_unknown', `the work ${id} is no longer in the queue`, { charged: 'unknown' });
