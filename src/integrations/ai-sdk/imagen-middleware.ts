/** Adds a manager to an image model that an app already has: budgets, a store, records and one bill for a repeated call id. */
import type { ImageModelV4, ImageModelV4CallOptions, ImageModelV4Middleware } from '@ai-sdk/provider';
import { createImageManager, type ManagerSettings } from '../../manager/index.ts';
import { fromAiSdk } from './from-sdk/from-ai-sdk.ts';
import type { AiSdkCard } from './from-sdk/sdk-card.ts';
import { createImageModel, MAX_IMAGES_PER_CALL } from './imagen/image-model.ts';
import { OPTIONS_KEY } from './imagen/provider-options.ts';

/** The settings of a manager of one model. */
export interface ImagenMiddlewareSettings extends Omit<ManagerSettings, 'providers' | 'models' | 'fallback'> {
  /** What the model can do, and its price: a budget refuses a model without a price. @default what the AI SDK says */
  readonly card?: AiSdkCard;
}

/**
 * Creates a middleware for `wrapImageModel` of the AI SDK. The wrapped model generates through a manager: its budget is checked before the call,
 * its images are stored, and a call that may have been charged is not repeated. Options of the model are passed as before, those of this package
 * as `providerOptions['ai-image']`.
 * @example wrapImageModel({ model: xai.image('grok-imagine-image'), middleware: imagenMiddleware({ store, budget: { perDayUsd: 5 }, card }) })
 */
export function imagenMiddleware(settings: ImagenMiddlewareSettings = {}): ImageModelV4Middleware {
  const managed = new WeakMap<ImageModelV4, ImageModelV4>();
  const managedModel = (model: ImageModelV4): ImageModelV4 => {
    const known = managed.get(model) ?? withManager(model, settings);
    managed.set(model, known);
    return known;
  };
  return {
    specificationVersion: 'v4',
    overrideMaxImagesPerCall: () => MAX_IMAGES_PER_CALL,
    wrapGenerate: async ({ model, params }) => managedModel(model).doGenerate(params),
  };
}

function withManager(model: ImageModelV4, { card, ...settings }: ImagenMiddlewareSettings): ImageModelV4 {
  const { provider, modelId } = model;
  const name = provider.replaceAll('/', '.') || 'ai-sdk';
  const manager = createImageManager({ ...settings, providers: { [name]: fromAiSdk(model, card) } });
  return createImageModel({
    manager,
    provider,
    modelId,
    named: { provider: name },
    defaults: {},
    optionsOf: optionsOfModel,
  });
}

/** Returns what the call says to the model itself. */
function optionsOfModel({ providerOptions }: ImageModelV4CallOptions) {
  const { [OPTIONS_KEY]: _, ...own } = providerOptions ?? {};
  return Object.keys(own).length === 0 ? undefined : own;
}
