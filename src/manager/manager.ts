/** The manager itself: the steps in their order, and what lasts from call to call. */
import { AiImageError, type JobHandle } from '../providers/protocol/index.ts';
import { createLifecycle } from '../providers/protocol/lifecycle.ts';
import { createProvider, findProvider, suggest, unknownProvider, wrapProviderLazily } from '../providers/registry.ts';
import type { ResultCache, StoredGeneration } from '../store/interfaces.ts';
import { collect } from './events.ts';
import { runBatch } from './jobs/batch.ts';
import { createJobRecords } from './jobs/job-records.ts';
import { asOf, KEEP_JOBS_OPEN_MS } from './jobs/job-states.ts';
import { resume, resumeAll } from './jobs/resume.ts';
import { settle } from './jobs/settle.ts';
import { createCircuitBreaker } from './limits/circuit-breaker.ts';
import { createConcurrencyLimiter } from './limits/concurrency-limiter.ts';
import { createLedger } from './limits/ledger.ts';
import { createStyleMemory, type Preferences } from './prompt/style-memory.ts';
import { STYLES } from './prompt/styles.ts';
import { DUMMY } from './prompt/tiers.ts';
import { checkRequest, withDefaults } from './request.ts';
import type { ManagerSettings } from './settings.ts';
import {
  createIdempotencyKeys,
  createResultCache,
  isRepeatable,
  isWhole,
  keyOf,
  SingleFlight,
  type Start,
} from './steps/cache.ts';
import { compose, type PromptSources } from './steps/compose.ts';
import { executeWithFallback, type FallbackResult } from './steps/fallback.ts';
import { type Providers, planAll, toVendor } from './steps/plan.ts';
import { applyPolicy, reserveSessionSlots, type SessionState } from './steps/policy.ts';
import { ROUTING_RULES, route } from './steps/route.ts';
import { stateOfSession } from './steps/session.ts';
import { createTracer, factsOfPrompt, quietly, type Tracer } from './tracing.ts';
import type {
  Candidate,
  ImageManager,
  ManagedGeneration,
  ManagerContext,
  ManagerEvent,
  ManagerPlan,
  ManagerRequest,
  Profile,
  Session,
} from './types.ts';

