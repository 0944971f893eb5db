/** Requests that cost nothing (polls, result fetches, queries): they are retried after every transient fault. */
import type { HttpRequest, Reply, ReplyHandling } from '../call.ts';
import { displayUrl, resolveApiUrl, type TransportContext } from '../context.ts';
import type { RateLimit } from '../flow/flow-limits.ts';
import { type CallScope, ScopeEnd, scopeEndError } from '../flow/scope.ts';
import { isTransient, withRetries } from './attempts.ts';
import { exchange, type HttpExchange, readReply } from './exchange.ts';

const ATTEMPT_TIMEOUT_MS = 30_000;
/** Longer strings, such as logs, are cut at this many bytes: some servers let them grow without end. */
const MAX_TEXT_BYTES = 65_536;

interface FreeRequestOptions {
  /** @default 'poll' */
  readonly step?: 'poll' | 'download';
  /** Spaces out every attempt. @default no limit */
  readonly rate?: RateLimit;
  /** @default until the scope ends, because the job was paid for */
  readonly maxRetries?: number;
  /** @default 30 s, or the transport's `attemptTimeoutMs` if that is shorter */
  readonly attemptTimeoutMs?: number;
}

/** Sends a free request and reads the reply as JSON or raw bytes. */
export function sendFree(
  context: TransportContext,
  scope: CallScope,
  handling: ReplyHandling,
  request: HttpRequest,
  options: FreeRequestOptions = {},
): Promise<Reply> {
  const read: HttpExchange<Reply>['read'] = (response, signal) =>
    readReply(context, response, handling, { signal, maxTextBytes: MAX_TEXT_BYTES });
  return sendFreeWith(context, scope, handling, request, read, options);
}

/** The same with a reader of the caller's choice. */
export function sendFreeWith<T>(
  context: TransportContext,
  scope: CallScope,
  handling: ReplyHandling,
  request: HttpRequest,
  read: HttpExchange<T>['read'],
  {
    step = 'poll',
    rate,
    maxRetries = Number.POSITIVE_INFINITY,
    attemptTimeoutMs = Math.min(ATTEMPT_TIMEOUT_MS, context.attemptTimeoutMs),
  }: FreeRequestOptions = {},
): Promise<T> {
  return withRetries(context, scope, {
    step,
    url: () => displayUrl(context, resolveApiUrl(context, request.url, {}, step), handling.confidential)(),
    labels: handling.labels ?? {},
    maxRetries,
    mayRetry: isTransient,
    isPaid: false,
    async once(attempt) {
      await rate?.acquire(scope.signal).catch((reason: unknown) => {
        throw reason instanceof ScopeEnd ? scopeEndError(reason, 'poll', 'failed', 'waiting to poll') : reason;
      });
      return exchange(context, scope, { step, request, handling, attempt, attemptTimeoutMs, read });
    },
  });
}
