/**
 * What an adapter may use. Provider folders import this file, and of the kit's other files only `families/`, `adapter/about.ts` and
 * `adapter/settings.ts`.
 */
export type { AuthStrategy, AwsCredentials, HttpRequest, TokenSupplier } from '../../transport/index.ts';
export {
  awsAuth,
  basicAuth,
  bearerAuth,
  googleAuth,
  headerAuth,
  nextTurn,
  noAuth,
  oauthAuth,
  parseJsonText as parseJson,
  sleep,
  toJsonText as jsonText,
} from '../../transport/index.ts';
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
  streamFeature,
  uploadFeature,
  webhookFeature,
} from './features/loaders.ts';
export { isLink } from './is-link.ts';
export type { DefinedProvider } from './provider/define-provider.ts';
export { defineProvider } from './provider/define-provider.ts';
export { apiUrl, apiUrlOrPath } from './request/api-url.ts';
export { jobSegment, modelPath, modelSegment } from './request/url-path.ts';
export { secretsOf, webhookSecrets, webhookUrl } from './request/webhook-settings.ts';
export { blob, blobOrLink } from './schema/blob.ts';
export type { Size } from './sizes.ts';
export { nominalPixels, parseSize, sizeText } from './sizes.ts';
