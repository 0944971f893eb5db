/** A typed client of the server's own API. It needs only `fetch`, and works in a browser. Server and gallery import its route table. */
export { ApiError, type ApiErrorDetails } from './api-error.ts';
export type { ApiCallOptions, ClientSettings } from './client-settings.ts';
export { createClient, type ImageClient, type RouteMethod, type RouteResult } from './create-client.ts';
export {
  createImageRun,
  type ImageRunClient,
  type ImageRunOptions,
  type ImageRunStore,
} from './live/create-image-run.ts';
export type { ImageRunState, ImageRunStatus, RunFailure, RunImage, RunPreview } from './live/image-run-state.ts';
export { ROUTES, type Route, type RouteName } from './routes.ts';
export type { ApiApplied, ApiCost, ApiFailure, ApiWarning } from './schemas/costs.ts';
export type {
  ApiCandidate,
  ApiEditRequest,
  ApiGenerateAnswer,
  ApiGeneratedImage,
  ApiGenerateRequest,
  ApiGeneration,
  ApiPlan,
  ApiPlanRequest,
} from './schemas/generate.ts';
export type { ApiImage, ApiImageDetails, ApiProvenance } from './schemas/images.ts';
export type { ApiJob } from './schemas/jobs.ts';
export type { ApiPartialImage, ApiRun, ApiRunEvent } from './schemas/runs.ts';
export type { RouteAnswer, RouteInput } from './schemas/schemas.ts';
export type { ApiBudget, ApiProvider, ApiProviderHealth, ApiStyle, ApiUsage } from './schemas/server.ts';
