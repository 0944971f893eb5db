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
export type {
  Background,
  ImageFormat,
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
