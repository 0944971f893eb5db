/** One `generate` call from the plan to the result: cache, shared calls, fallback, and the counters of the session. */
import { AiImageError, isAiImageError, type JobHandle, randomId } from '../../providers/protocol/index.ts';
import { planOf } from '../../providers/protocol/shared/planned-calls.ts';
import type { ResultCache } from '../../store/interfaces.ts';
import type { IdempotencyKeys } from '../cache/idempotency-keys.ts';
import { requestKey } from '../cache/request-key.ts';
import { createResultCache, isCacheable, isComplete, readCached, writeCached } from '../cache/result-cache.ts';
import type { SingleFlight, Start } from '../cache/single-flight.ts';
import type { ManagedGeneration, ManagerContext, ManagerEvent } from '../interfaces/generation.ts';
import type { Candidate, ManagerPlan } from '../interfaces/plan.ts';
import type { ManagerRequest, Session } from '../interfaces/request.ts';
import type { CandidateContext } from '../steps/execute-candidate.ts';
import { executeWithFallback, type FallbackResult } from '../steps/fallback.ts';
import { reserveSessionSlots, type SessionState } from '../steps/policy.ts';
import { toProviderRequest } from '../steps/provider-request.ts';
import { createTracer, factsOfPrompt, ignoreErrors, type OnStep, type Tracer } from '../tracing.ts';
import { checkRequest } from './check-request.ts';
import { findKnownCall, hashRequest, type KnownCall, type KnownCallContext } from './known-call.ts';
import type { PlanCall } from './plan-call.ts';
import { checkCallId, createSubmits, type Submits } from './submits.ts';

export interface GeneratorSettings {
  readonly planCall: PlanCall;
  readonly sharedCalls: SingleFlight<FallbackResult>;
  readonly idempotencyKeys: IdempotencyKeys;
  /** For named sessions. */
  readonly persistentCache: ResultCache | undefined;
  readonly candidateContext: Omit<CandidateContext, 'providers' | 'sources' | 'tracer' | 'onImage' | 'submits'>;
  readonly knownCalls: KnownCallContext;
  /** Returns the name of a session that other processes can have too. */
  readonly sessionName: (session: Session | undefined) => string | undefined;
  readonly onStep: OnStep | undefined;
}

/** @param projectPerDayUsd see `ManagerContext`, which does not have it here */
export type GenerateCall = (
  request: ManagerRequest,
  context: ManagerContext,
  projectPerDayUsd?: number,
) => Promise<ManagedGeneration>;

export function createGenerator(settings: GeneratorSettings): GenerateCall {
  const { planCall, sharedCalls, idempotencyKeys, persistentCache, knownCalls, sessionName, onStep } = settings;
  const sessionCaches = new WeakMap<SessionState, ResultCache>();

  /** Another process can only find a session by its name, so other sessions cache in memory. */
  function cacheOf(session: SessionState | undefined): ResultCache | undefined {
    if (session === undefined) return undefined;
    if (session.isNamed && persistentCache) return persistentCache;
    const known = sessionCaches.get(session) ?? createResultCache();
    sessionCaches.set(session, known);
    return known;
  }

  async function generateInSteps(
    given: ManagerRequest,
    givenContext: ManagerContext,
    submits: Submits,
    { tracer, projectPerDayUsd }: { readonly tracer: Tracer; readonly projectPerDayUsd: number | undefined },
  ): Promise<ManagedGeneration> {
    const onEvent = (event: ManagerEvent) => void ignoreErrors(() => givenContext.onEvent?.(event));
    const context = { ...givenContext, onEvent };
    const call = await planCall(given, tracer, planOf(givenContext));
    const { plan, request, profile, sources, providers, session } = call;
    onEvent({ type: 'planned', plan });
    const [first] = plan.candidates;
    if (first === undefined) throw noCandidateError(plan);
    const cache = cacheOf(session);
    const { key, cached } = await tracer.of(first).step(
      'cache',
      async () => {
        const { provider, model, composed } = first;
        const tenant = session?.id ?? '';
        const links = request.output === 'url';
        const providerRequest = toProviderRequest(request, composed, model, sources);
        const newKey = await requestKey(providerRequest, { provider, model, tenant, links });
        idempotencyKeys.check(context.idempotencyKey, newKey);
        return { key: newKey, cached: isCacheable(request) ? await readCached(cache, newKey) : undefined };
      },
      (found) => ({ isHit: found.cached !== undefined }),
    );
    if (cached) {
      const result = { generation: cached, candidate: first, attempts: [], notes: [] };
      const reasons = [...first.reasons, 'the session has this result cached'];
      return toResult(result, { isCached: true, reasons, notes: [] }, onEvent);
    }
    const candidates = fallbackOrder(plan.candidates, request);
    const start: Start<FallbackResult> = async (signal, progress) => {
      const onJob = (job: JobHandle) => {
        progress.onJob(job);
        return context.onJob?.(job);
      };
      const freeSlots = reserveSessionSlots(request, profile, session);
      try {
        const candidateContext: CandidateContext = {
          ...settings.candidateContext,
          budget: { ...settings.candidateContext.budget, projectPerDayUsd },
          providers,
          sources,
          tracer,
          submits,
          onImage: progress.onImage,
        };
        const result = await executeWithFallback(candidates, request, { ...context, signal, onJob }, candidateContext);
        if (session) session.images += result.generation.images.length;
        if (isCacheable(request) && isComplete(result.generation)) await writeCached(cache, key, result.generation);
        return result;
      } finally {
        freeSlots();
      }
    };
    // A caller that chose the call id wants a call of its own.
    const sharedKey = submits.request === undefined ? key : flightKey(submits.call, submits.request);
    const { value, isShared } = await sharedCalls.join(sharedKey, start, context.signal);
    const { candidate, notes } = value;
    if (submits.request !== undefined && knownCalls.store?.loadCall === undefined)
      await writeCached(knownCalls.results, submits.call, value.generation);
    return toResult(value, { isCached: isShared, reasons: candidate.reasons, notes }, onEvent);
  }

  return async (request, context, projectPerDayUsd) => {
    checkRequest(request);
    // Hashing the prompt costs time, and is needed only where steps are traced.
    const session = request.session && { session: request.session.id };
    const facts = onStep ? { ...(await factsOfPrompt(request.prompt ?? '')), ...session } : {};
    const { callId = randomId() } = context;
    if (context.callId !== undefined) checkCallId(callId);
    const tracer = createTracer(onStep, { call: callId, metadata: request.metadata, facts });
    return tracer.step(
      'call',
      async () => {
        const ownContext = { ...context, callId };
        const hash =
          context.callId === undefined ? undefined : await hashRequest(request, sessionName(request.session));
        const isRunning = () => hash === undefined || sharedCalls.has(flightKey(callId, hash));
        const known: KnownCall = isRunning()
          ? NEW_CALL
          : await findKnownCall(callId, hash ?? '', ownContext, knownCalls).catch((error: unknown) => {
              // The same call of this manager began while the records were read: its result is shared.
              if (isAiImageError(error) && error.code === 'unavailable' && isRunning()) return NEW_CALL;
              throw error;
            });
        if (known.kind !== 'new') return toKnownResult(known, request, ownContext);
        return generateInSteps(request, ownContext, createSubmits(callId, hash, known.submits + 1), {
          tracer,
          projectPerDayUsd,
        });
      },
      ({ provider, model, isCached, images }) => ({ provider, model, isCached, images: images.length }),
    );
  };
}

