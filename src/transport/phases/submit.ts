/** Sends the request that costs money. It is retried only if the server certainly did not accept it, or with an idempotency key. */
import type { Reply, TransportCall } from '../call.ts';
import { displayUrl, resolveApiUrl, type TransportContext } from '../context.ts';
import { TransportError, withDetails } from '../errors.ts';
import { type CallScope, ScopeEnd, scopeEndError } from '../flow/scope.ts';
import { untilAborted } from '../flow/wait.ts';
import { withRetries } from './attempts.ts';
import { exchange, type HttpExchange, readReply } from './exchange.ts';
import { loadFetching } from './fetch-results.ts';

/** Statuses with which a server says that it started no work. */
const REFUSALS = [429, 503, 529];

/** Submits a call and reads the whole reply. **Costs money.** */
export function submitAndRead(context: TransportContext, scope: CallScope, call: TransportCall): Promise<Reply> {
  return submit(context, scope, call, (response, signal, onBroken) =>
    readReply(context, response, call, { signal, onBroken }),
  );
}

/**
 * Submits a call. **Costs money.**
 * @param read reads a 2xx reply
 * @throws TransportError whose `outcome` covers all attempts: if one is unknown, the whole submit is unknown
 */
export async function submit<T>(
  context: TransportContext,
  scope: CallScope,
  call: TransportCall,
  read: HttpExchange<T>['read'],
): Promise<T> {
  const { idempotency } = call;
  const request = idempotency
    ? { ...call.request, headers: { ...call.request.headers, [idempotency.header]: idempotency.key } }
    : call.request;
  if (!call.holdsResults) {
    await untilAborted(loadFetching(), scope.signal).catch((reason: unknown) => {
      throw reason instanceof ScopeEnd
        ? scopeEndError(reason, 'submit', 'failed', 'loading the code that fetches results')
        : reason;
    });
  }
  let mayHaveBeenAccepted = false;
  return withRetries(context, scope, {
    step: 'submit',
    url: () => displayUrl(context, resolveApiUrl(context, request.url, {}, 'submit'), call.confidential)(),
    labels: call.labels ?? {},
    maxRetries: context.limits.maxRetries,
    mayRetry: (error) => mayResubmit(error, call),
    isPaid: true,
    once: (attempt) =>
      exchange(context, scope, {
        step: 'submit',
        request,
        handling: call,
        attempt,
        read(response, signal, onBroken) {
          if (response.redirected) call.onRedirected?.();
          return read(response, signal, onBroken);
        },
      }).catch((error: unknown) => {
        if (!(error instanceof TransportError)) throw error;
        const known = isRefusal(error, call) ? withDetails(error, { outcome: 'failed' }) : error;
        // A later refusal says nothing about an earlier attempt that may have been accepted.
        const reported = mayHaveBeenAccepted ? withDetails(known, { outcome: 'unknown', tag: undefined }) : known;
        mayHaveBeenAccepted ||= known.outcome === 'unknown';
        throw reported;
      }),
  });
}

/** Whether the same request may be sent again after this failure. */
export function mayResubmit(error: TransportError, call: Pick<TransportCall, 'refusals' | 'idempotency'>): boolean {
  if (error.isFinal) return false;
  if (error.fault === 'network' && error.outcome === 'failed') return true; // the connection was never made
  if (isRefusal(error, call)) return true;
  return (
    call.idempotency !== undefined &&
    error.outcome === 'unknown' &&
    ['network', 'server', 'timeout'].includes(error.fault)
  );
}

function isRefusal(
  { status, fault }: TransportError,
  { refusals = REFUSALS }: Pick<TransportCall, 'refusals'>,
): boolean {
  return fault !== 'redirect' && status !== undefined && refusals.includes(status);
}
