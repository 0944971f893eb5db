/** The steps `budget`, `generate` and `store` for one candidate: reserves money, records the call, generates, stores the images and records the cost. */
import { withErrorDetails } from '../../providers/protocol/errors.ts';
import {
  AiImageError,
  type CallContext,
  type EditRequest,
  type ImageGeneration,
  type ImageRequest,
  isAiImageError,
  type JobHandle,
} from '../../providers/protocol/index.ts';
import { withoutUndefined } from '../../providers/protocol/input/without-undefined.ts';
import { inUseError } from '../../providers/protocol/shared/call-ids.ts';
import { withPlan } from '../../providers/protocol/shared/planned-calls.ts';
import type { JobRecords, ManagerStore, StoredGeneration } from '../../store/interfaces.ts';
import type { ActiveCall, Reservation } from '../accounting/accounts.ts';
import { concludeCall, concludeFailure } from '../accounting/conclude-call.ts';
import { recordJob } from '../accounting/record-jobs.ts';
import type { Submits } from '../calls/submits.ts';
import type { ManagerContext } from '../interfaces/generation.ts';
import type { Candidate } from '../interfaces/plan.ts';
import type { ManagerRequest } from '../interfaces/request.ts';
import type { CallsInProgress } from '../jobs/calls-in-progress.ts';
import type { CircuitBreaker } from '../limits/circuit-breaker.ts';
import type { ConcurrencyLimiter } from '../limits/concurrency-limiter.ts';
import { ignoreErrors, type StepFacts, type Tracer } from '../tracing.ts';
import { toArtifactContext } from './artifact-context.ts';
import { type Budget, reserve } from './budget.ts';
import type { Providers } from './choose-targets.ts';
import type { PromptSources } from './compose.ts';
import { generateStreamed, sendsPartialImages } from './generate-streamed.ts';
import { toProviderRequest } from './provider-request.ts';
import { quarantineFailures, quarantineNotes, withQuarantine } from './quarantine.ts';

export interface CandidateContext {
  readonly limiter: ConcurrencyLimiter;
  readonly tracer: Tracer;
  readonly providers: Providers;
  readonly sources: PromptSources;
  readonly breaker: CircuitBreaker;
  readonly budget: Budget;
  readonly records: JobRecords;
  readonly store: ManagerStore | undefined;
  /** Ids of the calls that managers with these records make in this process. */
  readonly activeCalls: Set<string>;
  readonly unrecordedJobs: CallsInProgress['unrecordedJobs'];
  readonly submits: Submits;
  /** Called when an image has arrived: from then on an abort must not lose it. */
  readonly onImage: () => void;
}

export interface CandidateResult {
  readonly generation: StoredGeneration;
  /** Problems after the image arrived. */
  readonly notes: readonly string[];
}

/**
 * @throws AiImageError before any call: `storage_failed` (the store cannot be used), `budget_exceeded`, `circuit_open`; else the
 *   provider's error
 */
