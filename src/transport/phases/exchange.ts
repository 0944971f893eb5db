/** One request and its answer: sent once, read whole, every way of failing told apart. */

import type { TokenRequest } from '../auth/index.ts';
import { BodyError } from '../body/body-error.ts';
import { readBytes } from '../body/bytes.ts';
import { encodeBody } from '../body/encode-body.ts';
import { readJson } from '../body/json.ts';
import type { Following, HttpRequest, Reply } from '../call.ts';
import { notifyHook, resolveApiUrl, shownAddress, type TransportContext } from '../context.ts';
import { type Step, TransportError, transportError, withDetails } from '../errors.ts';
import { discard, type InFlight, type SendProgress } from '../flow/in-flight.ts';
import { type CallScope, endedError, ScopeEnd } from '../flow/scope.ts';
import { untilAborted } from '../flow/wait.ts';
import { readNetworkFault } from '../net/network-fault.ts';
import { copyCause } from '../net/redact.ts';
import { withConnectionSlot } from './connection-slot.ts';
import { isRedirect, redirected, refusal } from './refusal.ts';
import { requestToken } from './token-request.ts';

export interface HttpExchange<T> {
  readonly step: Step;
  readonly request: HttpRequest;
  readonly following: Following;
  readonly attempt: number;
  /** @default the transport's */
  readonly attemptTimeoutMs?: number;
  /** The authorization was made anew after a refusal: there is no third time. */
  readonly isRenewed?: boolean;
  /** Reads a 2xx answer. The signal ends with the attempt; `onBroken` is told what came of a body that cannot be read. */
  readonly read: (response: Response, signal: AbortSignal, onBroken: (received: Uint8Array) => void) => Promise<T>;
}

/** Names under which servers give a request's id. */
const REQUEST_ID_HEADERS = ['x-request-id', 'request-id', 'x-amzn-requestid', 'x-goog-request-id', 'cf-ray'];

/** A refusal for which the authorization was made anew. */
const RENEWED = Symbol('renewed');

/** @throws TransportError whose `outcome` says whether a submit can have begun work */
export async function exchange<T>(wire: TransportContext, scope: CallScope, sent: HttpExchange<T>): Promise<T> {
  const { step, request, following, attempt, attemptTimeoutMs = wire.attemptTimeoutMs, isRenewed = false, read } = sent;
  const url = resolveApiUrl(wire, request.url, request.query ?? {}, step);
  const address = shownAddress(wire, url, following.confidential);
  const happening = { step, url: address, attempt, labels: following.labels ?? {} };
  await wire.apiPace?.pass(scope.signal).catch((reason: unknown) => {
    const doing = `waiting to send to ${wire.redact(url.host)}, which is asked ${wire.limits.requestsPerMinute} times a minute`;
    throw reason instanceof ScopeEnd ? endedError(reason, step, 'failed', doing) : reason;
  });
  const turn = { step, url, timeoutMs: attemptTimeoutMs };
  const answer = await withConnectionSlot<T | typeof RENEWED>(wire, scope, turn, async (signal) => {
    const progress: SendProgress = { isSent: false };
    const context = { step, doing: `${request.method} ${address}`, following, progress, signal };
    try {
      const { body, headers } = await untilAborted(prepare(wire, url, request, signal), signal);
      requireSendable(url, request.method, headers, context);
      notifyHook(wire.hooks.onAttempt, { ...happening, method: request.method });
      const startedAt = wire.clock.now();
      progress.isSent = true;
      const sending = wire.send(url, { method: request.method, headers, signal, ...(body !== undefined && { body }) });
      const response = await untilAborted<Response>(sending, signal, discard);
      const { status } = response;
      const requestId = readRequestId(wire, response, following.confidential);
      Object.assign(progress, { status, requestId });
      notifyHook(wire.hooks.onReply, { ...happening, status, durationMs: wire.clock.now() - startedAt, requestId });
      if (isRedirect(response)) throw redirected(response, context);
      if (!response.ok) {
        const { headers: told } = response;
        if (isRenewed || !wire.auth.renew?.({ status, headers: told, clock: wire.clock }))
          throw await refusal(wire, response, context);
        discard(response);
        return RENEWED;
      }
      return await read(response, signal, (received) => {
        progress.received = received;
      });
    } catch (error) {
      throw toTransportError(error, wire, context);
    }
  });
  return answer === RENEWED ? exchange(wire, scope, { ...sent, isRenewed: true }) : answer;
}

