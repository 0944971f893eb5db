/** Sends one request and reads its reply. Every failure becomes a `TransportError` that says whether work may have started. */
import { BodyError } from '../body/body-error.ts';
import { readBytes } from '../body/bytes.ts';
import { encodeBody } from '../body/encode-body.ts';
import { readJson } from '../body/json.ts';
import type { HttpRequest, Reply, ReplyHandling } from '../call.ts';
import { displayUrl, type FetchInit, notifyHook, resolveApiUrl, type TransportContext } from '../context.ts';
import { type Step, TransportError, transportError, withDetails } from '../errors.ts';
import { discardBody, type InFlight, type SendProgress } from '../flow/in-flight.ts';
import { type CallScope, ScopeEnd, scopeEndError } from '../flow/scope.ts';
import { untilAborted } from '../flow/wait.ts';
import { readNetworkFault } from '../net/network-fault.ts';
import { copyCause } from '../net/redact/redact.ts';
import { withConnectionSlot } from './connection-slot.ts';
import { isRedirect, readReplyError, toRedirectError, wasRedirected } from './failed-reply.ts';

export interface HttpExchange<T> {
  readonly step: Step;
  readonly request: HttpRequest;
  readonly handling: ReplyHandling;
  readonly attempt: number;
  /** @default the transport's `attemptTimeoutMs` */
  readonly attemptTimeoutMs?: number;
  /** The credential was renewed after a refusal. It is renewed only once. */
  readonly isRenewed?: boolean;
  /** Reads a 2xx reply. The signal ends with the attempt. Call `onBroken` with the bytes received of a body that cannot be read. */
  readonly read: (response: Response, signal: AbortSignal, onBroken: (received: Uint8Array) => void) => Promise<T>;
}

/** Headers in which servers send a request id. */
const REQUEST_ID_HEADERS = ['x-request-id', 'request-id', 'x-amzn-requestid', 'x-goog-request-id', 'cf-ray'];

/** The request was refused and the credential was renewed: send it again. */
const AUTH_RENEWED = Symbol('auth renewed');

/** Sends one request. @throws TransportError whose `outcome` says whether work may have started */
export async function exchange<T>(context: TransportContext, scope: CallScope, sent: HttpExchange<T>): Promise<T> {
  const {
    step,
    request,
    handling,
    attempt,
    attemptTimeoutMs = context.attemptTimeoutMs,
    isRenewed = false,
    read,
  } = sent;
  const url = resolveApiUrl(context, request.url, request.query ?? {}, step);
  const address = displayUrl(context, url, handling.confidential);
  const toEvent = () => ({ step, url: address(), attempt, labels: handling.labels ?? {} });
  await context.requestRate?.acquire(scope.signal).catch((reason: unknown) => {
    const action = `waiting for the rate limit of ${context.redact(url.host)} (${context.limits.requestsPerMinute} requests per minute)`;
    throw reason instanceof ScopeEnd ? scopeEndError(reason, step, 'failed', action) : reason;
  });
  const slot = { step, url, timeoutMs: attemptTimeoutMs };
  const result = await withConnectionSlot<T | typeof AUTH_RENEWED>(context, scope, slot, async (signal) => {
    const progress: SendProgress = { isSent: false };
    const inFlight = { step, action: () => `${request.method} ${address()}`, handling, progress, signal };
    try {
      const { body, headers } = await untilAborted(prepareRequest(context, url, request, signal), signal);
      const sending = startSending(context, url, { method: request.method, headers, body, signal }, inFlight);
      notifyHook(context.hooks.onAttempt, () => ({ ...toEvent(), method: request.method }));
      const startedAt = context.clock.now();
      progress.isSent = true;
      const response = await untilAborted<Response>(sending, signal, discardBody);
      const { status } = response;
      const requestId = readRequestId(context, response, handling.confidential);
      Object.assign(progress, { status, requestId });
      const durationMs = context.clock.now() - startedAt;
      notifyHook(context.hooks.onReply, () => ({ ...toEvent(), status, durationMs, requestId }));
      if (isRedirect(response)) throw toRedirectError(response, inFlight);
      if (!response.ok) {
        const { headers: replyHeaders } = response;
        const mayRenew = !isRenewed && !wasRedirected(response, step);
        if (!mayRenew || !context.auth.renew?.({ status, headers: replyHeaders, clock: context.clock }))
          throw await readReplyError(context, response, inFlight);
        discardBody(response);
        return AUTH_RENEWED;
      }
      return await read(response, signal, (received) => {
        progress.received = received;
      });
    } catch (error) {
      throw toTransportError(error, context, inFlight);
    }
  });
  return result === AUTH_RENEWED ? exchange(context, scope, { ...sent, isRenewed: true }) : result;
}

