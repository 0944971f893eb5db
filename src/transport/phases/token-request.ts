/** Asking a server for a token: a step of its own, for all callers who wait for it. */

import type { TokenReply, TokenRequest } from '../auth/index.ts';
import { parseJsonText } from '../body/json.ts';
import { readText } from '../body/text.ts';
import { notifyHook, type TransportContext } from '../context.ts';
import { faultOfStatus, TransportError, transportError, withDetails } from '../errors.ts';
import { discard } from '../flow/in-flight.ts';
import { endedError, openScope, ScopeEnd } from '../flow/scope.ts';
import { untilAborted } from '../flow/wait.ts';
import { readNetworkFault } from '../net/network-fault.ts';
import { copyCause } from '../net/redact.ts';
import { isTransient, withRetries } from './attempts.ts';
import { isRedirect } from './refusal.ts';

/** A token is a small thing; whoever waits for it has a limit of their own besides. */
const TOKEN_TIMEOUT_MS = 30_000;
const ATTEMPT_TIMEOUT_MS = 10_000;

/** @throws TransportError of step `token`; an answer that says no is no error here */
export async function requestToken(
  wire: TransportContext,
  { method, url, headers = {}, form }: TokenRequest,
): Promise<TokenReply> {
  const scope = openScope(undefined, TOKEN_TIMEOUT_MS, wire.clock);
  const { origin, pathname } = new URL(url);
  const address = origin + pathname;
  try {
    return await withRetries(wire, scope, {
      step: 'token',
      url: address,
      labels: {},
      maxRetries: wire.limits.maxRetries,
      mayRetry: isTransient,
      isPaid: false,
      async once(attempt) {
        const own = openScope(scope.signal, ATTEMPT_TIMEOUT_MS, wire.clock);
        try {
          return await send(attempt, own.signal);
        } catch (error) {
          throw toTokenError(error, own.signal);
        } finally {
          own.close();
        }
      },
    });
  } catch (error) {
    // Its own attempts were all there are: the request that needed the token is not sent again for it.
    throw error instanceof TransportError ? withDetails(error, { isFinal: true }) : error;
  } finally {
    scope.close();
  }

  async function send(attempt: number, signal: AbortSignal): Promise<TokenReply> {
    const happening = { step: 'token', url: address, attempt, labels: {} } as const;
    notifyHook(wire.hooks.onAttempt, { ...happening, method });
    const startedAt = wire.clock.now();
    const sending = wire.send(url, {
      method,
      headers: { accept: 'application/json', ...headers },
      signal,
      ...(form && { body: new URLSearchParams({ ...form }) }),
    });
    const response = await untilAborted<Response>(sending, signal, discard);
    const { status } = response;
    notifyHook(wire.hooks.onReply, {
      ...happening,
      status,
      durationMs: wire.clock.now() - startedAt,
      requestId: undefined,
    });
    if (isRedirect(response) || status === 429 || status >= 500) {
      discard(response);
      const fault = isRedirect(response) ? 'redirect' : faultOfStatus(status);
      throw transportError(`the token server at ${origin} answered HTTP ${status}`, { fault, step: 'token', status });
    }
    const text = await readText(response, { signal });
    return { status, headers: response.headers, body: parseLeniently(text) };
  }

  function toTokenError(error: unknown, { reason: end }: AbortSignal): unknown {
    if (end instanceof ScopeEnd) return endedError(end, 'token', 'failed', `asking ${origin} for a token`);
    if (error instanceof TransportError) return error;
    const { reason, isFinal } = readNetworkFault(error);
    const cause = copyCause(error, wire.redact);
    return transportError(`asking ${origin} for a token: ${wire.redact(reason)}`, {
      fault: 'network',
      step: 'token',
      isFinal,
      cause,
    });
  }
}

function parseLeniently(text: string): unknown {
  try {
    return parseJsonText(text);
  } catch {
    return undefined; // whoever asked says what was missing
  }
}
