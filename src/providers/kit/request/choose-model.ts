/** Chooses the model of a request and the card that it is checked against. */

import { withoutUndefined } from '../../protocol/input/without-undefined.ts';
import type { EditCapabilities, ModelCard, OperationDifference } from '../../protocol/model-card.ts';
import type { ImageRequest } from '../../protocol/request.ts';
import { isModelTier, type ModelTier } from '../../protocol/shared/model-tier.ts';
import type { Operation } from '../../protocol/vocabulary.ts';
import type { ProviderDefinition } from '../adapter/provider-definition.ts';

export interface ChosenModel {
  readonly model: string;
  /** With the differences of the operation applied. */
  readonly card: ModelCard;
  /** Set if the model has no card: it is treated like this model, except for the price. */
  readonly likeModel?: string;
}

/** Returns what a request does to its input images; undefined if it starts from the prompt alone. */
export function operationOf({
  inputImages,
  mask,
  operation,
}: Pick<ImageRequest, 'inputImages' | 'mask' | 'operation'>): Operation | undefined {
  if (inputImages === undefined && mask === undefined && operation === undefined) return undefined;
  return operation ?? (mask === undefined ? 'edit' : 'inpaint');
}

/** Returns all model cards: the vendor's, and those that the settings describe. */
export function modelsOf(
  { models, ownModels }: Pick<ProviderDefinition, 'models' | 'ownModels'>,
  settings: unknown,
): Readonly<Record<string, ModelCard>> {
  return ownModels === undefined ? models : { ...models, ...ownModels(settings) };
}

/** @param named the model that the caller passed, or `best` or `light` */
export function chooseModel(
  definition: ProviderDefinition,
  named: string | undefined,
  { settings, operation }: { readonly settings: unknown; readonly operation: Operation | undefined },
): ChosenModel {
  const { defaultModel, defaultModels, toModel } = definition;
  const models = modelsOf(definition, settings);
  const requested = isModelTier(named) && !Object.hasOwn(models, named) ? modelOfTier(named) : named;
  const defaultId = (operation && defaultModels?.[operation]) ?? defaultModel;
  const { model, card: name = model } = toModel?.(requested, settings) ?? { model: requested ?? defaultId };
  const known = Object.hasOwn(models, name) ? models[name] : undefined;
  // A model without a card is assumed to support what the default model supports.
  const card = cardFor(known ?? withoutPricing(models[defaultModel]!), operation);
  return known === undefined ? { model, card, likeModel: defaultModel } : { model, card };

  /** @returns undefined if the provider has no such model for the operation: then its default is used */
  function modelOfTier(tier: ModelTier): string | undefined {
    const meant = definition.tiers?.[tier];
    const can = meant === undefined ? undefined : models[meant];
    return operation === undefined || can?.edit?.operations.includes(operation) ? meant : undefined;
  }
}

/** The price of one model says nothing about another, so the price of a model without a card is unknown. */
function withoutPricing({ pricing: _, ...card }: ModelCard): ModelCard {
  return card;
}

/** Applies the differences of one operation to a card. */
function cardFor(card: ModelCard, operation: Operation | undefined): ModelCard {
  const differs: OperationDifference | undefined = operation && card.edit?.differs?.[operation];
  if (differs === undefined) return card;
  const { edit, ...own } = differs;
  // The result is a card again: a difference can only remove optional fields.
  const merged = withoutUndefined({ ...card, ...own }) as unknown as ModelCard;
  return edit && merged.edit
    ? { ...merged, edit: withoutUndefined({ ...merged.edit, ...edit }) as EditCapabilities }
    : merged;
}