/** @param settings checked */
export function createManager(settings: ManagerSettings): Omit<ImageManager, 'session'> {
  const { profiles = {}, budget: limits = {}, routing = [], store } = settings;
  const clock = settings.clock ?? { now: () => performance.now(), wallNow: () => Date.now() };
  const { ledger = store?.ledger ?? createLedger() } = settings;
  const { jobs: records = store?.jobs ?? createJobRecords(clock.wallNow), cache: lasting = store?.cache } = settings;
  const providers: Providers = Object.fromEntries(
    Object.entries(settings.providers).map(([name, provider]) => [name, wrapProviderLazily(name, provider)]),
  );
  const order = Object.keys(providers);
  const styles = { ...STYLES, ...settings.styles };
  const breaker = createCircuitBreaker(settings.breaker ?? {}, clock.now);
  const budget = { limits, ledger, now: clock.wallNow };
  const rules = [...routing.map((rule) => ({ ...rule, providers: rule.providers.map(nameOf) })), ...ROUTING_RULES];
  const caches = new WeakMap<SessionState, ResultCache>();
  const underWay = new Set<string>();
  const flights = new SingleFlight<FallbackResult>();
  const keys = createIdempotencyKeys();
  const admission = createConcurrencyLimiter(settings.limits ?? {}, clock.now);
  const { memory = createStyleMemory() } = settings;
  const life = createLifecycle();
  const { keepJobsOpenMs: keepOpenMs = KEEP_JOBS_OPEN_MS } = settings;
  const resuming = { providers, records, store, budget, underWay, fetching: new Set<string>(), keepOpenMs };
  const isOurs = (call: string) => underWay.has(call) || resuming.fetching.has(call);
  const settling = { records, ledger, now: clock.wallNow, keepOpenMs, isOurs };

  /** The name of a provider of this manager where an alias was given; every other name stays as it is. */
  function nameOf(given: string): string {
    if (Object.hasOwn(providers, given)) return given;
    const id = findProvider(given);
    return order.find((name) => name === id) ?? order.find((name) => providers[name]?.id === id) ?? given;
  }

  /** `dalle/gpt-image-2` is `openai/gpt-image-2`. */
  function targetOf(text: string): string {
    const [name = '', ...model] = text.split('/');
    return [nameOf(name), ...model].join('/');
  }

  function stateOf(session: Session | undefined): SessionState | undefined {
    if (session === undefined) return undefined;
    const known = stateOfSession(session, settings);
    if (known) return known;
    throw new AiImageError('invalid_request', 'this is no session of this manager', {
      hint: 'Pass what images.session() gave.',
    });
  }

  /** Only a session with a name can be found again by another process. */
  function cacheOf(session: SessionState | undefined): ResultCache | undefined {
    if (session === undefined) return undefined;
    if (session.isNamed && lasting) return lasting;
    const known = caches.get(session) ?? createResultCache();
    caches.set(session, known);
    return known;
  }

  function profileOf({ profile }: ManagerRequest): Profile | undefined {
    if (profile === undefined) return undefined;
    if (Object.hasOwn(profiles, profile)) return profiles[profile];
    throw new AiImageError('invalid_request', `there is no profile ${JSON.stringify(profile.slice(0, 60))}`, {
      hint: `Profiles are ${Object.keys(profiles).join(', ') || 'none'}.`,
    });
  }

  /** The stub draws dummies, whether it was handed in or not. */
  function providersFor(request: ManagerRequest): Providers {
    const all =
      request.model === DUMMY && !Object.hasOwn(providers, 'stub')
        ? { ...providers, stub: createProvider('stub') }
        : providers;
    const named = [request.provider, ...(request.fallback ?? []).map((text) => text.split('/')[0])];
    const stranger = named.find((name) => name !== undefined && !Object.hasOwn(all, name));
    if (stranger === undefined) return all;
    const known = findProvider(stranger);
    const missing = known === undefined ? unknownProvider(stranger).hint : `Give the manager a provider ${known}.`;
    throw new AiImageError('invalid_request', `there is no provider ${JSON.stringify(stranger.slice(0, 60))}`, {
      hint: suggest(stranger, order) ?? `This manager has ${order.join(', ')}. ${missing}`,
    });
  }

  /** @throws AiImageError `not_configured` after `close` */
  function during<T>(context: ManagerContext, work: (context: ManagerContext) => Promise<T>): Promise<T> {
    return life.run(context.signal, (signal) => work({ ...context, signal }));
  }

  /** The request with what its profile says, and the words that go with it. */
  function understood(asked: ManagerRequest) {
    checkRequest(asked);
    const profile = profileOf(asked);
    const { palette, ...preferred }: Preferences =
      profile?.remembers && asked.profile !== undefined ? memory.recall(asked.profile) : { palette: [] };
    const wanted = withDefaults(withDefaults(asked, profile), { defaults: preferred });
    const { fallback } = settings;
    const isOpen = wanted.provider === undefined && fallback !== undefined;
    const named = isOpen ? withDefaults(wanted, { defaults: { fallback } }) : wanted;
    const request: ManagerRequest = {
      ...named,
      ...(named.provider !== undefined && { provider: nameOf(named.provider) }),
      ...(named.fallback !== undefined && { fallback: named.fallback.map(targetOf) }),
    };
    return { request, words: { styles, profile, palette } satisfies PromptSources, own: providersFor(request) };
  }

  async function planned(asked: ManagerRequest, tracer: Tracer) {
    const { request, words, own } = understood(asked);
    const session = stateOf(request.session);
    const first = await tracer.step(
      'compose',
      () => compose(request, words),
      ({ parts }) => ({ parts: parts.length }),
    );
    const all = await tracer.step(
      'plan',
      () => planAll(request, first, own, words, settings.models),
      ({ length }) => ({ candidates: length }),
    );
    const allowed = await tracer.step('policy', () => applyPolicy(all, request, words.profile, session));
    const idOf = (provider: string) => own[provider]?.id ?? provider;
    const able = allowed.filter((each) => each.plan.refusals.length === 0);
    const routing = { rules, idOf, order, doubtAbout: breaker.doubtAbout };
    const candidates = await tracer.step(
      'route',
      () => route(able, request, routing),
      ([best]) => ({ best: best?.provider ?? '' }),
    );
    const plan: ManagerPlan = { candidates, refused: all.filter((each) => each.plan.refusals.length > 0) };
    return { plan, request, words, own, session };
  }

  /** One call from its beginning to its end, with what is kept of it. @throws AiImageError `not_configured` after `close` */
  const generate: ImageManager['generate'] = (asked, given = {}) =>
    life.run(given.signal, (signal) => traced(asked, { ...given, signal }));

  async function traced(asked: ManagerRequest, given: ManagerContext): Promise<ManagedGeneration> {
    // Hashing every prompt would be work for nobody where nobody watches.
    const facts = settings.onStep ? await factsOfPrompt(asked.prompt ?? '') : {};
    const tracer = createTracer(settings.onStep, crypto.randomUUID(), facts);
    return tracer.step(
      'call',
      () => inSteps(asked, given, tracer),
      ({ provider, model, isCached, images }) => ({ provider, model, isCached, images: images.length }),
    );
  }

  async function inSteps(asked: ManagerRequest, given: ManagerContext, tracer: Tracer): Promise<ManagedGeneration> {
    const context = { ...given, onEvent: (event: ManagerEvent) => void quietly(() => given.onEvent?.(event)) };
    const { plan, request, words, own, session } = await planned(asked, tracer);
    context.onEvent({ type: 'planned', plan });
    const [first] = plan.candidates;
    if (first === undefined) throw refusedByAll(plan);
    const cache = cacheOf(session);
    const { key, known } = await tracer.step(
      'cache',
      async () => {
        const { provider, model, composed } = first;
        const tenant = session?.id ?? '';
        const links = request.output === 'url';
        const meaning = await keyOf(toVendor(request, composed, model, words), { provider, model, tenant, links });
        keys.check(context.idempotencyKey, meaning);
        return { key: meaning, known: isRepeatable(request) ? await recall(cache, meaning) : undefined };
      },
      (found) => ({ isHit: found.known !== undefined }),
    );
    if (known) {
      const cached = { generation: known, candidate: first, attempts: [], notes: [] };
      return finish(
        cached,
        { isCached: true, reasons: [...first.reasons, 'the session has it already'], notes: [] },
        context,
      );
    }
    const chain = chainOf(plan.candidates, request);
    const start: Start<FallbackResult> = async (signal, told) => {
      const onJob = (job: JobHandle) => {
        told.job(job);
        return context.onJob?.(job);
      };
      const giveBack = reserveSessionSlots(request, words.profile, session);
      try {
        const parts = { providers: own, words, breaker, budget, records, admission, tracer, store, underWay };
        const running = { ...parts, onCome: told.image };
        const ran = await executeWithFallback(chain, request, { ...context, signal, onJob }, running);
        if (session) session.images += ran.generation.images.length;
        if (isRepeatable(request) && isWhole(ran.generation)) await remember(cache, key, ran.generation);
        return ran;
      } finally {
        giveBack();
      }
    };
    const { value, isShared } = await flights.join(key, start, context.signal);
    const { candidate, notes } = value;
    return finish(value, { isCached: isShared, reasons: candidate.reasons, notes }, context);
  }

  function finish(
    { generation, candidate, attempts }: FallbackResult,
    more: Pick<ManagedGeneration, 'isCached' | 'reasons' | 'notes'>,
    { onEvent }: ManagerContext,
  ): ManagedGeneration {
    const cost = more.isCached ? { usd: 0, basis: 'reported' as const } : generation.cost;
    const managed = { ...generation, cost, composed: candidate.composed, attempts, ...more };
    onEvent?.({ type: 'done', generation: managed });
    return managed;
  }

  return {
    plan: async (request) => (await planned(request, createTracer(undefined, ''))).plan,
    generate,
    each: (prompt, variations, options = {}) =>
      life.run(options.signal, (signal) => runBatch(generate, prompt, variations, { ...options, signal })),
    async continue(previous, prompt, more = {}, context = {}) {
      const [{ imageBytes, id: parent }] = previous.images;
      const provider = previous.attempts.find(({ outcome }) => outcome === 'done')?.provider;
      const from = { ...(provider !== undefined && { provider }), model: previous.model };
      const request = { ...from, parents: [parent], ...more, prompt, inputImages: [imageBytes] } as ManagerRequest;
      return { ...(await generate(request, context)), parent };
    },
    async keep({ composed: { own: prompt, style }, applied: { size }, model }, profile) {
      profileOf({ prompt, profile });
      memory.remember(profile, { prompt, style, size, model });
    },
    async memory(profile) {
      return memory.recall(profile);
    },
    async forget(profile) {
      memory.erase(profile);
    },
    stream: (request, context = {}) =>
      collect<ManagerEvent>((onEvent, signal) => generate(request, { ...context, signal, onEvent }), context.signal),
    resume: ((asked?: string | JobHandle, context: ManagerContext = {}) =>
      during<unknown>(context, (own) =>
        asked === undefined ? resumeAll(own, resuming) : resume(asked, own, resuming),
      )) as ImageManager['resume'],
    resumeAll: (context = {}) => during(context, (own) => resumeAll(own, resuming)),
    async jobs() {
      const now = clock.wallNow();
      return (await records.list()).map((record) => asOf(record, { now, keepOpenMs }));
    },
    settle: (id, settlement) => settle(id, settlement, settling),
    health: () =>
      during({}, async ({ signal }) => {
        const all = Object.entries(providers).map(async ([name, provider]) => {
          const health = await provider.healthCheck({ signal });
          if (health.status !== 'unknown') breaker.noteHealth(name, health.status === 'ok');
          return [name, health] as const;
        });
        return Object.fromEntries(await Promise.all(all));
      }),
    close: (options) =>
      // Those that this manager waited for are over by then; what another one has under way at the same provider has its own limit.
      life.close(options, async () => {
        await flights.idle();
        await Promise.all(Object.values(providers).map((provider) => provider.close(options)));
      }),
  };
}

