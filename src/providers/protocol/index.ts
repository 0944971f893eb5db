/** The protocol: what providers promise and callers may rely on. It imports nothing of this package; every other module may import it. */
export type { CallContext } from './context.ts';
export type { AiImageErrorCode, AiImageErrorDetails, Charged, ErrorRule, ImageFailure } from './errors.ts';
export { AiImageError, ERROR_CODES, ERROR_RULES, isAiImageError } from './errors.ts';
export type { ImageEvent } from './events.ts';
export type {
  AppliedSettings,
  Cost,
  GeneratedImage,
  ImageGeneration,
  ImageLink,
  Timing,
  Usage,
  Warning,
} from './generation.ts';
export type { Health } from './health.ts';
export { suggest } from './input/suggest.ts';
export { findUnknownKey, unknownKeyHint } from './input/unknown-key.ts';
export { withoutUndefined } from './input/without-undefined.ts';
export type { JobHandle } from './job.ts';
export type {
  EditCapabilities,
  ImagePrice,
  InputBounds,
  MaskConvention,
  ModelCard,
  OperationDifference,
  Pricing,
  SizeRule,
  TokenRates,
} from './model-card.ts';
export type { PlannedRequest, Refusal, RequestPlan } from './plan.ts';
export type {
  AiImageProvider,
  CloseOptions,
  GenerateImageParams,
  MediaProvider,
  ModelsOptions,
  WebhookHeaders,
} from './provider.ts';
export type { EditRequest, ImageRequest } from './request.ts';
export type { AiImageResult } from './result.ts';
export { FILE_EXTENSIONS } from './shared/file-extensions.ts';
export type { ModelTier } from './shared/model-tier.ts';
export { isModelTier } from './shared/model-tier.ts';
export { randomId } from './shared/random-id.ts';
export { isUsdAmount, MICROS_PER_USD } from './shared/usd-amount.ts';
export type {
  Background,
  ImageFormat,
  ImageSize,
  MediaType,
  OnUnsupported,
  Operation,
  Quality,
  SafetyLevel,
  SizeWord,
} from './vocabulary.ts';
export {
  BACKGROUNDS,
  IMAGE_FORMATS,
  MEDIA_TYPES,
  ON_UNSUPPORTED,
  OPERATIONS,
  QUALITIES,
  SAFETY_LEVELS,
  SIZE_WORDS,
} from './vocabulary.ts';
export type { WebhookReport } from './webhook.ts';
