/** The step `plan`: plans the request with each provider it may go to. Sends nothing and has no side effect. */

import {
  type EditRequest,
  type ImageRequest,
  isAiImageError,
  isModelTier,
  type MediaProvider,
  type Refusal,
  type RequestPlan,
} from '../../providers/protocol/index.ts';
import { modelFor } from '../../providers/wrap.ts';
import type { Candidate, Composed } from '../interfaces/plan.ts';
import type { ManagerRequest } from '../interfaces/request.ts';
import { chooseTargets, type DefaultModels, OFFLINE, type Providers, type Target } from './choose-targets.ts';
import { compose, type PromptSources } from './compose.ts';
import { toProviderRequest } from './provider-request.ts';

/** Plans every provider that the request leaves open, and those that its fallback names. */
export async function planCandidates(
  request: ManagerRequest,
  providers: Providers,
  sources: PromptSources,
  models: DefaultModels = {},
): Promise<readonly Candidate[]> {
  const targets = await chooseTargets(request, providers, models);
  const candidates = await Promise.all(targets.map((target) => planTarget(request, target, providers, sources)));
  // `best` and a model's own id may be the same model, which is one candidate.
  return candidates.filter(
    ({ provider, model }, index) =>
      index === candidates.findIndex((each) => each.provider === provider && each.model === model),
  );
}

async function planTarget(
  request: ManagerRequest,
  target: Target,
  providers: Providers,
  sources: PromptSources,
): Promise<Candidate> {
  const provider = providers[target.provider]!; // every name was checked
  const composeFor = async (model: string): Promise<Composed> => {
    const card = (await provider.models(OFFLINE))[model];
    return card === undefined ? compose(request, sources) : compose(request, sources, { model, card });
  };
  const planWith = (composed: Composed, model: string | undefined) =>
    planOrRefuse(provider, toProviderRequest(request, composed, model, sources), target);
  const toCandidate = (composed: Composed, plan: RequestPlan): Candidate => ({
    provider: target.provider,
    model: plan.model,
    composed,
    plan,
    reasons: target.reason === undefined ? [] : [target.reason],
  });
  const isNamed = target.model !== undefined && !isModelTier(target.model);
  const chosen = isNamed ? target.model : await modelFor(provider, { ...request, model: target.model });
  if (chosen !== undefined) {
    const composed = await composeFor(chosen);
    return toCandidate(composed, await planWith(composed, chosen));
  }
  // Only the plan of a third-party provider says which model it uses. It is planned for that once per kind of request.
  const kind = `${target.model} ${request.operation} ${request.mask !== undefined} ${request.inputImages !== undefined}`;
  const models = learnedModels.get(provider) ?? new Map<string, string>();
  learnedModels.set(provider, models);
  const learned = models.get(kind);
  if (learned !== undefined) {
    const composed = await composeFor(learned);
    return toCandidate(composed, await planWith(composed, target.model));
  }
  const first = compose(request, sources);
  const plan = await planWith(first, target.model);
  if (plan.refusals.length === 0) models.set(kind, plan.model);
  const composed = await composeFor(plan.model);
  const isSame = composed.prompt === first.prompt && composed.negativePrompt === first.negativePrompt;
  return toCandidate(composed, isSame ? plan : await planWith(composed, target.model));
}

/** The models that third-party providers use, by provider and kind of request. */
const learnedModels = new WeakMap<Required<MediaProvider>, Map<string, string>>();

/** An error of `plan` counts as a refusal of this provider: others may still do the request. */
async function planOrRefuse(
  provider: Required<MediaProvider>,
  request: ImageRequest | EditRequest,
  { model = 'unknown' }: Target,
): Promise<RequestPlan> {
  try {
    return await provider.plan(request);
  } catch (error) {
    if (!isAiImageError(error)) throw error;
    const { field = 'request', message, hint } = error;
    const refusal: Refusal = {
      code: 'invalid_request',
      field,
      message,
      ...(hint !== undefined && { hint }),
    };
    return {
      provider: provider.id,
      model,
      requests: [],
      adaptations: [],
      refusals: [refusal],
      applied: { model, n: request.n ?? 1 },
      price: { basis: 'unknown' },
    };
  }
}