const NEW_CALL: KnownCall = { kind: 'new', submits: 0 };

/** Another request under the same call id does not share its result. @param request what `hashRequest` returned */
const flightKey = (call: string, request: string): string => `call ${call} ${request}`;

/** Returns the images of an earlier use of the call id. Fetched ones are paid for now, as far as the records know. */
function toKnownResult(
  { kind, loaded: { generation, notes } }: Exclude<KnownCall, { kind: 'new' }>,
  { prompt = '', n = 1 }: ManagerRequest,
  { onEvent }: ManagerContext,
): ManagedGeneration {
  const isCached = kind === 'done';
  const { length } = generation.images;
  const fewer = length < n ? [`the call asked for ${n} images, and ${length} of them are known`] : [];
  const managed: ManagedGeneration = {
    ...generation,
    ...(isCached && { cost: { usd: 0, basis: 'reported' } }),
    composed: { own: prompt, prompt: generation.images[0].promptUsed, parts: [], notes: [] },
    attempts: [],
    reasons: ['this call id was used before'],
    notes: [...notes, ...fewer],
    isCached,
  };
  ignoreErrors(() => onEvent?.({ type: 'done', generation: managed }));
  return managed;
}

function toResult(
  { generation, candidate, attempts }: FallbackResult,
  details: Pick<ManagedGeneration, 'isCached' | 'reasons' | 'notes'>,
  onEvent: (event: ManagerEvent) => void,
): ManagedGeneration {
  const cost = details.isCached ? { usd: 0, basis: 'reported' as const } : generation.cost;
  const managed = { ...generation, cost, composed: candidate.composed, attempts, ...details };
  onEvent({ type: 'done', generation: managed });
  return managed;
}

/** Returns the first candidate and those of the request's fallback in its order, or all candidates where it has no fallback. */
function fallbackOrder(candidates: readonly Candidate[], { fallback }: ManagerRequest): readonly Candidate[] {
  const [first, ...others] = candidates;
  if (first === undefined || fallback === undefined) return candidates;
  const next = fallback.flatMap((text) =>
    others.filter(({ provider, model }) => text === provider || text === `${provider}/${model}`).slice(0, 1),
  );
  return [first, ...next];
}

function noCandidateError({ refused }: ManagerPlan): AiImageError {
  const [first] = refused.flatMap(({ plan }) => plan.refusals);
  const reasons = refused.map(({ provider, plan }) => {
    const { message = '' } = plan.refusals[0] ?? {};
    return message.startsWith(`${provider}: `) ? message : `${provider}: ${message}`;
  });
  const message =
    reasons.length === 1 ? reasons[0]! : `no provider can do this request: ${reasons.join('; ') || 'none was allowed'}`;
  return new AiImageError(first?.code ?? 'unsupported', message, {
    charged: 'no',
    field: first?.field,
    hint: first?.hint,
  });
}
