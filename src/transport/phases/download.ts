/** Downloads a result link: checked against SSRF, limited in size, retried, and sent without the credential. */
import { dial, isDirectNodeFetch } from '#platform';
import { BodyError } from '../body/body-error.ts';
import { markBroken } from '../body/broken-blob.ts';
import { readBytes } from '../body/bytes.ts';
import type { ReplyHandling } from '../call.ts';
import { displayUrl, notifyHook, type TransportContext } from '../context.ts';
import { faultOfStatus, TransportError, transportError, withDetails } from '../errors.ts';
import { discardBody } from '../flow/in-flight.ts';
import { type CallScope, ScopeEnd, scopeEndError } from '../flow/scope.ts';
import { untilAborted } from '../flow/wait.ts';
import { isPublicAddress } from '../net/address.ts';
import { withConfiguredHost } from '../net/configured-host.ts';
import { checkLink, originOf, withoutUser } from '../net/link-guard.ts';
import { isUnknownHost, readNetworkFault } from '../net/network-fault.ts';
import { proxyRefusal, proxyRefusalText } from '../net/proxy-refusal.ts';
import { copyCause } from '../net/redact/redact.ts';
import { readRetryAfter } from '../net/retry-after.ts';
import { isTransient, withRetries } from './attempts.ts';
import { withConnectionSlot } from './connection-slot.ts';

export interface Downloaded {
  readonly bytes: Uint8Array;
  readonly mediaType: string | undefined;
}

const DATA_LINK = /^data:([^,;]{0,100})(?:;[^,;]{0,100}){0,5};base64,/i;

/**
 * Downloads one link.
 * @param link https on a public address, any address on the base URL's origin, or a `data:` link
 * @throws TransportError
 */
export async function download(
  context: TransportContext,
  scope: CallScope,
  link: string,
  { labels = {}, confidential }: Pick<ReplyHandling, 'labels' | 'confidential'> = {},
  maxRetries = Number.POSITIVE_INFINITY,
): Promise<Downloaded> {
  if (DATA_LINK.test(link)) return readDataLink(link, context.limits.maxResultBytes);
  const start = checkExternalLink(context, link);
  const startedAt = context.clock.now();
  const isLong = () => context.clock.now() - startedAt > UNKNOWN_HOST_PATIENCE_MS;
  return withRetries(context, scope, {
    step: 'download',
    url: displayUrl(context, start, confidential),
    labels,
    maxRetries,
    mayRetry: (error) => isTransient(error) && !(mayBeMissingMock(context, error) && isLong()),
    isPaid: false,
    once: (attempt) => fetchOnce(context, scope, start, attempt, { labels, confidential }),
  }).catch((error: unknown) => {
    if (!(error instanceof TransportError) || !mayBeMissingMock(context, error)) throw error;
    throw withDetails(
      error,
      {},
      `${error.message}; the app has replaced fetch: if with a mock, it needs a handler for this link`,
    );
  });
}

/**
 * Tests with a mock often leave out the link, whose host does not exist. They should not wait until the deadline. A name server that is
 * away for some seconds must not end the download of a paid image.
 */
const UNKNOWN_HOST_PATIENCE_MS = 20_000;

/** Whether fetch may be a mock, and the host name does not exist. */
const mayBeMissingMock = ({ customFetch }: TransportContext, { fault, cause }: TransportError): boolean =>
  fault === 'network' && (customFetch !== undefined || !isDirectNodeFetch()) && isUnknownHost(cause);

/** Checks a link from a server before it is dialled. @throws TransportError `unsafe_url` */
export function checkExternalLink({ baseUrl, limits, redact }: TransportContext, link: string | URL): URL {
  const base = originOf(baseUrl);
  const rules = { trustedOrigins: new Set([base]), allowedHosts: limits.downloadHosts };
  // Only an alias of the configured origin (localhost, 127.0.0.1) is rewritten.
  const url = parseAbsolute(link);
  const renamed = url && withConfiguredHost(url, baseUrl);
  try {
    return checkLink(renamed?.origin === base ? renamed : link, rules);
  } catch (error) {
    // The message names the host, which the server chose.
    throw error instanceof TransportError ? withDetails(error, {}, redact(error.message)) : error;
  }
}

/**
 * Resolves a relative link (`/files/1.png`), as some servers return it, against the base URL.
 * @returns the absolute URL on that origin; `undefined` for every other link
 */
export function toApiLink({ baseUrl }: TransportContext, link: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(link) || link.trim() === '') return undefined;
  const url = parseAbsolute(link, baseUrl);
  return url?.origin === baseUrl.origin ? url.href : undefined;
}

/** Returns the URL of a link on the base URL's origin, without a user name or password; undefined for every other link. */
export function toApiUrl({ baseUrl }: TransportContext, link: string): string | undefined {
  const url = parseAbsolute(link);
  return url?.origin === baseUrl.origin ? withoutUser(url).href : undefined;
}

function parseAbsolute(link: string | URL, base?: URL): URL | undefined {
  try {
    return new URL(link, base);
  } catch {
    return undefined; // `checkLink` reports what is wrong
  }
}

