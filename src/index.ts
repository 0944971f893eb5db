/** The front door. Importing it loads no adapter, no transport and no schema library: they come with the first call. */
export { getProvider, setProvider } from './config/get-provider.ts';
export { createImageManager } from './manager/create-image-manager.ts';
export type { JobRecord, Kept, KeptGeneration } from './manager/index.ts';
export type { ManagerSettings } from './manager/settings.ts';
export type {
  Attempt,
  BudgetLimits,
  Candidate,
  Composed,
  ImageManager,
  ManagedGeneration,
  ManagerContext,
  ManagerEvent,
  ManagerPlan,
  ManagerRequest,
  Profile,
  Session,
  StylePreset,
} from './manager/types.ts';
export { AiImageError, isAiImageError } from './providers/protocol/errors.ts';
export type {
  AiImageErrorCode,
  AiImageErrorDetails,
  AiImageProvider,
  AiImageResult,
  AppliedSettings,
  Background,
  CallContext,
  Charged,
  Cost,
  EditCapabilities,
  EditRequest,
  ErrorRule,
  GeneratedImage,
  GenerateImageParams,
  Health,
  ImageEvent,
  ImageFailure,
  ImageFormat,
  ImageGeneration,
  ImageLink,
  ImagePrice,
  ImageRequest,
  InputBounds,
  JobHandle,
  MaskConvention,
  MediaProvider,
  MediaType,
  ModelCard,
  OnUnsupported,
  Operation,
  OperationDifference,
  PlannedRequest,
  Pricing,
  Quality,
  Refusal,
  RequestPlan,
  SafetyLevel,
  SizeRule,
  SizeWord,
  Timing,
  TokenRates,
  Usage,
  Warning,
  WebhookHeaders,
  WebhookReport,
} from './providers/protocol/index.ts';
export type {
  CommonSettings,
  DefinedProvider,
  ProviderAbout,
  ProviderId,
  ProviderListing,
  ProviderSettings,
} from './providers/registry.ts';
export { createProvider, listProviders } from './providers/registry.ts';
export type { StubCall, StubSettings } from './providers/stub/stub-provider.ts';
export { StubProvider } from './providers/stub/stub-provider.ts';
