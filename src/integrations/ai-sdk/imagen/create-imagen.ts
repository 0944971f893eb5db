/** The manager as a provider of the AI SDK. */
import type { EmbeddingModelV4, ImageModelV4, LanguageModelV4, ProviderV4 } from '@ai-sdk/provider';
import type { ImageManager } from '../../../manager/index.ts';
import { noSuchModelError } from './call-error.ts';
import { createImageModel } from './image-model.ts';
import { type ImagenOptions, OPTIONS_KEY, readImagenOptions } from './provider-options.ts';

export interface ImagenSettings {
  /** Options of every call. `providerOptions['ai-image']` of a call replaces them one by one. @default none */
  readonly defaults?: ImagenOptions;
}

/** A provider of the AI SDK. A call with a model id returns the model. */
export interface ImagenProvider extends ProviderV4 {
  /**
   * Returns an image model. Sends nothing.
   * @param modelId `provider/model`, `provider` for its default model, a model that one of the providers has, `best` or `light`
   */
  (modelId: string): ImageModelV4;
  /** Returns an image model, as a call of the provider itself does. */
  imageModel(modelId: string): ImageModelV4;
  /** @throws NoSuchModelError always: there are image models only */
  languageModel(modelId: string): LanguageModelV4;
  /** @throws NoSuchModelError always: there are image models only */
  embeddingModel(modelId: string): EmbeddingModelV4;
}

/**
 * Creates a provider for `generateImage` of the AI SDK, whose images the manager generates, with its budgets, fallbacks and store. Generating
 * **costs money**. Failed calls throw the SDK's `APICallError`, which is retryable only if the failed call cost nothing.
 * @param manager generates the images; it stays open
 * @throws AiImageError `invalid_request`: a default is unknown or of the wrong kind
 * @example
 * const imagen = createImagen(manager);
 * const { image } = await generateImage({ model: imagen('openai/gpt-image-2'), prompt: 'a fox' });
 */
export function createImagen(manager: ImageManager, { defaults = {} }: ImagenSettings = {}): ImagenProvider {
  const checked = { ...readImagenOptions(defaults) };
  const imageModel = (modelId: string) =>
    createImageModel({ manager, provider: OPTIONS_KEY, modelId, defaults: checked });
  return Object.assign((modelId: string) => imageModel(modelId), {
    specificationVersion: 'v4' as const,
    imageModel,
    languageModel(modelId: string): never {
      throw noSuchModelError('languageModel', modelId);
    },
    embeddingModel(modelId: string): never {
      throw noSuchModelError('embeddingModel', modelId);
    },
  });
}
