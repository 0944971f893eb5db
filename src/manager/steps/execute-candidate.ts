/** Steps 6, 7 and 9 for one candidate: money is promised, the call goes on record, the picture is drawn, kept and paid for. */

import { withErrorDetails } from '../../providers/protocol/errors.ts';
import {
  AiImageError,
  type AiImageErrorCode,
  type CallContext,
  type EditRequest,
  type ImageGeneration,
  type ImageRequest,
  isAiImageError,
  type JobHandle,
} from '../../providers/protocol/index.ts';
import type { JobRecords, ManagerStore, StoredGeneration } from '../../store/interfaces.ts';
import type { CircuitBreaker } from '../limits/circuit-breaker.ts';
import type { ConcurrencyLimiter } from '../limits/concurrency-limiter.ts';
import { quietly, type Tracer } from '../tracing.ts';
import type { Candidate, ManagerContext, ManagerRequest } from '../types.ts';
import { toArtifactContext } from './artifact-context.ts';
import { type Budget, type Reservation, reserve } from './budget.ts';
import type { PromptSources } from './compose.ts';
import { concludeCall, concludeFailure, type OwnCall, randomKey, recordJob } from './conclude.ts';
import { type Providers, toVendor } from './plan.ts';
import { notesOnQuarantine, quarantineFailures, withQuarantine } from './quarantine.ts';

export interface CandidateContext {
  readonly admission: ConcurrencyLimiter;
  readonly tracer: Tracer;
  readonly providers: Providers;
  readonly words: PromptSources;
  readonly breaker: CircuitBreaker;
  readonly budget: Budget;
  readonly records: JobRecords;
  readonly store: ManagerStore | undefined;
  /** Calls that this manager has under way. */
  readonly underWay: Set<string>;
  /** Told when an image has come: from then on an abort must not lose it. */
  readonly onCome: () => void;
}

export interface CandidateResult {
  readonly generation: StoredGeneration;
  /** What went wrong afterwards, in words for a person. */
  readonly notes: readonly string[];
}

/** @throws AiImageError `not_configured` (nothing can be kept), `budget_exceeded`, `circuit_open`: before any call; else the provider's */
export async function executeCandidate(
  candidate: Candidate,
  request: ManagerRequest,
  context: ManagerContext,
  running: CandidateContext,
): Promise<CandidateResult> {
  const { provider, model } = candidate;
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
  const parts: OwnCall['parts'] = [];
  try {
    await begin(id, candidate, promised, running);
    const call: OwnCall = { id, provider, model, promised, parts, underWay };
    const books = { records, ledger: budget.ledger, now: budget.now };
    const onJob = async (handle: JobHandle) => {
      await recordJob(handle, handle.request.n, call, records);
      await context.onJob?.(handle);
    };
    const { idempotencyKey = id } = context;
    const generation = await tracer
      .step('generate', () => draw(candidate, request, { ...context, idempotencyKey, onJob }, running), factsOf)
      .catch(async (thrown: unknown) => {
        const error = withJob(asError(thrown, candidate), call);
        breaker.report(provider, error.code);
        const told = await withQuarantine(error, store);
        // What cannot be written down leaves the promise and the record as they are: the call counts as spent and is listed.
        await concludeFailure(error, call, books).catch(() => undefined);
        throw told;
      });
    running.onCome();
    breaker.report(provider);
    const { kept, notes, isKept } = await tracer.step('keep', () => keep(generation, candidate, request, running));
    const unwritten = await concludeCall(generation, call, books, isKept);
    return { generation: { ...generation, kept }, notes: [...notes, ...unwritten] };
  } finally {
    for (const each of [id, ...parts.map((part) => part.id)]) underWay.delete(each);
  }
}

/** The last thing before the vendor is asked. */
async function begin(
  id: string,
  { provider, model }: Candidate,
  promised: Reservation,
  { breaker, records }: CandidateContext,
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

async function keep(
  generation: ImageGeneration,
  { provider }: Candidate,
  request: ManagerRequest,
  { store }: CandidateContext,
): Promise<Pick<StoredGeneration, 'kept'> & { readonly notes: readonly string[]; readonly isKept: boolean }> {
  if (store === undefined) return { kept: [], notes: [], isKept: true };
  const places = await quarantineFailures(generation, store);
  try {
    const kept = await store.save(generation, await toArtifactContext(request, provider, generation.applied));
    return { kept, notes: notesOnQuarantine(places), isKept: true };
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown reason';
    return { kept: [], notes: [`the pictures could not be kept: ${why}`, ...notesOnQuarantine(places)], isKept: false };
  }
}

async function draw(
  { provider: name, model, composed }: Candidate,
  request: ManagerRequest,
  { onEvent, ...context }: ManagerContext,
  { providers, words, admission }: CandidateContext,
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
    const leftMs =
      deadlineMs === undefined ? undefined : Math.max(Math.round(deadlineMs - (performance.now() - startedAt)), 1);
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

/** A provider that reported a job and does not name it in its error. */
function withJob(error: AiImageError, { parts }: OwnCall): AiImageError {
  const job = parts[0]?.job;
  return error.job || job === undefined ? error : withErrorDetails(error, { job });
}

function asError(error: unknown, { provider, model }: Candidate): AiImageError {
  if (isAiImageError(error)) return error;
  return new AiImageError('internal', `${provider}: the provider failed`, { provider, model, cause: error });
}
