/**
 * What an adapter may use. Provider folders import this file, and of the kit's other files only `auth/`, `families/`, `adapter/about.ts`,
 * `adapter/settings.ts` and `request/webhook-settings.ts`.
 */

export { basicAuth, bearerAuth, headerAuth, noAuth } from '../../transport/auth/keys.ts';
export { toJsonText as jsonText } from '../../transport/body/encode-body.ts';
export { parseJsonText as parseJson } from '../../transport/body/json.ts';
export { nextTurn, sleep } from '../../transport/flow/wait.ts';
export type { AuthStrategy, AwsCredentials, HttpRequest, TokenSupplier } from '../../transport/index.ts';
export type { AuthDeclaration, ProviderAbout } from './adapter/about.ts';
export type { LookupDefinition } from './adapter/free-request-definitions.ts';
export { dataUrl, get, post, postForm, storeForm } from './adapter/http-requests.ts';
export type { JobRef, JobWebSocketDefinition, ReadJobState, ReadJobUpdate } from './adapter/job-definition.ts';
export type { ProviderDefinition } from './adapter/provider-definition.ts';
export type { ImageItem, ReadError, ReplyContext, ReportedUsage } from './adapter/reply-types.ts';
export type { EditArgs, InputFile, RequestArgs } from './adapter/request-args.ts';
export type { CommonSettings } from './adapter/settings.ts';
export type { ReadEvent } from './adapter/stream-definition.ts';
export type { WebhookDefinition } from './adapter/webhook-definition.ts';
export { fromBase64, fromHex } from './encoding.ts';
export {
  jobFeature,
  jobWebSocketFeature,
  listingFeature,
  lookupFeature,
  maskFeature,
  streamFeature,
  svgFeature,
  uploadFeature,
  webhookFeature,
  whiteMaskFeature,
} from './features/loaders.ts';
export { isLink } from './is-link.ts';
export type { DefinedProvider } from './provider/define-provider.ts';
export { defineProvider } from './provider/define-provider.ts';
export { apiUrl, apiUrlOrPath } from './request/api-url.ts';
export { jobSegment, modelPath, modelSegment } from './request/url-path.ts';
export { blob, blobOrLink } from './schema/blob.ts';
export type { Size } from './sizes.ts';
export { nominalPixels, parseSize, sizeText } from './sizes.ts';