export async function executeCandidate(
  candidate: Candidate,
  request: ManagerRequest,
  context: ManagerContext,
  candidateContext: CandidateContext,
): Promise<CandidateResult> {
  const { provider, model } = candidate;
  const { breaker, budget, store, records, activeCalls, unrecordedJobs, submits } = candidateContext;
  const tracer = candidateContext.tracer.of(candidate);
  const reserved = await tracer.step(
    'budget',
    () => checkAndReserve(candidate, request, candidateContext),
    ({ estimateMicros }) => ({ estimateMicros }),
  );
  await admit(candidate, reserved, candidateContext);
  const id = submits.nextId();
  // Another manager of this process is making this call, or another request has its id.
  if (activeCalls.has(id)) await refuse(reserved, inUseError(submits.call));
  activeCalls.add(id);
  const parts: ActiveCall['parts'] = [];
  let releasing: Promise<void> | undefined;
  try {
    await record(id, candidate, reserved, candidateContext);
    // Beside the request: nothing may come between the record and the request. What stays reserved counts as spent.
    if (submits.request !== undefined) releasing = budget.ledger.releaseLost?.(submits.call).catch(() => undefined);
    const call: ActiveCall = { id, provider, model, reserved, nextId: submits.nextId, parts, activeCalls };
    const accounts = { records, ledger: budget.ledger, now: budget.now };
    // Without a call id of the caller, nothing would look them up; the error has the job.
    const keepUnrecorded = () => {
      if (submits.request === undefined) return;
      for (const part of parts) unrecordedJobs.set(part.id, part.job);
    };
    const onJob = async (handle: JobHandle) => {
      await recordJob(handle, handle.request.n, call, records).catch((error: unknown) => {
        keepUnrecorded();
        throw error;
      });
      await context.onJob?.(handle);
    };
    const { idempotencyKey = id } = context;
    const generation = await tracer
      .step(
        'generate',
        () => generate(candidate, request, { ...context, idempotencyKey, onJob }, candidateContext),
        factsOf,
      )
      .catch(async (thrown: unknown) => {
        const error = withJob(toAiImageError(thrown, candidate), call);
        breaker.report(provider, error.code);
        const quarantined = await withQuarantine(error, store);
        // A failed write leaves the reservation and the record as they are: the call counts as spent and stays listed.
        await concludeFailure(error, call, accounts).catch(keepUnrecorded);
        throw quarantined;
      });
    candidateContext.onImage();
    breaker.report(provider);
    const { saved, notes, isStored } = await tracer.step('store', () =>
      storeImages(generation, candidate, request, candidateContext),
    );
    const unwritten = await concludeCall(generation, call, accounts, { saved, isStored });
    return { generation: { ...generation, saved }, notes: [...notes, ...unwritten] };
  } finally {
    await releasing;
    for (const each of [id, ...parts.map((part) => part.id)]) activeCalls.delete(each);
  }
}

/** Checks the store and reserves the cost. A store or ledger of the host may throw any error. */
async function checkAndReserve(
  candidate: Candidate,
  request: ManagerRequest,
  { store, budget, submits: { call, request: hash } }: CandidateContext,
): Promise<Reservation> {
  try {
    await store?.preflight();
    return await reserve(budget, candidate, request, hash === undefined ? undefined : call);
  } catch (error) {
    if (isAiImageError(error)) throw error;
    const { provider, model } = candidate;
    const hint =
      'Nothing was sent. See error.cause, then check the store and the ledger that were passed to the manager.';
    throw new AiImageError('storage_failed', 'the store or the ledger failed', {
      provider,
      model,
      charged: 'no',
      hint,
      cause: error,
    });
  }
}

/** Asks the circuit breaker. */
async function admit(
  { provider, model }: Candidate,
  reserved: Reservation,
  { breaker }: CandidateContext,
): Promise<void> {
  if (breaker.admit(provider)) return;
  const leftMs = breaker.pauseLeftMs(provider);
  const wait =
    leftMs > 0
      ? `Try again in ${Math.ceil(leftMs / 1000)} s`
      : 'Try again when the test call that is running has ended';
  const hint = `${wait}, or name another provider in fallback.`;
  const message = `${provider} is paused after repeated failures`;
  const retryAfterMs = leftMs > 0 ? leftMs : undefined;
  await refuse(
    reserved,
    new AiImageError('circuit_open', message, { provider, model, charged: 'no', hint, retryAfterMs }),
  );
}

/** Records the call: the last step before the vendor is called. Of several processes with the same call id, one gets further. */
async function record(
  id: string,
  { provider, model }: Candidate,
  reserved: Reservation,
  { records, submits: { call, request } }: CandidateContext,
): Promise<void> {
  try {
    const start = { id, provider, model, reservation: reserved.id, ...(request !== undefined && { request }) };
    // A store of the host that returns nothing knows no repeated ids.
    if ((await records.begin(start)) !== false) return;
  } catch (cause) {
    const hint = 'Nothing was sent. Check that the store is writable and has free space.';
    const details = { provider, model, charged: 'no', hint, cause } as const;
    await refuse(reserved, new AiImageError('storage_failed', 'the call could not be recorded in the store', details));
  }
  await refuse(reserved, inUseError(call));
}

