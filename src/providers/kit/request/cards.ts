/** Which card a request is held against. */
import type { EditCapabilities, ModelCard, OperationDifference } from '../../protocol/model-card.ts';
import type { ImageRequest } from '../../protocol/request.ts';
import type { Operation } from '../../protocol/vocabulary.ts';
import type { ProviderDefinition } from '../adapter/definition.ts';
import { isModelTier, type ModelTier } from '../model-tier.ts';

export interface ChosenModel {
  readonly model: string;
  /** As the model is for the operation. */
  readonly card: ModelCard;
  /** The model has no card of its own: it is treated like this one, but for the price. */
  readonly likeModel?: string;
}

/** What a request does to its input pictures. @returns undefined when it starts from the prompt alone */
export function operationOf({
  inputImages,
  mask,
  operation,
}: Pick<ImageRequest, 'inputImages' | 'mask' | 'operation'>): Operation | undefined {
  if (inputImages === undefined && mask === undefined && operation === undefined) return undefined;
  return operation ?? (mask === undefined ? 'edit' : 'inpaint');
}

/** The cards there are: the vendor's, and those that the settings describe. */
export function modelsOf(
  { models, ownModels }: Pick<ProviderDefinition, 'models' | 'ownModels'>,
  settings: unknown,
): Readonly<Record<string, ModelCard>> {
  return ownModels === undefined ? models : { ...models, ...ownModels(settings) };
}

/** @param named the model the caller named, or `best` or `light` */
export function chooseModel(
  definition: ProviderDefinition,
  named: string | undefined,
  { settings, operation }: { readonly settings: unknown; readonly operation: Operation | undefined },
): ChosenModel {
  const { defaultModel, defaultModels, toModel } = definition;
  const models = modelsOf(definition, settings);
  const asked = isModelTier(named) && !Object.hasOwn(models, named) ? modelOfTier(named) : named;
  const usual = (operation && defaultModels?.[operation]) ?? defaultModel;
  const { model, card: name = model } = toModel?.(asked, settings) ?? { model: asked ?? usual };
  const known = Object.hasOwn(models, name) ? models[name] : undefined;
  // What only a special model can do, a stranger is not supposed to do.
  const card = cardFor(known ?? withoutPricing(models[defaultModel]!), operation);
  return known === undefined ? { model, card, likeModel: defaultModel } : { model, card };

  /** @returns undefined where the provider has no such model for the operation: then its default counts */
  function modelOfTier(tier: ModelTier): string | undefined {
    const meant = definition.tiers?.[tier];
    const can = meant === undefined ? undefined : models[meant];
    return operation === undefined || can?.edit?.operations.includes(operation) ? meant : undefined;
  }
}

/** The price of one model says nothing about another: what a model without a card costs is unknown. */
function withoutPricing({ pricing: _, ...card }: ModelCard): ModelCard {
  return card;
}

/** A card with what differs for one operation laid over it. */
function cardFor(card: ModelCard, operation: Operation | undefined): ModelCard {
  const differs: OperationDifference | undefined = operation && card.edit?.differs?.[operation];
  if (differs === undefined) return card;
  const { edit, ...own } = differs;
  // Laid over a card, a difference leaves a card: what it takes away is optional there.
  const laid = withoutUndefined({ ...card, ...own }) as unknown as ModelCard;
  return edit && laid.edit ? { ...laid, edit: withoutUndefined({ ...laid.edit, ...edit }) as EditCapabilities } : laid;
}

function withoutUndefined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Partial<T>;
}
