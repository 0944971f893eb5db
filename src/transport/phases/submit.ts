/** The step that costs money: sent again only when it surely was not accepted, or under a key that makes sending it again harmless. */

import type { TransportCall } from '../call.ts';
import { resolveApiUrl, shownAddress, type TransportContext } from '../context.ts';
import { TransportError, withDetails } from '../errors.ts';
import type { CallScope } from '../flow/scope.ts';
import { withRetries } from './attempts.ts';
import { exchange, type HttpExchange } from './exchange.ts';

/** Statuses by which a server says that it began no work. */
const REFUSALS = [429, 503, 529];

/** @param read the answer that says yes @throws TransportError whose `outcome` counts all attempts: one in doubt leaves all in doubt */
export function submit<T>(
  wire: TransportContext,
  scope: CallScope,
  call: TransportCall,
  read: HttpExchange<T>['read'],
): Promise<T> {
  const { idempotency } = call;
  const request = idempotency
    ? { ...call.request, headers: { ...call.request.headers, [idempotency.header]: idempotency.key } }
    : call.request;
  const url = resolveApiUrl(wire, request.url, {}, 'submit');
  let isInDoubt = false;
  return withRetries(wire, scope, {
    step: 'submit',
    url: shownAddress(wire, url, call.confidential),
    labels: call.labels ?? {},
    maxRetries: wire.limits.maxRetries,
    mayRetry: (error) => mayResubmit(error, call),
    isPaid: true,
    once: (attempt) =>
      exchange(wire, scope, { step: 'submit', request, following: call, attempt, read }).catch((error: unknown) => {
        if (!(error instanceof TransportError)) throw error;
        const known = isRefusal(error, call) ? withDetails(error, { outcome: 'failed' }) : error;
        // The words of a later answer say nothing about an earlier attempt, whose work may have been done.
        const told = isInDoubt ? withDetails(known, { outcome: 'unknown', tag: undefined }) : known;
        isInDoubt ||= known.outcome === 'unknown';
        throw told;
      }),
  });
}

/** May this failure be answered by sending the same thing again? */
export function mayResubmit(error: TransportError, call: Pick<TransportCall, 'refusals' | 'idempotency'>): boolean {
  if (error.isFinal) return false;
  if (error.fault === 'network' && error.outcome === 'failed') return true; // never connected
  if (isRefusal(error, call)) return true;
  return (
    call.idempotency !== undefined &&
    error.outcome === 'unknown' &&
    ['network', 'server', 'timeout'].includes(error.fault)
  );
}

function isRefusal({ status }: TransportError, { refusals = REFUSALS }: Pick<TransportCall, 'refusals'>): boolean {
  return status !== undefined && refusals.includes(status);
}
