/** Composes, plans, checks the policy and routes: everything before the first call. */
import { createPlannedCalls } from '../../providers/protocol/shared/planned-calls.ts';
import { requestMatcher } from '../../providers/protocol/shared/request-matcher.ts';
import type { RoutingRule } from '../interfaces/limits.ts';
import type { Candidate, ManagerPlan } from '../interfaces/plan.ts';
import type { ManagerRequest, Session } from '../interfaces/request.ts';
import type { CircuitBreaker } from '../limits/circuit-breaker.ts';
import type { DefaultModels } from '../steps/choose-targets.ts';
import { addedParts } from '../steps/compose.ts';
import { planCandidates } from '../steps/plan.ts';
import { applyPolicy, type SessionState } from '../steps/policy.ts';
import { route } from '../steps/route.ts';
import type { Tracer } from '../tracing.ts';
import { type PreparedRequest, prepareRequest, type RequestDefaults } from './prepare-request.ts';

export interface PlannerSettings {
  readonly defaults: RequestDefaults;
  readonly models: DefaultModels | undefined;
  readonly rules: readonly RoutingRule[];
  readonly breaker: CircuitBreaker;
  /** @throws AiImageError `invalid_request`: not a session of this manager */
  readonly sessionStateOf: (session: Session | undefined) => SessionState | undefined;
  /** Milliseconds since the epoch. */
  readonly wallNow: () => number;
}

export interface ManagerCall extends PreparedRequest {
  readonly plan: ManagerPlan;
  readonly session: SessionState | undefined;
}

/**
 * Plans a call.
 * @param givenPlan a plan that the call is to execute. Its candidates are used where it is this manager's plan of this very request; policy
 *   and order are evaluated anew
 * @throws AiImageError `invalid_request`, `policy_denied`
 */
export type PlanCall = (request: ManagerRequest, tracer: Tracer, givenPlan?: object) => Promise<ManagerCall>;

export function createPlanner({
  defaults,
  models,
  rules,
  breaker,
  sessionStateOf,
  wallNow,
}: PlannerSettings): PlanCall {
  const plannedCalls = createPlannedCalls<readonly Candidate[]>();

  return async (given, tracer, givenPlan) => {
    const prepared = prepareRequest(given, defaults);
    const { request, profile, sources, providers } = prepared;
    const session = sessionStateOf(request.session);
    await tracer.step(
      'compose',
      () => addedParts(request, sources),
      ({ length }) => ({ parts: length }),
    );
    // Sessions change with each call and do not affect the candidates. On another day, prices and models may be different.
    const day = new Date(wallNow()).toISOString().slice(0, 10);
    const subject = { ...request, session: undefined, palette: sources.palette, day };
    const all = await tracer.step(
      'plan',
      async () =>
        plannedCalls.recall(givenPlan, subject) ?? (await planCandidates(request, providers, sources, models)),
      ({ length }) => ({ candidates: length }),
    );
    const allowed = await tracer.step('policy', () => applyPolicy(all, request, profile, session));
    const able = allowed.filter((each) => each.plan.refusals.length === 0);
    const idOf = (provider: string) => providers[provider]?.id ?? provider;
    const routing = { rules, idOf, order: defaults.names.order, warningFor: breaker.warningFor };
    const candidates = await tracer.step(
      'route',
      () => route(able, request, routing),
      ([best]) => ({ best: best?.provider ?? '' }),
    );
    const plan: ManagerPlan = { candidates, refused: all.filter((each) => each.plan.refusals.length > 0) };
    plannedCalls.remember(plan, subject, { prepared: all, matches: requestMatcher(subject) });
    return { ...prepared, plan, session };
  };
}
