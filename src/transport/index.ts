/** HTTP for the providers: calls, credentials, retries, timeouts. Only `providers/kit` imports it. Also the public entry point `@org/ai-image/transport`. */
export type {
  Authorization,
  AuthStrategy,
  AwsCredentials,
  GoogleSource,
  SignableRequest,
  TokenSupplier,
} from './auth/index.ts';
export { awsAuth, basicAuth, bearerAuth, googleAuth, headerAuth, noAuth, oauthAuth, queryAuth } from './auth/index.ts';
export { brokenReason } from './body/broken-blob.ts';
export { DataUrl, toJsonText } from './body/encode-body.ts';
export { parseJsonText } from './body/json.ts';
export type {
  BytesWithMetadata,
  Explanation,
  FailedReply,
  HttpRequest,
  JobProtocol,
  JobState,
  JobUpdate,
  PartField,
  Reply,
  ReplyHandling,
  RequestBody,
  ResultLocation,
  RunContext,
  StreamItem,
  TransportCall,
  UploadTarget,
  WebSocketProtocol,
} from './call.ts';
export { createTransport } from './create-transport.ts';
export type { Fault, JobTicket, Step, TransportErrorDetails } from './errors.ts';
export {
  FAULTS,
  STEPS,
  TransportAuthError,
  TransportError,
  TransportRateLimitError,
  TransportTimeoutError,
} from './errors.ts';
export { type Clock, nextTurn, sleep, untilAborted } from './flow/wait.ts';
export { isFollowable } from './net/is-followable.ts';
export { copyCause, createRedactor, type Redact } from './net/redact/redact.ts';
export type { HookLabels, Hooks, TransportLimits, TransportSettings } from './settings.ts';
export { DEFAULT_ATTEMPT_TIMEOUT_MS, DEFAULT_DEADLINE_MS, DEFAULT_LIMITS } from './settings.ts';
export type { Transport } from './transport.ts';
