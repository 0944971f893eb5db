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
export type { AuthDeclaration, ProviderAbout } from './about.ts';
export { apiUrl, apiUrlOrPath } from './api-url.ts';
export { blob, blobOrLink } from './blob.ts';
export type { DefinedProvider } from './define-provider.ts';
export { defineProvider } from './define-provider.ts';
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
} from './definition.ts';
export { dataUrl, get, post, postForm, storeForm } from './definition.ts';
export { fromBase64, fromHex } from './encoding.ts';
export { isLink } from './is-link.ts';
export { jobSegment, modelPath, modelSegment } from './path.ts';
export type { CommonSettings } from './settings.ts';
export type { Size } from './sizes.ts';
export { nominalPixels, parseSize, sizeText } from './sizes.ts';
export { secretsOf, webhookSecrets, webhookUrl } from './webhook-url.ts';
