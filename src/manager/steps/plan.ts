/** Step 2: what each provider would do. No call, no side effect. */
import {
  type EditRequest,
  type ImageRequest,
  isAiImageError,
  type MediaProvider,
  type Refusal,
  type RequestPlan,
} from '../../providers/protocol/index.ts';
import { DUMMY, isTier } from '../prompt/tiers.ts';
import type { Candidate, Composed, ManagerRequest } from '../types.ts';
import { compose, type PromptSources } from './compose.ts';

/** A plan makes no call. */
const OFFLINE = { isOffline: true } as const;

export type Providers = Readonly<Record<string, Required<MediaProvider>>>;

/** Who may be asked: a provider, and its model where one is meant. */
interface Target {
  readonly provider: string;
  readonly model?: string | undefined;
  readonly reason?: string;
}

/** By provider: what it draws with where nobody names a model. */
export type Models = Readonly<Record<string, string>>;

/** Every provider that the request leaves open, and those that its fallback names. @param first the words for nobody in particular */
export async function planAll(
  request: ManagerRequest,
  first: Composed,
  providers: Providers,
  words: PromptSources,
  models: Models = {},
): Promise<readonly Candidate[]> {
  const targets = await targetsOf(request, providers, models);
  const candidates = await Promise.all(targets.map((target) => planOne(request, first, target, providers, words)));
  // `best` and a model's own id may mean the same model; it is asked once.
  return candidates.filter(
    ({ provider, model }, at) =>
      at === candidates.findIndex((each) => each.provider === provider && each.model === model),
  );
}

async function targetsOf(request: ManagerRequest, providers: Providers, models: Models): Promise<readonly Target[]> {
  const { provider, model, fallback = [] } = request;
  if (model === DUMMY) return [{ provider: 'stub', reason: 'dummy is drawn by the stub' }];
  const names = provider === undefined ? Object.keys(providers) : [provider];
  const known = model === undefined || isTier(model) ? names : await whoKnows(model, names, providers);
  const unsaid = (name: string) => usualModel(request, name, providers, models);
  const open = await Promise.all(
    known.map(async (name): Promise<Target> => {
      return { provider: name, model: model ?? (await unsaid(name)) };
    }),
  );
  const named = await Promise.all(
    fallback.map(async (text): Promise<Target> => {
      const [name = '', ...rest] = text.split('/');
      return { provider: name, model: rest.length === 0 ? await unsaid(name) : rest.join('/') };
    }),
  );
  const isNew = (target: Target) =>
    !open.some((each) => each.provider === target.provider && each.model === target.model);
  return [...open, ...named.filter(isNew)];
}

/** Whoever has a card for the model; nobody has one for a new model, and then everybody may be asked. */
async function whoKnows(model: string, names: readonly string[], providers: Providers): Promise<readonly string[]> {
  const cards = await Promise.all(names.map((name) => providers[name]?.models(OFFLINE)));
  const known = names.filter((_, at) => Object.hasOwn(cards[at] ?? {}, model));
  return known.length > 0 ? known : names;
}

/** The model of the settings, unless its card says that it cannot do this to a picture: then the provider has one that can. */
async function usualModel(
  { inputImages, mask, operation }: ManagerRequest,
  name: string,
  providers: Providers,
  models: Models,
): Promise<string | undefined> {
  const usual = Object.hasOwn(models, name) ? models[name] : undefined;
  const isFromWords = inputImages === undefined && mask === undefined && operation === undefined;
  if (usual === undefined || isTier(usual) || isFromWords) return usual;
  const card = (await providers[name]?.models(OFFLINE))?.[usual];
  const asked = operation ?? (mask === undefined ? 'edit' : 'inpaint');
  return card === undefined || card.edit?.operations.includes(asked) ? usual : undefined;
}

async function planOne(
  request: ManagerRequest,
  first: Composed,
  target: Target,
  providers: Providers,
  words: PromptSources,
): Promise<Candidate> {
  const provider = providers[target.provider]!; // every name was checked
  const planWith = (composed: Composed) => planAt(provider, toVendor(request, composed, target.model, words), target);
  // Which model a provider uses for `best`, `light` or no name is in its plan. It is asked once for each kind of request.
  const isNamed = target.model !== undefined && !isTier(target.model);
  const kind = `${target.model} ${request.operation} ${request.mask !== undefined} ${request.inputImages !== undefined}`;
  const usual = usualModels.get(provider) ?? new Map<string, string>();
  usualModels.set(provider, usual);
  const known = isNamed ? target.model : usual.get(kind);
  let plan = known === undefined ? await planWith(first) : undefined;
  const model = known ?? plan?.model ?? '';
  if (!isNamed && plan?.refusals.length === 0) usual.set(kind, model);
  const card = (await provider.models(OFFLINE))[model];
  const composed = card === undefined ? first : compose(request, words, { model, card });
  if (composed.prompt !== first.prompt || composed.negativePrompt !== first.negativePrompt) plan = undefined;
  plan ??= await planWith(composed);
  return {
    provider: target.provider,
    model: plan.model,
    composed,
    plan,
    reasons: target.reason === undefined ? [] : [target.reason],
  };
}

const usualModels = new WeakMap<Required<MediaProvider>, Map<string, string>>();

/** What a provider will not even plan, it refuses: the others may still do it. */
async function planAt(
  provider: Required<MediaProvider>,
  request: ImageRequest | EditRequest,
  { model = 'unknown' }: Target,
): Promise<RequestPlan> {
  try {
    return await provider.plan(request);
  } catch (error) {
    if (!isAiImageError(error)) throw error;
    const { message, hint } = error;
    const refusal: Refusal = {
      code: 'invalid_request',
      field: 'request',
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

/** The request without what only a manager understands. */
export function toVendor(
  request: ManagerRequest,
  { prompt, negativePrompt }: Candidate['composed'],
  model: string | undefined,
  { styles }: PromptSources,
): ImageRequest | EditRequest {
  const {
    provider: _,
    variation: __,
    profile: ___,
    session: ____,
    fallback: _____,
    output: ______,
    parents: _______,
    model: ________,
    prompt: own,
    negativePrompt: _________,
    style,
    ...plain
  } = request;
  const isPreset = style !== undefined && Object.hasOwn(styles, style);
  return {
    ...plain,
    ...((own !== undefined || prompt !== '') && { prompt }),
    ...(negativePrompt !== undefined && { negativePrompt }),
    // A provider with one method names none before it drew.
    ...(model !== undefined && model !== '' && { model }),
    ...(style !== undefined && !isPreset && { style }),
  } as ImageRequest | EditRequest; // the same fields, less those above
}