/** A whole answer as JSON, or as raw bytes when it says that it is neither JSON nor text. */
export async function readReply(
  wire: TransportContext,
  response: Response,
  following: Following,
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
  const limits = { maxBytes: wire.limits.maxReplyBytes, maxBlobBytes: wire.limits.maxResultBytes };
  const own = wire.isPlatformFetch();
  const { status } = response;
  const headers = Object.fromEntries(response.headers);
  const requestId = readRequestId(wire, response, following.confidential);
  if (isRaw(response)) {
    const body = await readBytes(response, { maxBytes: wire.limits.maxResultBytes, signal, own }, onBroken);
    return { status, headers, requestId, body, received: () => body };
  }
  const options = {
    blobs: following.blobs,
    nonFinite: following.nonFinite,
    limits: maxTextBytes === undefined ? limits : { ...limits, maxTextBytes },
    signal,
    own,
  };
  const { value: body, received } = await readJson(response, options, onBroken);
  return { status, headers, requestId, body, received };
}

function isRaw(response: Response): boolean {
  const type = response.headers.get('content-type') ?? '';
  return type !== '' && !/json|^text\//i.test(type);
}

async function prepare(wire: TransportContext, url: URL, request: HttpRequest, signal: AbortSignal) {
  const encoded = request.body && encodeBody(request.body);
  const headers: Record<string, string> = {
    accept: 'application/json',
    ...wire.headers,
    ...(encoded?.contentType !== undefined && { 'content-type': encoded.contentType }),
    ...request.headers,
  };
  // Bytes, so that what is signed is what is sent, and encoded once.
  const body = typeof encoded?.body === 'string' ? new TextEncoder().encode(encoded.body) : encoded?.body;
  const signable = { method: request.method, url, headers, ...(body instanceof Uint8Array && { body }) };
  const ask = (question: TokenRequest) => requestToken(wire, question);
  const authorization = await wire.auth.authorize(signable, { signal, ask, clock: wire.clock });
  for (const [name, value] of Object.entries(authorization.query ?? {})) url.searchParams.set(name, value);
  return { body, headers: { ...headers, ...authorization.headers } };
}

/**
 * What the platform refuses to send is found before anything counts as sent: its own error has no code, and cannot be told from one that
 * came later. @throws TransportError that names the header and never its value
 */
function requireSendable(
  url: URL,
  method: string,
  headers: Readonly<Record<string, string>>,
  { step, doing }: Pick<InFlight, 'step' | 'doing'>,
): void {
  const refuse = (what: string) =>
    transportError(`${doing}: ${what}`, { fault: 'network', step, outcome: 'failed', isFinal: true });
  for (const [name, value] of Object.entries(headers)) {
    try {
      new Headers([[name, value]]);
    } catch {
      throw refuse(
        `the header ${JSON.stringify(name.slice(0, 60))} cannot be sent: its name or value has a forbidden character`,
      );
    }
  }
  try {
    new Request(url, { method });
  } catch {
    throw refuse('the address or the method is none that fetch sends');
  }
}

function readRequestId(
  wire: TransportContext,
  response: Response,
  confidential?: readonly string[],
): string | undefined {
  for (const name of REQUEST_ID_HEADERS) {
    const value = response.headers.get(name);
    if (value) return wire.redact(value, confidential).slice(0, 200);
  }
  return undefined;
}

/** Marks what one of the caller's own functions threw while an answer was being read: it is handed on as it is. */
export class CallerFault {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

function toTransportError(
  error: unknown,
  wire: TransportContext,
  { step, doing, following, progress, signal }: InFlight,
): unknown {
  if (error instanceof CallerFault) return error.error;
  const { isSent, status, requestId, received } = progress;
  const outcome = isSent ? 'unknown' : 'failed';
  const { reason: end } = signal;
  const isTold = error instanceof TransportError && error.status !== undefined;
  if (end instanceof ScopeEnd && !isTold)
    return withDetails(endedError(end, step, outcome, doing), { status, requestId, received });
  if (error instanceof TransportError) return withDetails(error, { requestId: error.requestId ?? requestId });
  if (!isSent) return error; // A fault of the caller's own functions (signing, encoding), not of the network.
  const redact = (text: string) => wire.redact(text, following.confidential);
  const describe = (what: string) => `${doing}: ${redact(what)}`;
  const cause = copyCause(error, redact);
  if (error instanceof BodyError) {
    // The body belongs to an answer: by then the work was done. One that cannot be read would be sent no better a second time.
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
