/** Turns a redirect or an error reply (4xx, 5xx) into a `TransportError` that says whether work may have started. */
import { parseJsonText } from '../body/json.ts';
import { readText } from '../body/text.ts';
import type { Explanation } from '../call.ts';
import type { TransportContext } from '../context.ts';
import { faultOfStatus, type Step, type TransportError, transportError } from '../errors.ts';
import { discardBody, type InFlight } from '../flow/in-flight.ts';
import { openScope, ScopeEnd } from '../flow/scope.ts';
import { mayBeProxyRefusal, proxyRefusal, proxyRefusalText } from '../net/proxy-refusal.ts';
import { readRetryAfter, toDelayMs } from '../net/retry-after.ts';

/** How long to wait for the body of an error reply. */
const ERROR_TEXT_TIMEOUT_MS = 5_000;

/** In browsers a redirect arrives as `opaqueredirect`, without its status or target. */
export function isRedirect({ status, type }: Response): boolean {
  return type === 'opaqueredirect' || (status >= 300 && status < 400);
}

/**
 * Whether the host's `fetch` followed a redirect of a request that costs money. Then two servers have had it, and the reply of the second says
 * nothing about the first.
 */
export const wasRedirected = ({ redirected }: Response, step: Step): boolean => step === 'submit' && redirected;

/** Creates the error for a redirect, which API requests never follow. */
export function toRedirectError(
  response: Response,
  { step, action, progress: { status, requestId } }: InFlight,
): TransportError {
  discardBody(response);
  const shown = status ? ` (HTTP ${status})` : '';
  return transportError(`${action()} was redirected${shown}, which is not followed`, {
    fault: 'redirect',
    step,
    status,
    requestId,
    // 307 and 308 mean "send it there instead"; the others may mean "done, the result is there" (RFC 9110, 15.4).
    outcome: status === 307 || status === 308 ? 'failed' : 'unknown',
    isFinal: true,
  });
}

/** Creates the error for a 4xx or 5xx reply, with the server's own message. */
export async function readReplyError(
  context: TransportContext,
  response: Response,
  inFlight: InFlight,
): Promise<TransportError> {
  const { step, handling, progress, signal } = inFlight;
  const { status } = response;
  const refusal = proxyRefusal(response);
  if (refusal !== undefined) {
    discardBody(response);
    const text = proxyRefusalText(status, refusal);
    return wasRedirected(response, step)
      ? redirectedError(inFlight, status, text)
      : transportError(`${inFlight.action()}: ${text}`, { fault: 'network', step, status, isFinal: true });
  }
  const headers = Object.fromEntries(response.headers);
  const text = await readErrorText(context, response, signal);
  const body = parseIfJson(text);
  const explanation: Explanation = handling.explain?.({ status, headers, body }) ?? { message: messageOf(body) };
  const hint = context.auth.hint?.({ status, headers: response.headers, clock: context.clock });
  const message = context.redact(explanation.message, handling.confidential);
  const notes = [
    ...(hint === undefined ? [] : [hint]),
    ...(mayBeProxyRefusal(response, context.baseUrl.protocol)
      ? ['the reply came through a proxy (header Via), which may have refused the request itself']
      : []),
  ];
  const told = [`${message} (HTTP ${status})`, ...notes].join('; ');
  if (wasRedirected(response, step)) return redirectedError(inFlight, status, told);
  return transportError(told, {
    fault: faultOfStatus(status),
    step,
    status,
    requestId: progress.requestId,
    // A 4xx means for every server that no work started. After a 5xx that is unknown, unless the call's `refusals` list it.
    outcome: status >= 500 || status === 408 ? 'unknown' : 'failed',
    retryAfterMs: readRetryAfter(headers, context.clock.wallNow()) ?? toDelayMs(explanation.retryAfterMs),
    tag: explanation.tag,
    isFinal: explanation.isFinal === true || headers['x-should-retry'] === 'false',
  });
}

/** The first address may have done the work, whatever the second one answered. */
function redirectedError({ action, step, progress }: InFlight, status: number, answer: string): TransportError {
  const message = `${action()} was redirected, and fetch sent it again to another address, which answered: ${answer}`;
  return transportError(message, {
    fault: 'redirect',
    step,
    status,
    requestId: progress.requestId,
    outcome: 'unknown',
    isFinal: true,
  });
}

/** Reads the body for a short time only; a timeout here is no error, because the status is already known. */
async function readErrorText(context: TransportContext, response: Response, signal: AbortSignal): Promise<string> {
  const bodyScope = openScope(signal, ERROR_TEXT_TIMEOUT_MS, context.clock);
  try {
    return await readText(response, { signal: bodyScope.signal });
  } catch (reason) {
    if (reason instanceof ScopeEnd && reason.kind === 'timeout') return '';
    throw reason;
  } finally {
    bodyScope.close();
  }
}

function messageOf(body: unknown): string {
  if (typeof body !== 'string' || body.trim() === '') return 'the server gave no reason';
  // Not shortened here: the redactor would not recognise half a secret.
  return /^\s*<(?:!doctype|html)/i.test(body) ? 'the server replied with an HTML page' : body.trim();
}

function parseIfJson(text: string): unknown {
  try {
    return parseJsonText(text);
  } catch {
    return text; // not JSON, e.g. an error page
  }
}
