/** Finds the provider and model that a model id of a client stands for. */
import type { ManagerRequest, ModelCard } from '../../../../index.ts';
import { quoteName } from '../../../../providers/protocol/input/hide-keys.ts';
import { suggest } from '../../../../providers/protocol/input/suggest.ts';
import { isModelTier } from '../../../../providers/protocol/shared/model-tier.ts';
import { HttpFault } from '../../http/http-fault.ts';
import { isRetired } from '../../is-retired.ts';
import { mayUse } from '../../tenants/may-use.ts';
import { listModelIds } from './list-model-ids.ts';
import { isDefaultAlias, type ModelsContext } from './models-context.ts';

export interface ModelChoice {
  /** The fields of the request. Without a model, the manager chooses. */
  readonly target: Pick<ManagerRequest, 'provider' | 'model' | 'fallback'>;
  /** What the client should be told about the choice. */
  readonly warning?: string;
}

/**
 * @param id `provider/model`, `provider`, a model id, `best`, `light` or an alias; without one, the default model
 * @throws HttpFault 404 `model_not_found`: no provider has the model; 403 `model_not_allowed`: the caller may not use it
 */
export function resolveModel(id: string | undefined, context: ModelsContext): ModelChoice {
  const { aliases } = context;
  if (id === undefined) return defaultModel(context);
  if (aliases !== false && aliases !== undefined && Object.hasOwn(aliases, id)) {
    const target = aliases[id] ?? '';
    // What the operator of the server wrote needs no card: a vendor may have more models than are known here.
    const found = find(target, context, { needsCard: false });
    if (found === undefined) throw unknownModel(target, context);
    return { target: found, warning: `The model ${id} stands for ${target}.` };
  }
  const found = find(id, context, { needsCard: true });
  if (found !== undefined) return { target: found };
  if (aliases !== false && isDefaultAlias(id)) {
    const warning = `The model ${id} was shut down or is none. The default model is used instead.`;
    return { ...defaultModel(context), warning };
  }
  const retired = findRetired(id, context);
  if (retired !== undefined) throw retiredModel(id, retired);
  throw unknownModel(id, context);
}

/** A caller who may not use every model gets the first of those that the token names, then the others in their order. */
function defaultModel({ caller: { models } }: ModelsContext): ModelChoice {
  const [first, ...others] = models ?? [];
  return { target: first === undefined ? {} : { ...toTarget(first), fallback: others } };
}

function toTarget(text: string): ModelChoice['target'] {
  const [provider = '', ...rest] = text.split('/');
  return { provider, ...(rest.length > 0 && { model: rest.join('/') }) };
}

function find(
  id: string,
  { cards, caller, today }: ModelsContext,
  { needsCard }: { readonly needsCard: boolean },
): ModelChoice['target'] | undefined {
  if (isModelTier(id)) return { ...(caller.models !== undefined && tierTarget(caller.models, cards)), model: id };
  const isAlive = (provider: string, model: string) => {
    const card = cardOf(cards, provider, model);
    return card !== undefined && !isRetired(card, today);
  };
  const having = Object.keys(cards).filter((provider) => isAlive(provider, id));
  if (having.length > 0) {
    const allowed = having.filter((provider) => mayUse(caller, { provider, model: id }));
    const [first, ...others] = allowed;
    if (first === undefined) throw notAllowed(id);
    if (caller.models === undefined) return { model: id };
    return { provider: first, model: id, fallback: others.map((provider) => `${provider}/${id}`) };
  }
  const { provider = '', model } = toTarget(id);
  if (!Object.hasOwn(cards, provider)) return undefined;
  const isKnown = model === undefined || isModelTier(model) || isAlive(provider, model);
  // A server that lists no models takes any. A model that the token names was written by the operator.
  const isOpen = Object.keys(cards[provider] ?? {}).length === 0 || caller.models?.includes(id) === true;
  const isDead = model !== undefined && cardOf(cards, provider, model) !== undefined;
  if (!isKnown && (isDead || (needsCard && !isOpen))) return undefined;
  if (!mayUse(caller, { provider, model })) throw notAllowed(id);
  const target = model === undefined ? { provider } : { provider, model };
  // The fallback of the manager's settings may name models that the token does not allow.
  return caller.models === undefined ? target : { ...target, fallback: [] };
}

/** A tier of the first provider of which the caller may use every model. */
function tierTarget(models: readonly string[], cards: ModelsContext['cards']): ModelChoice['target'] {
  const provider = models.find((each) => Object.hasOwn(cards, each));
  if (provider === undefined) throw notAllowed('best or light');
  return { provider, fallback: [] };
}

function cardOf(cards: ModelsContext['cards'], provider: string, model: string): ModelCard | undefined {
  const all = Object.hasOwn(cards, provider) ? cards[provider] : undefined;
  return all !== undefined && Object.hasOwn(all, model) ? all[model] : undefined;
}

function findRetired(id: string, { cards, today }: ModelsContext): ModelCard | undefined {
  const { provider = '', model = '' } = toTarget(id);
  const all = [cardOf(cards, provider, model), ...Object.keys(cards).map((name) => cardOf(cards, name, id))];
  return all.find((card) => card !== undefined && isRetired(card, today));
}

const notFound = (message: string): HttpFault => new HttpFault(404, 'model_not_found', message, { param: 'model' });

const notAllowed = (id: string): HttpFault =>
  new HttpFault(403, 'model_not_allowed', `Your token does not allow the model ${quoteName(id)}. ${LIST}`, {
    param: 'model',
  });

const retiredModel = (id: string, { shutdown, successor }: ModelCard): HttpFault =>
  notFound(
    `The model ${quoteName(id)} was shut down on ${shutdown ?? 'an unknown date'}. ${successor === undefined ? LIST : `Use ${successor}.`}`,
  );

function unknownModel(id: string, context: ModelsContext): HttpFault {
  const known = listModelIds(context).map((model) => model.id);
  return notFound(`There is no model ${quoteName(id)}. ${suggest(id, known) ?? LIST}`);
}

const LIST = 'GET /v1/models lists the models that you may use.';
