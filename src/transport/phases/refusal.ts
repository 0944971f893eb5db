/** An answer that says no: what it means, in its own words, and whether work can have been begun. */
import { parseJsonText } from '../body/json.ts';
import { readText } from '../body/text.ts';
import type { Explanation } from '../call.ts';
import type { TransportContext } from '../context.ts';
import { faultOfStatus, type TransportError, transportError } from '../errors.ts';
import { discard, type InFlight } from '../flow/in-flight.ts';
import { openScope, ScopeEnd } from '../flow/scope.ts';
import { readRetryAfter, toDelayMs } from '../net/retry-after.ts';

/** How long its words are waited for. */
const WORDS_TIMEOUT_MS = 5_000;

/** Browsers do not show where an answer of theirs redirects to, only that it does. */
export function isRedirect({ status, type }: Response): boolean {
  return type === 'opaqueredirect' || (status >= 300 && status < 400);
}

export function redirected(
  response: Response,
  { step, doing, progress: { status, requestId } }: InFlight,
): TransportError {
  discard(response);
  const shown = status ? ` (HTTP ${status})` : '';
  return transportError(`${doing} was redirected${shown}, which is not followed`, {
    fault: 'redirect',
    step,
    status,
    requestId,
    // These two say "ask there instead"; the others may also say "done, look there" (RFC 9110, 15.4).
    outcome: status === 307 || status === 308 ? 'failed' : 'unknown',
    isFinal: true,
  });
}

export async function refusal(wire: TransportContext, response: Response, context: InFlight): Promise<TransportError> {
  const { step, following, progress, signal } = context;
  const { status } = response;
  const headers = Object.fromEntries(response.headers);
  const text = await readWords(wire, response, signal);
  const body = parseLeniently(text);
  const explanation: Explanation = following.explain?.({ status, headers, body }) ?? { message: wordsOf(body) };
  const remark = wire.auth.remark?.({ status, headers: response.headers, clock: wire.clock });
  const words = wire.redact(explanation.message, following.confidential);
  return transportError(`${words} (HTTP ${status})${remark === undefined ? '' : `; ${remark}`}`, {
    fault: faultOfStatus(status),
    step,
    status,
    requestId: progress.requestId,
    // Whether a 4xx is certain is the same for all servers; a 5xx leaves doubt until the caller's list says otherwise.
    outcome: status >= 500 || status === 408 ? 'unknown' : 'failed',
    retryAfterMs: readRetryAfter(headers, wire.clock.wallNow()) ?? toDelayMs(explanation.retryAfterMs),
    tag: explanation.tag,
    isFinal: explanation.isFinal === true || headers['x-should-retry'] === 'false',
  });
}

/** The status says it all already, so its words are waited for briefly, and a time-out here changes nothing about it. */
async function readWords(wire: TransportContext, response: Response, signal: AbortSignal): Promise<string> {
  const own = openScope(signal, WORDS_TIMEOUT_MS, wire.clock);
  try {
    return await readText(response, { signal: own.signal });
  } catch (reason) {
    if (reason instanceof ScopeEnd && reason.kind === 'timeout') return '';
    throw reason;
  } finally {
    own.close();
  }
}

function wordsOf(body: unknown): string {
  if (typeof body !== 'string' || body.trim() === '') return 'the server gave no reason';
  // Not cut here: half a secret is none that the redactor would know.
  return /^\s*<(?:!doctype|html)/i.test(body) ? 'the server answered with an HTML page' : body.trim();
}

function parseLeniently(text: string): unknown {
  try {
    return parseJsonText(text);
  } catch {
    return text; // An error page is no JSON; its words are kept as they are.
  }
}
