export { type AwsCredentials, awsAuth } from './aws.ts';
export { type GoogleSource, googleAuth } from './google.ts';
export { basicAuth, bearerAuth, headerAuth, noAuth, queryAuth, type TokenSupplier } from './keys.ts';
export { oauthAuth } from './oauth.ts';
export type {
  Authorization,
  AuthStrategy,
  SignableRequest,
  TokenReply,
  TokenRequest,
} from './strategy.ts';