/** A cache that cannot be read has nothing. */
async function recall(cache: ResultCache | undefined, key: string): Promise<StoredGeneration | undefined> {
  return cache?.get(key).catch(() => undefined);
}

/** A cache that is full or broken costs nobody a picture. */
async function remember(cache: ResultCache | undefined, key: string, generation: StoredGeneration): Promise<void> {
  await cache?.put(key, generation).catch(() => undefined);
}

/** Whom the request lets be asked: its fallback's, in its order, or everybody. */
function chainOf(candidates: readonly Candidate[], { fallback }: ManagerRequest): readonly Candidate[] {
  const [first, ...others] = candidates;
  if (first === undefined || fallback === undefined) return candidates;
  const next = fallback.flatMap((text) =>
    others.filter(({ provider, model }) => text === provider || text === `${provider}/${model}`).slice(0, 1),
  );
  return [first, ...next];
}

function refusedByAll({ refused }: ManagerPlan): AiImageError {
  const [first] = refused.flatMap(({ plan }) => plan.refusals);
  const who = refused.map(({ provider, plan }) => {
    const { message = '' } = plan.refusals[0] ?? {};
    return message.startsWith(`${provider}: `) ? message : `${provider}: ${message}`;
  });
  return new AiImageError(first?.code ?? 'unsupported', `nobody can do it: ${who.join('; ') || 'nobody was asked'}`, {
    charged: 'no',
    hint: first?.hint,
  });
}
