/** What an adapter may use. */
export type { AuthStrategy, AwsCredentials, HttpRequest, TokenSupplier } from '../../transport/index.ts';
export {
  awsAuth,
  bearerAuth,
  googleAuth,
  headerAuth,
  nextTurn,
  oauthAuth,
  parseJsonText as parseJson,
  sleep,
  toJsonText as jsonText,
} from '../../transport/index.ts';
export type { AuthDeclaration, ProviderAbout } from './about.ts';
export { apiUrl } from './api-url.ts';
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
export type { CommonSettings } from './settings.ts';
export type { Size } from './sizes.ts';
export { nominalPixels, parseSize, sizeText } from './sizes.ts';
export { webhookUrl } from './webhook-url.ts';
