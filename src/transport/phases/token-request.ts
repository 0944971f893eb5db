/** Requests a token from a token server, for all calls that wait for it. */
import type { TokenReply, TokenRequest } from '../auth/index.ts';
import { parseJsonText } from '../body/json.ts';
import { readText } from '../body/text.ts';
import { notifyHook, type TransportContext } from '../context.ts';
import { faultOfStatus, TransportError, transportError, withDetails } from '../errors.ts';
import { discardBody } from '../flow/in-flight.ts';
import { openScope, ScopeEnd, scopeEndError } from '../flow/scope.ts';
import { untilAborted } from '../flow/wait.ts';
import { readNetworkFault } from '../net/network-fault.ts';
import { proxyRefusal, proxyRefusalText } from '../net/proxy-refusal.ts';
import { copyCause } from '../net/redact/redact.ts';
import { isTransient, withRetries } from './attempts.ts';
import { isRedirect } from './failed-reply.ts';

/** For all attempts together. Each waiting call has its own deadline as well. */
const TOKEN_TIMEOUT_MS = 30_000;
const ATTEMPT_TIMEOUT_MS = 10_000;

/**
 * Sends a token request, with retries.
 * @returns the reply, also a 4xx
 * @throws TransportError of step `token`
 */
export async function requestToken(
  context: TransportContext,
  { method, url, headers = {}, form }: TokenRequest,
): Promise<TokenReply> {
  const scope = openScope(undefined, TOKEN_TIMEOUT_MS, context.clock);
  const { origin, pathname } = new URL(url);
  const address = () => origin + pathname;
  try {
    return await withRetries(context, scope, {
      step: 'token',
      url: address,
      labels: {},
      maxRetries: context.limits.maxRetries,
      mayRetry: isTransient,
      isPaid: false,
      async once(attempt) {
        const attemptScope = openScope(scope.signal, ATTEMPT_TIMEOUT_MS, context.clock);
        try {
          return await send(attempt, attemptScope.signal);
        } catch (error) {
          throw toTokenError(error, attemptScope.signal);
        } finally {
          attemptScope.close();
        }
      },
    });
  } catch (error) {
    // Final: the request that needed the token must not retry on top of these attempts.
    throw error instanceof TransportError ? withDetails(error, { isFinal: true }) : error;
  } finally {
    scope.close();
  }

  async function send(attempt: number, signal: AbortSignal): Promise<TokenReply> {
    const toEvent = () => ({ step: 'token', url: address(), attempt, labels: {} }) as const;
    notifyHook(context.hooks.onAttempt, () => ({ ...toEvent(), method }));
    const startedAt = context.clock.now();
    const sending = context.send(url, {
      method,
      headers: {
        accept: 'application/json',
        ...(form && { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' }),
        ...headers,
      },
      body: form && String(new URLSearchParams({ ...form })),
      signal,
    });
    const response = await untilAborted<Response>(sending, signal, discardBody);
    const { status } = response;
    const durationMs = context.clock.now() - startedAt;
    notifyHook(context.hooks.onReply, () => ({ ...toEvent(), status, durationMs, requestId: undefined }));
    const refusal = proxyRefusal(response);
    if (refusal !== undefined || isRedirect(response) || status === 429 || status >= 500) {
      discardBody(response);
      const fault = isRedirect(response) ? 'redirect' : refusal === undefined ? faultOfStatus(status) : 'network';
      const what =
        refusal === undefined
          ? `replied with HTTP ${status}`
          : `cannot be reached: ${proxyRefusalText(status, refusal)}`;
      throw transportError(`the token server at ${origin} ${what}`, {
        fault,
        isFinal: refusal !== undefined,
        step: 'token',
        status,
      });
    }
    const text = await readText(response, { signal });
    return { status, headers: response.headers, body: parseIfJson(text) };
  }

  function toTokenError(error: unknown, { reason: end }: AbortSignal): unknown {
    if (end instanceof ScopeEnd) return scopeEndError(end, 'token', 'failed', `requesting a token from ${origin}`);
    if (error instanceof TransportError) return error;
    const { reason, isFinal } = readNetworkFault(error);
    const cause = copyCause(error, context.redact);
    return transportError(`requesting a token from ${origin}: ${context.redact(reason)}`, {
      fault: 'network',
      step: 'token',
      isFinal,
      cause,
    });
  }
}

function parseIfJson(text: string): unknown {
  try {
    return parseJsonText(text);
  } catch {
    return undefined; // the reader of the reply reports what is missing
  }
}
