/** What an adapter may use. */
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
export type {
  EditArgs,
  ImageItem,
  InputFile,
  JobRef,
  LineDefinition,
  LookupDefinition,
  ProviderDefinition,
  ReadError,
  ReadEvent,
  ReadJobState,
  ReadNews,
  ReplyContext,
  ReportedUsage,
  RequestArgs,
  WebhookDefinition,
} from './adapter/definition.ts';
export { dataUrl, get, post, postForm, storeForm } from './adapter/definition.ts';
export type { CommonSettings } from './adapter/settings.ts';
export { fromBase64, fromHex } from './encoding.ts';
export { isLink } from './is-link.ts';
export type { DefinedProvider } from './provider/define-provider.ts';
export { defineProvider } from './provider/define-provider.ts';
export { apiUrl, apiUrlOrPath } from './request/api-url.ts';
export { jobSegment, modelPath, modelSegment } from './request/path.ts';
export { secretsOf, webhookSecrets, webhookUrl } from './request/webhook-url.ts';
export { blob, blobOrLink } from './schema/blob.ts';
export type { Size } from './sizes.ts';
export { nominalPixels, parseSize, sizeText } from './sizes.ts';
