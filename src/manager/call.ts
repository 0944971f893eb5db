/** Steps 6, 7 and 9 for one candidate: money is promised, the call goes on record, the picture is drawn, kept and paid for. */

import { withErrorDetails } from '../providers/protocol/errors.ts';
import {
  AiImageError,
  type AiImageErrorCode,
  type CallContext,
  type EditRequest,
  type ImageGeneration,
  type ImageRequest,
  isAiImageError,
  type JobHandle,
} from '../providers/protocol/index.ts';
import type { JobRecords, KeptGeneration, ManagerStore } from '../store/ports.ts';
import type { Admission } from './admission.ts';
import type { Breaker } from './breaker.ts';
import { type Budget, type Reservation, reserve } from './budget.ts';
import { circumstancesOf } from './circumstances.ts';
import type { Words } from './compose.ts';
import { type Providers, toVendor } from './plan.ts';
import { quietly, type Tracer } from './steps.ts';
import type { Candidate, ManagerContext, ManagerRequest } from './types.ts';

export interface Running {
  readonly admission: Admission;
  readonly tracer: Tracer;
  readonly providers: Providers;
  readonly words: Words;
  readonly breaker: Breaker;
  readonly budget: Budget;
  readonly records: JobRecords;
  readonly store: ManagerStore | undefined;
  /** Calls that this manager has under way. */
  readonly underWay: Set<string>;
}

export interface Called {
  readonly generation: KeptGeneration;
  /** What went wrong afterwards, in words for a person. */
  readonly notes: readonly string[];
}

/** @throws AiImageError `not_configured` (nothing can be kept), `budget_exceeded`, `circuit_open`: before any call; else the provider's */
export async function callOne(
  candidate: Candidate,
  request: ManagerRequest,
  context: ManagerContext,
  running: Running,
): Promise<Called> {
  const { provider } = candidate;
  const { breaker, budget, tracer, store, records, underWay } = running;
  const promised = await tracer.step(
    'budget',
    async () => {
      await store?.preflight();
      return reserve(budget, candidate, request);
    },
    ({ estimateMicros }) => ({ estimateMicros }),
  );
  const id = randomKey();
  underWay.add(id);
  try {
    await begin(id, candidate, promised, running);
    let isJob = false;
    const onJob = async (handle: JobHandle) => {
      isJob = true;
      await records.submitted(id, handle);
      await context.onJob?.(handle);
    };
    const { idempotencyKey = id } = context;
    const generation = await tracer
      .step('generate', () => draw(candidate, request, { ...context, idempotencyKey, onJob }, running), factsOf)
      .catch(async (error: unknown) => {
        throw await fail(asError(error, candidate), { id, isJob, provider, promised }, running);
      });
    breaker.report(provider);
    const { kept, notes, isKept } = await tracer.step('keep', () => keep(generation, candidate, request, running));
    // It is drawn and paid for: what cannot be written down now must not lose it. A job that was not kept can be fetched again.
    const failed = await failuresOf([
      ['the cost could not be written down', promised.settle(generation.cost.usd)],
      ['the call could not be marked as done', isKept ? records.end(id, 'done') : undefined],
    ]);
    return { generation: { ...generation, kept }, notes: [...notes, ...failed] };
  } finally {
    underWay.delete(id);
  }
}

/** The last thing before the vendor is asked. */
async function begin(
  id: string,
  { provider, model }: Candidate,
  promised: Reservation,
  { breaker, records }: Running,
): Promise<void> {
  const giveUp = async (code: AiImageErrorCode, message: string, hint: string, cause?: unknown) => {
    await promised.release();
    throw new AiImageError(code, message, { provider, model, charged: 'no', hint, cause });
  };
  if (!breaker.admit(provider)) {
    const hint = 'Wait a while, or name another provider in fallback.';
    await giveUp('circuit_open', `${provider} failed too often and is left alone for a while`, hint);
  }
  try {
    await records.begin({ id, provider, model, reservation: promised.id });
  } catch (cause) {
    const hint = 'Nothing was sent. Make room, or see to the rights of its place.';
    await giveUp('not_configured', 'the call could not be put on record', hint, cause);
  }
}

