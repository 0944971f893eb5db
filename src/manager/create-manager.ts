/** Creates the manager: connects its parts, and holds what they share from call to call. */

import { AiImageError, type JobHandle } from '../providers/protocol/index.ts';
import { checkContext } from '../providers/protocol/input/check-context.ts';
import { createLifecycle } from '../providers/protocol/shared/lifecycle.ts';
import { wrapProviderLazily } from '../providers/wrap.ts';
import { createIdempotencyKeys } from './cache/idempotency-keys.ts';
import { createResultCache } from './cache/result-cache.ts';
import { SingleFlight } from './cache/single-flight.ts';
import { checkBatchArguments, checkSettlement, requireGeneration, splitContext } from './calls/check-arguments.ts';
import { createGenerator } from './calls/generate-call.ts';
import { createPlanner } from './calls/plan-call.ts';
import { findProfile } from './calls/prepare-request.ts';
import { createProviderNames } from './calls/provider-names.ts';
import { runBatch } from './calls/run-batch.ts';
import { collectEvents } from './collect-events.ts';
import type { ManagerContext, ManagerEvent } from './interfaces/generation.ts';
import type { ImageManager } from './interfaces/image-manager.ts';
import type { KnownProviders } from './interfaces/known-providers.ts';
import type { ManagerRequest, Session } from './interfaces/request.ts';
import { toCallRecord } from './jobs/call-record.ts';
import { callsInProgress } from './jobs/calls-in-progress.ts';
import { createJobRecords } from './jobs/job-records.ts';
import { asOf, KEEP_JOBS_OPEN_MS } from './jobs/job-states.ts';
import { resume, resumeAll } from './jobs/resume.ts';
import { settle } from './jobs/settle.ts';
import { createCircuitBreaker } from './limits/circuit-breaker.ts';
import { createConcurrencyLimiter } from './limits/concurrency-limiter.ts';
import { createLedger } from './limits/ledger.ts';
import { listModels } from './list-models.ts';
import { createStyleMemory } from './prompt/style-memory.ts';
import { STYLES } from './prompt/styles.ts';
import type { ManagerClock, ManagerSettings } from './settings.ts';
import type { Providers } from './steps/choose-targets.ts';
import type { FallbackResult } from './steps/fallback.ts';
import type { SessionState } from './steps/policy.ts';
import { ROUTING_RULES } from './steps/route.ts';
import { stateOfSession } from './steps/session.ts';
import { createTracer } from './tracing.ts';

const PLATFORM_CLOCK: ManagerClock = { now: () => performance.now(), wallNow: () => Date.now() };

