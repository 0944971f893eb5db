/** Vercel's AI SDK, both ways: a manager as its image provider, its image models as providers, and agent tools for it. Imports nothing of it. */

export { fromAiSdk } from './from-sdk/from-ai-sdk.ts';
export type { AiSdkCard, AiSdkImageModel } from './from-sdk/sdk-card.ts';
export type { ImagenErrorData } from './imagen/call-error.ts';
export { createImagen, type ImagenProvider, type ImagenSettings } from './imagen/create-imagen.ts';
export { toImageModelV3 } from './imagen/image-model-v3.ts';
export { type ImagenOptions, imagenOptions } from './imagen/provider-options.ts';
export type { ImagenImageMetadata } from './imagen/to-result.ts';
export { type ImagenMiddlewareSettings, imagenMiddleware } from './imagen-middleware.ts';
export {
  type AiSdkTool,
  type ImageToolSetSettings,
  imageToolSet,
  type ToolInputSchema,
  type ToolModelOutput,
} from './tool-set.ts';