async function refuse(reserved: Reservation, error: AiImageError): Promise<never> {
  // If it cannot be released either, it counts as spent.
  await reserved.release().catch(() => undefined);
  throw error;
}

async function storeImages(
  generation: ImageGeneration,
  { provider }: Candidate,
  request: ManagerRequest,
  { store, submits }: CandidateContext,
): Promise<Pick<StoredGeneration, 'saved'> & { readonly notes: readonly string[]; readonly isStored: boolean }> {
  if (store === undefined) return { saved: [], notes: [], isStored: true };
  const places = await quarantineFailures(generation, store);
  try {
    const saved = await store.save(
      generation,
      await toArtifactContext(request, provider, generation.applied, submits.call),
    );
    return { saved, notes: quarantineNotes(places), isStored: true };
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown reason';
    const notes = [`the images could not be stored: ${reason}`, ...quarantineNotes(places)];
    return { saved: [], notes, isStored: false };
  }
}

/** Waits for a free slot, then executes the candidate's plan. */
async function generate(
  { provider: name, model, composed, plan }: Candidate,
  request: ManagerRequest,
  { onEvent, wantsPartialImages = false, ...context }: ManagerContext,
  { providers, sources, limiter }: CandidateContext,
): Promise<ImageGeneration> {
  const provider = providers[name]!; // it was planned
  const providerRequest = toProviderRequest(request, composed, model, sources);
  const baseContext: CallContext = {
    ...context,
    ...(request.output === 'url' && { links: true }),
    onEvent(event) {
      if (event.type !== 'done') ignoreErrors(() => onEvent?.(event));
    },
  };
  const startedAt = performance.now();
  const release = await limiter.acquire(name, context);
  try {
    const { deadlineMs } = context;
    const leftMs =
      deadlineMs === undefined ? undefined : Math.max(Math.round(deadlineMs - (performance.now() - startedAt)), 1);
    const callContext = withPlan({ ...baseContext, ...(leftMs !== undefined && { deadlineMs: leftMs }) }, plan);
    if (wantsPartialImages && (await sendsPartialImages(provider, model))) {
      const streamed = await generateStreamed(provider, providerRequest, callContext);
      if (streamed !== undefined) return streamed;
    }
    return isEdit(providerRequest)
      ? await provider.edit(providerRequest, callContext)
      : await provider.generate(providerRequest, callContext);
  } finally {
    release();
  }
}

const isEdit = (request: ImageRequest | EditRequest): request is EditRequest => request.inputImages !== undefined;

function factsOf(generation: ImageGeneration): StepFacts {
  const { provider, model, images, failures, cost, applied, usage, requestId, job } = generation;
  const { n, seed } = applied;
  const facts = { n, seed, requestId, job: job?.id, usd: cost.usd, ...usage };
  return {
    provider,
    model,
    images: images.length,
    failures: failures.length,
    ...(withoutUndefined(facts) as StepFacts),
  };
}

/** Adds the reported job to an error that does not name it. */
function withJob(error: AiImageError, { parts }: ActiveCall): AiImageError {
  const job = parts[0]?.job;
  return error.job || job === undefined ? error : withErrorDetails(error, { job });
}

function toAiImageError(error: unknown, { provider, model }: Candidate): AiImageError {
  if (isAiImageError(error)) return error;
  const hint =
    'This is a bug in the provider. See error.cause, and check the provider with describeProvider from @org/ai-image/testing.';
  const message = `${provider}: the provider threw an error that is not an AiImageError`;
  return new AiImageError('internal', message, { provider, model, hint, cause: error });
}