/** @param settings checked already */
export function createManager(settings: ManagerSettings, known?: KnownProviders): Omit<ImageManager, 'session'> {
  const { profiles = {}, budget: limits = {}, routing = [], store, clock = PLATFORM_CLOCK } = settings;
  const { ledger = store?.ledger ?? createLedger(), memory = createStyleMemory() } = settings;
  const { jobs: records = store?.jobs ?? createJobRecords(clock.wallNow) } = settings;
  const { keepJobsOpenMs: keepOpenMs = KEEP_JOBS_OPEN_MS } = settings;
  const providers: Providers = Object.fromEntries(
    Object.entries(settings.providers).map(([name, provider]) => [name, wrapProviderLazily(name, provider)]),
  );
  const names = createProviderNames(providers, known);
  const breaker = createCircuitBreaker(settings.breaker ?? {}, clock.now);
  const budget = { limits, ledger, now: clock.wallNow };
  const lifecycle = createLifecycle();
  const sharedCalls = new SingleFlight<FallbackResult>();
  const { activeCalls, fetching, unrecordedJobs } = callsInProgress(records);
  const resumeContext = { providers, records, store, budget, activeCalls, fetching, keepOpenMs };
  const isInUse = (call: string) => activeCalls.has(call) || fetching.has(call);
  const settleContext = { records, ledger, now: clock.wallNow, keepOpenMs, isInUse };

  function sessionStateOf(session: Session | undefined): SessionState | undefined {
    if (session === undefined) return undefined;
    const state = stateOfSession(session, settings);
    if (state) return state;
    throw new AiImageError('invalid_request', 'request.session is not a session of this manager', {
      field: 'session',
      hint: 'Pass a session that session() of the same manager returned.',
    });
  }

  const styles = { ...STYLES, ...settings.styles };
  const planCall = createPlanner({
    defaults: { names, profiles, styles, memory, fallback: settings.fallback },
    models: settings.models,
    rules: [...routing.map((rule) => ({ ...rule, providers: rule.providers.map(names.nameOf) })), ...ROUTING_RULES],
    breaker,
    sessionStateOf,
    wallNow: clock.wallNow,
  });
  const generateCall = createGenerator({
    planCall,
    sharedCalls,
    idempotencyKeys: createIdempotencyKeys(),
    persistentCache: settings.cache ?? store?.cache,
    knownCalls: { ...resumeContext, unrecordedJobs, results: createResultCache() },
    sessionName(session) {
      const { isNamed = false, id } = sessionStateOf(session) ?? {};
      return isNamed ? id : undefined;
    },
    candidateContext: {
      limiter: createConcurrencyLimiter(settings.limits ?? {}, clock.now),
      breaker,
      budget,
      records,
      store,
      activeCalls,
      unrecordedJobs,
    },
    onStep: settings.onStep,
  });

  /** @throws AiImageError `invalid_request`: the context is wrong, or the manager is closed */
  async function whileOpen<T>(context: ManagerContext, work: (context: ManagerContext) => Promise<T>): Promise<T> {
    checkContext(context, 'the manager', { wantsPartialImages: 'flag' });
    return lifecycle.run(context.signal, (signal) => work({ ...context, signal }));
  }

  const generate: ImageManager['generate'] = async (request, context = {}) => {
    const { callContext, projectPerDayUsd } = splitContext(context);
    return whileOpen(callContext, (running) => generateCall(request, running, projectPerDayUsd));
  };

  return {
    plan: async (request) => (await planCall(request, createTracer(undefined, { call: '', facts: {} }))).plan,
    generate,
    models: (options) => listModels(providers, options),
    async each(prompt, variations, options = {}) {
      checkBatchArguments(prompt, variations, options);
      return lifecycle.run(options.signal, (signal) => runBatch(generate, prompt, variations, { ...options, signal }));
    },
    async continue(previous, prompt, more = {}, context = {}) {
      requireGeneration(previous, 'continue');
      if (more.prompt !== undefined) {
        throw new AiImageError('invalid_request', 'continue: the third argument has a prompt, which would be ignored', {
          hint: 'Pass the prompt as the second argument: continue(previous, prompt, more).',
        });
      }
      const [{ imageBytes, id: parent }] = previous.images;
      const provider = previous.attempts.find(({ outcome }) => outcome === 'done')?.provider;
      const origin = { ...(provider !== undefined && { provider }), model: previous.model };
      const inputImages = [imageBytes, ...(more.inputImages ?? [])];
      const request = { ...origin, parents: [parent], ...more, prompt, inputImages } as ManagerRequest;
      return { ...(await generate(request, context)), parent };
    },
    async rememberPreferences(generation, profile) {
      requireGeneration(generation, 'rememberPreferences');
      const { composed, applied, model } = generation;
      const { own: prompt, style } = composed;
      const { size } = applied;
      findProfile(profile, profiles);
      memory.remember(profile, { prompt, style, size, model });
    },
    async preferences(profile) {
      return memory.recall(profile);
    },
    async forget(profile) {
      memory.erase(profile);
    },
    stream: (request, context = {}) =>
      collectEvents<ManagerEvent>(
        (onEvent, signal) => generate(request, { ...context, signal, onEvent }),
        context.signal,
      ),
    resume: ((job?: string | JobHandle, context: ManagerContext = {}) =>
      whileOpen<unknown>(context, (running) =>
        job === undefined ? resumeAll(running, resumeContext) : resume(job, running, resumeContext),
      )) as ImageManager['resume'],
    resumeAll: (context = {}) => whileOpen(context, (running) => resumeAll(running, resumeContext)),
    async jobs() {
      const now = clock.wallNow();
      return (await records.list()).map((record) => asOf(record, { now, keepOpenMs }));
    },
    async findCall(id) {
      const now = clock.wallNow();
      const found = await records.findCall(id);
      return toCallRecord(
        id,
        found.map((record) => asOf(record, { now, keepOpenMs })),
      );
    },
    async settle(id, params) {
      checkSettlement(id, params);
      return settle(id, params, settleContext);
    },
    styles: async () => styles,
    health: () =>
      whileOpen({}, async ({ signal }) => {
        const checks = Object.entries(providers).map(async ([name, provider]) => {
          const health = await provider.healthCheck({ signal });
          if (health.status !== 'unknown') breaker.noteHealth(name, health.status === 'ok');
          return [name, health] as const;
        });
        return Object.fromEntries(await Promise.all(checks));
      }),
    close: (options) =>
      // This manager's own calls have ended by then. Calls of other code at the same providers end by the deadline of `options`.
      lifecycle.close(options, async () => {
        await sharedCalls.idle();
        await Promise.all(Object.values(providers).map((provider) => provider.close(options)));
      }),
  };
}
