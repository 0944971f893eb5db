export { type AwsCredentials, type AwsSource, awsAuth } from './aws.ts';
export { type GoogleSource, googleAuth } from './google.ts';
export { bearerAuth, headerAuth, noAuth, queryAuth, type TokenSupplier } from './keys.ts';
export type {
  AuthContext,
  Authorization,
  AuthRefusal,
  AuthStrategy,
  SignableRequest,
  TokenReply,
  TokenRequest,
} from './strategy.ts';
