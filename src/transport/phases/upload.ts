/** Handing a file to a place that a server named: guarded like a result link, never with our credential. It costs nothing. */
import { dial } from '#platform';
import { encodeBodyWhole } from '../body/encode-body.ts';
import type { UploadTarget } from '../call.ts';
import { notifyHook, shownAddress, type TransportContext } from '../context.ts';
import { faultOfStatus, transportError } from '../errors.ts';
import { discard } from '../flow/in-flight.ts';
import type { CallScope } from '../flow/scope.ts';
import { untilAborted } from '../flow/wait.ts';
import { isPublicAddress } from '../net/address.ts';
import { originOf } from '../net/link-guard.ts';
import { isTransient, withRetries } from './attempts.ts';
import { withConnectionSlot } from './connection-slot.ts';
import { checkForeignLink, toTransferError } from './download.ts';

/** @throws TransportError; nothing was submitted yet */
export async function upload(wire: TransportContext, scope: CallScope, target: UploadTarget): Promise<void> {
  const url = checkForeignLink(wire, target.link);
  const { bytes, contentType } = await encodeBodyWhole(target.body);
  const headers = { 'content-type': contentType, ...target.headers };
  const address = shownAddress(wire, url);
  await withRetries(wire, scope, {
    step: 'download',
    url: address,
    labels: {},
    maxRetries: wire.limits.maxRetries,
    mayRetry: isTransient, // the same bytes at the same place
    isPaid: false,
    once: (attempt) =>
      withConnectionSlot(wire, scope, { step: 'download', url, timeoutMs: wire.attemptTimeoutMs }, async (signal) => {
        try {
          const happening = { step: 'download', url: address, attempt, labels: {} } as const;
          notifyHook(wire.hooks.onAttempt, { ...happening, method: target.method });
          const startedAt = wire.clock.now();
          const response = await untilAborted(send(wire, url, target.method, headers, bytes, signal), signal, discard);
          const { status } = response;
          const durationMs = wire.clock.now() - startedAt;
          notifyHook(wire.hooks.onReply, { ...happening, status, durationMs, requestId: undefined });
          discard(response);
          if (response.ok) return;
          // A redirect is no yes either: what is handed over is not handed on.
          throw transportError(`${url.host} did not take the file (HTTP ${status})`, {
            fault: status < 400 ? 'redirect' : faultOfStatus(status),
            step: 'download',
            status,
            isFinal: status < 400,
          });
        } catch (error) {
          throw toTransferError(error, wire, `uploading to ${wire.redact(url.host)}`, signal);
        }
      }),
  });
}

function send(
  wire: TransportContext,
  url: URL,
  method: UploadTarget['method'],
  headers: Readonly<Record<string, string>>,
  body: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<Response> {
  if (wire.ownFetch !== undefined)
    return wire.ownFetch(url, { method, redirect: 'manual', credentials: 'omit', headers, body, signal });
  const isTrusted = originOf(url) === originOf(wire.baseUrl);
  return dial(url, { signal, method, body, headers, isAllowed: (address) => isTrusted || isPublicAddress(address) });
}
