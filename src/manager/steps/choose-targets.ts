/** Lists the providers, and their models, that a request may go to. */
import { isModelTier, type MediaProvider } from '../../providers/protocol/index.ts';
import type { ManagerRequest } from '../interfaces/request.ts';
import { DUMMY } from '../prompt/dummy-model.ts';

/** Model cards are read without a call. */
export const OFFLINE = { isOffline: true } as const;

/** Providers by their names. */
export type Providers = Readonly<Record<string, Required<MediaProvider>>>;

/** By provider: the model for requests that name none. */
export type DefaultModels = Readonly<Record<string, string>>;

/** A provider, and its model where the request or the settings name one. */
export interface Target {
  readonly provider: string;
  readonly model?: string | undefined;
  /** Says why it is a target. */
  readonly reason?: string;
}

/** Returns the provider of the request, or all of them where it names none, and then the providers of its fallback. */
export async function chooseTargets(
  request: ManagerRequest,
  providers: Providers,
  models: DefaultModels,
): Promise<readonly Target[]> {
  const { provider, model, fallback = [] } = request;
  if (model === DUMMY) return [{ provider: 'stub', reason: 'the stub generates dummy images' }];
  const names = provider === undefined ? Object.keys(providers) : [provider];
  const able = model === undefined || isModelTier(model) ? names : await providersOfModel(model, names, providers);
  const defaultModel = (name: string) => configuredModel(request, name, providers, models);
  const targets = await Promise.all(
    able.map(async (name): Promise<Target> => ({ provider: name, model: model ?? (await defaultModel(name)) })),
  );
  const fallbackTargets = await Promise.all(
    fallback.map(async (text): Promise<Target> => {
      const [name = '', ...rest] = text.split('/');
      return { provider: name, model: rest.length === 0 ? await defaultModel(name) : rest.join('/') };
    }),
  );
  const isNew = (target: Target) =>
    !targets.some((each) => each.provider === target.provider && each.model === target.model);
  return [...targets, ...fallbackTargets.filter(isNew)];
}

/** Returns the providers that have a card for the model. A new model has no card anywhere: then every provider may have it. */
async function providersOfModel(
  model: string,
  names: readonly string[],
  providers: Providers,
): Promise<readonly string[]> {
  const cards = await Promise.all(names.map((name) => providers[name]?.models(OFFLINE)));
  const able = names.filter((_, index) => Object.hasOwn(cards[index] ?? {}, model));
  return able.length > 0 ? able : names;
}

/** Returns the model of the settings, unless its card lacks the requested operation: then the provider chooses. */
async function configuredModel(
  { inputImages, mask, operation }: ManagerRequest,
  name: string,
  providers: Providers,
  models: DefaultModels,
): Promise<string | undefined> {
  const configured = Object.hasOwn(models, name) ? models[name] : undefined;
  const startsFromPrompt = inputImages === undefined && mask === undefined && operation === undefined;
  if (configured === undefined || isModelTier(configured) || startsFromPrompt) return configured;
  const card = (await providers[name]?.models(OFFLINE))?.[configured];
  const needed = operation ?? (mask === undefined ? 'edit' : 'inpaint');
  return card === undefined || card.edit?.operations.includes(needed) ? configured : undefined;
}