/** Reads a whole reply as JSON, or as raw bytes if its content type is neither JSON nor text. */
export async function readReply(
  context: TransportContext,
  response: Response,
  handling: ReplyHandling,
  {
    signal,
    maxTextBytes,
    onBroken,
  }: {
    readonly signal: AbortSignal;
    readonly maxTextBytes?: number;
    readonly onBroken?: (received: Uint8Array) => void;
  },
): Promise<Reply> {
  const limits = { maxBytes: context.limits.maxReplyBytes, maxBlobBytes: context.limits.maxResultBytes };
  const mayReclaim = context.mayReclaimChunks();
  const { status } = response;
  const headers = Object.fromEntries(response.headers);
  const requestId = readRequestId(context, response, handling.confidential);
  if (isRaw(response)) {
    const body = await readBytes(response, { maxBytes: context.limits.maxResultBytes, signal, mayReclaim }, onBroken);
    return { status, headers, requestId, body, received: () => body };
  }
  const options = {
    blobs: handling.blobs,
    nonFinite: handling.nonFinite,
    limits: maxTextBytes === undefined ? limits : { ...limits, maxTextBytes },
    signal,
    mayReclaim,
  };
  const { value: body, received } = await readJson(response, options, onBroken);
  return { status, headers, requestId, body, received };
}

function isRaw(response: Response): boolean {
  const type = response.headers.get('content-type') ?? '';
  return type !== '' && !/json|^text\//i.test(type);
}

async function prepareRequest(context: TransportContext, url: URL, request: HttpRequest, signal: AbortSignal) {
  const encoded = request.body && encodeBody(request.body);
  const headers: Record<string, string> = {
    accept: 'application/json',
    ...context.headers,
    ...(encoded && { 'content-type': encoded.contentType }),
    ...request.headers,
  };
  const body = encoded?.bytes;
  const signable = { method: request.method, url, headers, ...(body && { body }) };
  const authorization = await context.auth.authorize(signable, {
    signal,
    requestToken: context.requestToken,
    clock: context.clock,
  });
  for (const [name, value] of Object.entries(authorization.query ?? {})) url.searchParams.set(name, value);
  return { body, headers: { ...headers, ...authorization.headers } };
}

/**
 * Checks the headers, URL and method before the request counts as sent. The platform's own error for them has no code and cannot be
 * distinguished from a later network error.
 * @throws TransportError that names the header, never its value
 */
function startSending(
  context: TransportContext,
  url: URL,
  init: FetchInit,
  { step, action }: Pick<InFlight, 'step' | 'action'>,
): Promise<Response> {
  const refuse = (what: string) =>
    transportError(`${action()}: ${what}`, { fault: 'network', step, outcome: 'failed', isFinal: true });
  const badName = nameOfBadHeader(init.headers);
  if (badName !== undefined) {
    const shown = JSON.stringify(badName.slice(0, 60));
    throw refuse(`the header ${shown} cannot be sent: its name or value has a forbidden character`);
  }
  try {
    return context.send(url, init);
  } catch {
    throw refuse('fetch cannot send this URL or method');
  }
}

/** All headers at once first: nearly always they are good. */
function nameOfBadHeader(headers: Readonly<Record<string, string>>): string | undefined {
  const isBad = (some: Record<string, string>) => {
    try {
      return !new Headers(some);
    } catch {
      return true;
    }
  };
  return isBad(headers) ? Object.keys(headers).find((name) => isBad({ [name]: headers[name]! })) : undefined;
}

function readRequestId(
  context: TransportContext,
  response: Response,
  confidential?: readonly string[],
): string | undefined {
  for (const name of REQUEST_ID_HEADERS) {
    const value = response.headers.get(name);
    if (value) return context.redact(value, confidential).slice(0, 200);
  }
  return undefined;
}

/** Wraps an exception from a function of the caller, which is rethrown unchanged. */
export class CallerError {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

function toTransportError(
  error: unknown,
  context: TransportContext,
  { step, action, handling, progress, signal }: InFlight,
): unknown {
  if (error instanceof CallerError) return error.error;
  const { isSent, status, requestId, received } = progress;
  const outcome = isSent ? 'unknown' : 'failed';
  const { reason: end } = signal;
  const hasStatus = error instanceof TransportError && error.status !== undefined;
  if (end instanceof ScopeEnd && !hasStatus)
    return withDetails(scopeEndError(end, step, outcome, action()), { status, requestId, received });
  if (error instanceof TransportError) return withDetails(error, { requestId: error.requestId ?? requestId });
  if (!isSent) return error; // from signing or encoding, not from the network
  const redact = (text: string) => context.redact(text, handling.confidential);
  const describe = (what: string) => `${action()}: ${redact(what)}`;
  const cause = copyCause(error, redact);
  if (error instanceof BodyError) {
    // The server had replied, so the work was done. A body that cannot be read would not be better the second time.
    const isFinal = error.fault === 'too_large' || (step === 'submit' && error.fault !== 'network');
    return transportError(describe(error.message), {
      fault: error.fault,
      step,
      outcome,
      status,
      requestId,
      isFinal,
      received,
      cause,
    });
  }
  const { maybeSent, isFinal, reason } = readNetworkFault(error);
  return transportError(describe(reason), {
    fault: 'network',
    step,
    outcome: maybeSent ? 'unknown' : 'failed',
    isFinal,
    cause,
  });
}
