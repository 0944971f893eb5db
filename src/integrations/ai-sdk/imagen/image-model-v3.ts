/** Image models for AI SDK 6, which takes models of version 3 only. */
import type { ImageModelV3, ImageModelV4, SharedV3Warning, SharedV4Warning } from '@ai-sdk/provider';

/**
 * Returns the model for `generateImage` of AI SDK 6. It generates the same images.
 * @example generateImage({ model: toImageModelV3(imagen('openai/gpt-image-2')), prompt: 'a fox' })
 */
export function toImageModelV3(model: ImageModelV4): ImageModelV3 {
  const { provider, modelId, maxImagesPerCall } = model;
  return {
    specificationVersion: 'v3',
    provider,
    modelId,
    maxImagesPerCall,
    async doGenerate(call) {
      const { warnings, ...result } = await model.doGenerate(call);
      return { ...result, warnings: warnings.map(toWarning) };
    },
  };
}

const toWarning = (warning: SharedV4Warning): SharedV3Warning =>
  warning.type === 'deprecated' ? { type: 'other', message: warning.message } : warning;
