/** Credentials of API requests. Used by the transport; `../index.ts` exports them. */

export type {
  Authorization,
  AuthStrategy,
  SignableRequest,
  TokenReply,
  TokenRequest,
} from './auth-strategy.ts';
export { type AwsCredentials, awsAuth } from './aws.ts';
export { type GoogleSource, googleAuth } from './google.ts';
export { basicAuth, bearerAuth, headerAuth, noAuth, queryAuth, type TokenSupplier } from './keys.ts';
export { oauthAuth } from './oauth.ts';
