/** Lists the model ids that a client may send. */
import { MODEL_TIERS } from '../../../../providers/protocol/shared/model-tier.ts';
import { isRetired } from '../../is-retired.ts';
import { mayUse } from '../../tenants/may-use.ts';
import { DEFAULT_ALIASES } from './default-aliases.ts';
import type { ModelsContext } from './models-context.ts';

/** A model as OpenAI's API shows it. */
export interface ModelEntry {
  readonly id: string;
  readonly object: 'model';
  /** No vendor's cards say it. */
  readonly created: 0;
  readonly owned_by: string;
}

/** What owns the ids that are no vendor's. */
const OWN = 'imagen';

/** `provider/model` for every model that the caller may use, the model id alone where one provider has it, tiers, and aliases. */
export function listModelIds({ cards, aliases, caller, today }: ModelsContext): readonly ModelEntry[] {
  const models = Object.entries(cards).flatMap(([provider, all]) =>
    Object.entries(all)
      .filter(([model, card]) => !isRetired(card, today) && mayUse(caller, { provider, model }))
      .map(([model]) => ({ provider, model })),
  );
  const providersOf = new Map<string, number>();
  for (const { model } of models) providersOf.set(model, (providersOf.get(model) ?? 0) + 1);
  const full = models.map(({ provider, model }) => entry(`${provider}/${model}`, provider));
  const bare = models
    .filter(({ model }) => providersOf.get(model) === 1)
    .map(({ provider, model }) => entry(model, provider));
  const hasTiers = caller.models === undefined || caller.models.some((each) => Object.hasOwn(cards, each));
  const mayUseAlias = (target: string) => {
    const [provider = '', ...rest] = target.split('/');
    return mayUse(caller, { provider, model: rest.join('/') }) || models.some(({ model }) => model === target);
  };
  const given = Object.entries(aliases === false ? {} : (aliases ?? {}));
  const own = [
    ...(hasTiers ? MODEL_TIERS : []),
    ...(aliases === false ? [] : DEFAULT_ALIASES),
    ...given.filter(([, target]) => mayUseAlias(target)).map(([alias]) => alias),
  ].map((id) => entry(id, OWN));
  return [...new Map([...own, ...bare, ...full].map((each) => [each.id, each])).values()].sort(byOwnLast);
}

const entry = (id: string, owner: string): ModelEntry => ({ id, object: 'model', created: 0, owned_by: owner });

/** Programs show the first ids of the list first. */
const byOwnLast = (one: ModelEntry, other: ModelEntry): number =>
  Number(one.owned_by === OWN) - Number(other.owned_by === OWN);