function fetchOnce(
  context: TransportContext,
  scope: CallScope,
  start: URL,
  attempt: number,
  { labels = {}, confidential }: Pick<ReplyHandling, 'labels' | 'confidential'>,
): Promise<Downloaded> {
  const action = () => `downloading from ${context.redact(start.host, confidential)}`;
  return withConnectionSlot(
    context,
    scope,
    { step: 'download', url: start, timeoutMs: context.attemptTimeoutMs },
    async (signal) => {
      try {
        let url = start;
        for (let hop = 0; hop <= context.limits.maxRedirects; hop++) {
          const address = displayUrl(context, url, confidential);
          const toEvent = () => ({ step: 'download', url: address(), attempt, labels }) as const;
          notifyHook(context.hooks.onAttempt, () => ({ ...toEvent(), method: 'GET' }));
          const startedAt = context.clock.now();
          const response = await untilAborted(sendGet(context, url, signal), signal, discardBody);
          const { status } = response;
          const durationMs = context.clock.now() - startedAt;
          notifyHook(context.hooks.onReply, () => ({ ...toEvent(), status, durationMs, requestId: undefined }));
          const location = response.headers.get('location');
          if (status < 300 || status >= 400 || location === null)
            return await readDownload(context, response, signal, url);
          discardBody(response);
          url = checkExternalLink(context, resolveLocation(location, url));
        }
        throw transportError(`${start.host} redirected more than ${context.limits.maxRedirects} times`, {
          fault: 'redirect',
          step: 'download',
          isFinal: true,
        });
      } catch (error) {
        throw toTransferError(error, context, action(), signal, confidential);
      }
    },
  );
}

/** Turns any failure of an upload or download into a `TransportError`. @param action what was being done, for the message */
export function toTransferError(
  error: unknown,
  context: TransportContext,
  action: string,
  { reason: end }: AbortSignal,
  confidential?: readonly string[],
): TransportError {
  const redact = (text: string) => context.redact(text, confidential);
  if (end instanceof ScopeEnd) return scopeEndError(end, 'download', 'failed', action);
  // The message may name a host, which the server chose.
  if (error instanceof TransportError) return withDetails(error, {}, redact(error.message));
  const cause = copyCause(error, redact);
  if (error instanceof BodyError) {
    const { fault, message } = error;
    return transportError(`${action}: ${redact(message)}`, {
      fault,
      step: 'download',
      isFinal: fault === 'too_large',
      cause,
    });
  }
  const { reason, isFinal } = readNetworkFault(error);
  return transportError(`${action}: ${redact(reason)}`, { fault: 'network', step: 'download', isFinal, cause });
}

/** Uses the caller's fetch if one was given. Then host names and literal addresses are checked, but not what a name resolves to. */
function sendGet(context: TransportContext, url: URL, signal: AbortSignal): Promise<Response> {
  const headers = { accept: '*/*' };
  if (context.customFetch !== undefined) return context.customFetch(url, { method: 'GET', headers, signal });
  const isTrusted = originOf(url) === originOf(context.baseUrl);
  return dial(url, { signal, headers, isAllowed: (address) => isTrusted || isPublicAddress(address) });
}

function resolveLocation(location: string, from: URL): URL {
  try {
    return new URL(location, from);
  } catch {
    throw transportError(`${from.host} redirected to an invalid URL`, {
      fault: 'unsafe_url',
      step: 'download',
      isFinal: true,
    });
  }
}

async function readDownload(
  context: TransportContext,
  response: Response,
  signal: AbortSignal,
  url: URL,
): Promise<Downloaded> {
  if (!response.ok) {
    discardBody(response);
    const refusal = proxyRefusal(response);
    if (refusal !== undefined) {
      throw transportError(`downloading from ${url.host}: ${proxyRefusalText(response.status, refusal)}`, {
        fault: 'network',
        step: 'download',
        status: response.status,
        isFinal: true,
      });
    }
    throw transportError(`${url.host} replied with HTTP ${response.status} instead of the file`, {
      fault: faultOfStatus(response.status),
      step: 'download',
      status: response.status,
      // A mock answers so when it has no reply for the link (nock), or when its handler throws (MSW).
      isFinal: response.status === 501 || response.statusText === 'Unhandled Exception',
      retryAfterMs: readRetryAfter(Object.fromEntries(response.headers), context.clock.wallNow()),
    });
  }
  // Chunks are not reclaimed: the pinned dial of Node shares their buffers, and other platforms cannot free them.
  // No content encoding was requested, so the bytes are kept as received; some servers send the header with plain bytes.
  const bytes = await readBytes(response, { maxBytes: context.limits.maxResultBytes, signal });
  return { bytes, mediaType: response.headers.get('content-type') ?? undefined };
}

function readDataLink(link: string, maxBytes: number): Downloaded {
  const comma = link.indexOf(',');
  const text = link.slice(comma + 1);
  if (text.length * 0.75 > maxBytes) {
    throw transportError(`a data: link holds more than ${maxBytes} bytes`, {
      fault: 'too_large',
      step: 'download',
      isFinal: true,
    });
  }
  try {
    return {
      bytes: Uint8Array.from(atob(text), (character) => character.charCodeAt(0)),
      mediaType: DATA_LINK.exec(link)?.[1],
    };
  } catch {
    // The undecoded text is returned: the caller sees that it is not a result and can keep it.
    const bytes = markBroken(new TextEncoder().encode(text), 'the data: link holds broken base64');
    return { bytes, mediaType: undefined };
  }
}