interface Begun {
  readonly id: string;
  readonly isJob: boolean;
  readonly provider: string;
  readonly promised: Reservation;
}

/** After these nobody knows how it ended. */
const OPEN: readonly AiImageErrorCode[] = ['timeout', 'aborted', 'outcome_unknown', 'internal'];

/** @returns the error as the caller gets it */
async function fail(
  error: AiImageError,
  { id, isJob, provider, promised }: Begun,
  { breaker, records, store }: Running,
): Promise<AiImageError> {
  breaker.report(provider, error.code);
  const places = await quarantine(error.quarantine, error.message, store);
  const isOpen = error.charged !== 'no' && OPEN.includes(error.code);
  // What can still be fetched stays on record as under way.
  const end = !isOpen ? 'failed' : isJob ? undefined : 'unknown';
  await failuresOf([
    // Doubt counts as spent: better a picture too few than money twice.
    ['', error.charged === 'no' ? promised.release() : promised.settle(undefined)],
    ['', end && records.end(id, end)],
  ]);
  if (places.length === 0) return error;
  return withErrorDetails(error, { hint: `What came was paid for and is in ${places.join(', ')}.` });
}

/** @returns where the bytes are */
async function quarantine(
  all: readonly Uint8Array[],
  why: string,
  store: ManagerStore | undefined,
): Promise<readonly string[]> {
  if (store === undefined) return [];
  const settled = await Promise.allSettled(all.map((bytes) => store.quarantine(bytes, why)));
  return settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
}

async function keep(
  generation: ImageGeneration,
  { provider }: Candidate,
  request: ManagerRequest,
  { store }: Running,
): Promise<Pick<KeptGeneration, 'kept'> & { readonly notes: readonly string[]; readonly isKept: boolean }> {
  if (store === undefined) return { kept: [], notes: [], isKept: true };
  for (const { error } of generation.failures) await quarantine(error.quarantine, error.message, store);
  try {
    const kept = await store.save(generation, await circumstancesOf(request, provider, generation.applied));
    return { kept, notes: [], isKept: true };
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown reason';
    return { kept: [], notes: [`the pictures could not be kept: ${why}`], isKept: false };
  }
}

async function draw(
  { provider: name, model, composed }: Candidate,
  request: ManagerRequest,
  { onEvent, ...context }: ManagerContext,
  { providers, words, admission }: Running,
): Promise<ImageGeneration> {
  const provider = providers[name]!; // it was planned
  const wanted = toVendor(request, composed, model, words);
  const inner: CallContext = {
    ...context,
    ...(request.output === 'url' && { links: true }),
    onEvent(event) {
      if (event.type !== 'done') quietly(() => onEvent?.(event));
    },
  };
  const startedAt = performance.now();
  const leave = await admission.enter(name, context);
  try {
    const { deadlineMs } = context;
    const leftMs = deadlineMs === undefined ? undefined : Math.max(deadlineMs - (performance.now() - startedAt), 1);
    const own = { ...inner, ...(leftMs !== undefined && { deadlineMs: leftMs }) };
    return isEdit(wanted) ? await provider.edit(wanted, own) : await provider.generate(wanted, own);
  } finally {
    leave();
  }
}

const isEdit = (request: ImageRequest | EditRequest): request is EditRequest => request.inputImages !== undefined;

const factsOf = ({ provider, model, images, failures, cost }: ImageGeneration) => ({
  provider,
  model,
  images: images.length,
  failures: failures.length,
  ...(cost.usd !== undefined && { usd: cost.usd }),
});

/** Waits for all; none of them stops another. */
async function failuresOf(
  works: readonly (readonly [failure: string, work: Promise<void> | undefined])[],
): Promise<readonly string[]> {
  const settled = await Promise.allSettled(works.map(([, work]) => work));
  return works.flatMap(([failure], at) => (settled[at]?.status === 'rejected' ? [failure] : []));
}

/** 128 random bits in hex. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function asError(error: unknown, { provider, model }: Candidate): AiImageError {
  if (isAiImageError(error)) return error;
  return new AiImageError('internal', `${provider}: the provider failed`, { provider, model, cause: error });
}
