/** Uploads a file to an address that the server returned. Checked like a result link; sent without the credential. Free. */
import { dial } from '#platform';
import { encodeBody } from '../body/encode-body.ts';
import type { UploadTarget } from '../call.ts';
import { displayUrl, notifyHook, type TransportContext } from '../context.ts';
import { faultOfStatus, TransportError, transportError, withDetails } from '../errors.ts';
import { discardBody } from '../flow/in-flight.ts';
import type { CallScope } from '../flow/scope.ts';
import { untilAborted } from '../flow/wait.ts';
import { isPublicAddress } from '../net/address.ts';
import { originOf } from '../net/link-guard.ts';
import { proxyRefusal, proxyRefusalText } from '../net/proxy-refusal.ts';
import type { HookLabels } from '../settings.ts';
import { isTransient, withRetries } from './attempts.ts';
import { withConnectionSlot } from './connection-slot.ts';
import { checkExternalLink, toTransferError } from './download.ts';

/** Uploads one file, with retries. @throws TransportError; at this point nothing has been submitted */
export async function upload(
  context: TransportContext,
  scope: CallScope,
  target: UploadTarget,
  labels: HookLabels = {},
): Promise<void> {
  try {
    await uploadFile(context, scope, target, labels);
  } catch (error) {
    // The checks of links and connections are shared with downloads.
    throw error instanceof TransportError ? withDetails(error, { step: 'upload' }) : error;
  }
}

async function uploadFile(
  context: TransportContext,
  scope: CallScope,
  target: UploadTarget,
  labels: HookLabels,
): Promise<void> {
  const url = checkExternalLink(context, target.link);
  const { bytes, contentType } = encodeBody(target.body);
  const headers = { 'content-type': contentType, ...target.headers };
  const address = displayUrl(context, url);
  await withRetries(context, scope, {
    step: 'upload',
    url: address,
    labels,
    maxRetries: context.limits.maxRetries,
    mayRetry: isTransient, // uploading the same bytes to the same address again is harmless
    isPaid: false,
    once: (attempt) =>
      withConnectionSlot(
        context,
        scope,
        { step: 'upload', url, timeoutMs: context.attemptTimeoutMs },
        async (signal) => {
          try {
            const toEvent = () => ({ step: 'upload', url: address(), attempt, labels }) as const;
            notifyHook(context.hooks.onAttempt, () => ({ ...toEvent(), method: target.method }));
            const startedAt = context.clock.now();
            const response = await untilAborted(
              send(context, url, target.method, headers, bytes, signal),
              signal,
              discardBody,
            );
            const { status } = response;
            const durationMs = context.clock.now() - startedAt;
            notifyHook(context.hooks.onReply, () => ({ ...toEvent(), status, durationMs, requestId: undefined }));
            discardBody(response);
            if (response.ok) return;
            const refusal = proxyRefusal(response);
            if (refusal !== undefined) {
              throw transportError(`uploading to ${url.host}: ${proxyRefusalText(status, refusal)}`, {
                fault: 'network',
                step: 'upload',
                status,
                isFinal: true,
              });
            }
            // A redirect is an error too: the file must not go to another address.
            throw transportError(`${url.host} did not accept the file (HTTP ${status})`, {
              fault: status < 400 ? 'redirect' : faultOfStatus(status),
              step: 'upload',
              status,
              isFinal: status < 400,
            });
          } catch (error) {
            throw toTransferError(error, context, `uploading to ${context.redact(url.host)}`, signal);
          }
        },
      ),
  });
}

function send(
  context: TransportContext,
  url: URL,
  method: UploadTarget['method'],
  headers: Readonly<Record<string, string>>,
  body: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<Response> {
  if (context.customFetch !== undefined) return context.customFetch(url, { method, headers, body, signal });
  const isTrusted = originOf(url) === originOf(context.baseUrl);
  return dial(url, { signal, method, body, headers, isAllowed: (address) => isTrusted || isPublicAddress(address) });
}
