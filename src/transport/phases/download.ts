/** Fetching what a link points to: guarded, bounded, repeated, and never with our credential. */
import { dial, pinsAddresses } from '#platform';
import { BodyError } from '../body/body-error.ts';
import { markBroken } from '../body/broken-blob.ts';
import { readBytes } from '../body/bytes.ts';
import type { Following } from '../call.ts';
import { notifyHook, shownAddress, type TransportContext } from '../context.ts';
import { faultOfStatus, TransportError, transportError, withDetails } from '../errors.ts';
import { discard } from '../flow/in-flight.ts';
import { type CallScope, endedError, ScopeEnd } from '../flow/scope.ts';
import { untilAborted } from '../flow/wait.ts';
import { isPublicAddress } from '../net/address.ts';
import { checkLink, originOf, withConfiguredHost } from '../net/link-guard.ts';
import { readNetworkFault } from '../net/network-fault.ts';
import { copyCause } from '../net/redact.ts';
import { readRetryAfter } from '../net/retry-after.ts';
import { isTransient, withRetries } from './attempts.ts';
import { withConnectionSlot } from './connection-slot.ts';

export interface Downloaded {
  readonly bytes: Uint8Array;
  readonly mediaType: string | undefined;
}

const DATA_LINK = /^data:([^,;]{0,100})(?:;[^,;]{0,100}){0,5};base64,/i;

/** @param link https, on a public address, or on the very origin this transport was made for; or a data: link */
export async function download(
  wire: TransportContext,
  scope: CallScope,
  link: string,
  { labels = {}, confidential }: Pick<Following, 'labels' | 'confidential'> = {},
  maxRetries = Number.POSITIVE_INFINITY,
): Promise<Downloaded> {
  if (DATA_LINK.test(link)) return readDataLink(link, wire.limits.maxResultBytes);
  const first = checkForeignLink(wire, link);
  return withRetries(wire, scope, {
    step: 'download',
    url: shownAddress(wire, first, confidential),
    labels,
    maxRetries,
    mayRetry: isTransient,
    isPaid: false,
    once: (attempt) => fetchOnce(wire, scope, first, attempt, { labels, confidential }),
  });
}

/** @throws TransportError `unsafe_url` */
export function checkForeignLink({ baseUrl, limits, redact }: TransportContext, link: string | URL): URL {
  const base = originOf(baseUrl);
  const rules = { trustedOrigins: new Set([base]), allowedHosts: limits.downloadHosts };
  // Only an alias of the configured origin is renamed; every other link is judged as it is written.
  const url = parseAbsolute(link);
  const renamed = url && withConfiguredHost(url, baseUrl);
  try {
    return checkLink(renamed?.origin === base ? renamed : link, rules);
  } catch (error) {
    // Its words name the host, which a server named.
    throw error instanceof TransportError ? withDetails(error, {}, redact(error.message)) : error;
  }
}

/**
 * A link below the configured origin, as some servers write it (`/files/1.png`).
 * @returns the absolute address on that origin; `undefined` for every other link
 */
export function ownLink({ baseUrl }: TransportContext, link: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(link) || link.trim() === '') return undefined;
  const url = parseAbsolute(link, baseUrl);
  return url?.origin === baseUrl.origin ? url.href : undefined;
}

/** Whether a link leads to the configured origin itself. */
export const isOwnOrigin = ({ baseUrl }: TransportContext, link: string): boolean =>
  parseAbsolute(link)?.origin === baseUrl.origin;

function parseAbsolute(link: string | URL, base?: URL): URL | undefined {
  try {
    return new URL(link, base);
  } catch {
    return undefined; // the guard says what is wrong with it
  }
}

function fetchOnce(
  wire: TransportContext,
  scope: CallScope,
  first: URL,
  attempt: number,
  { labels = {}, confidential }: Pick<Following, 'labels' | 'confidential'>,
): Promise<Downloaded> {
  const doing = `downloading from ${wire.redact(first.host, confidential)}`;
  return withConnectionSlot(
    wire,
    scope,
    { step: 'download', url: first, timeoutMs: wire.attemptTimeoutMs },
    async (signal) => {
      try {
        let url = first;
        for (let hop = 0; hop <= wire.limits.maxRedirects; hop++) {
          const happening = { step: 'download', url: shownAddress(wire, url, confidential), attempt, labels } as const;
          notifyHook(wire.hooks.onAttempt, { ...happening, method: 'GET' });
          const startedAt = wire.clock.now();
          const response = await untilAborted(get(wire, url, signal), signal, discard);
          const { status } = response;
          const durationMs = wire.clock.now() - startedAt;
          notifyHook(wire.hooks.onReply, { ...happening, status, durationMs, requestId: undefined });
          const location = response.headers.get('location');
          if (status < 300 || status >= 400 || location === null) return await read(wire, response, signal, url);
          discard(response);
          url = checkForeignLink(wire, resolve(location, url));
        }
        throw transportError(`${first.host} redirected more than ${wire.limits.maxRedirects} times`, {
          fault: 'redirect',
          step: 'download',
          isFinal: true,
        });
      } catch (error) {
        throw toTransferError(error, wire, doing, signal, confidential);
      }
    },
  );
}

/** @param doing what the transfer was, for a person */
export function toTransferError(
  error: unknown,
  wire: TransportContext,
  doing: string,
  { reason: end }: AbortSignal,
  confidential?: readonly string[],
): TransportError {
  const redact = (text: string) => wire.redact(text, confidential);
  if (end instanceof ScopeEnd) return endedError(end, 'download', 'failed', doing);
  // Its words may name a host, which a server named.
  if (error instanceof TransportError) return withDetails(error, {}, redact(error.message));
  const cause = copyCause(error, redact);
  if (error instanceof BodyError) {
    const { fault, message } = error;
    return transportError(`${doing}: ${redact(message)}`, {
      fault,
      step: 'download',
      isFinal: fault === 'too_large',
      cause,
    });
  }
  const { reason, isFinal } = readNetworkFault(error);
  return transportError(`${doing}: ${redact(reason)}`, { fault: 'network', step: 'download', isFinal, cause });
}

/** A caller's own fetch is used for downloads too; it sees literals and names checked, addresses it has to watch itself. */
function get(wire: TransportContext, url: URL, signal: AbortSignal): Promise<Response> {
  const headers = { accept: '*/*' };
  if (wire.ownFetch !== undefined)
    return wire.ownFetch(url, { redirect: 'manual', credentials: 'omit', headers, signal });
  const isTrusted = originOf(url) === originOf(wire.baseUrl);
  return dial(url, { signal, headers, isAllowed: (address) => isTrusted || isPublicAddress(address) });
}

function resolve(location: string, from: URL): URL {
  try {
    return new URL(location, from);
  } catch {
    throw transportError(`${from.host} redirected to what is no URL`, {
      fault: 'unsafe_url',
      step: 'download',
      isFinal: true,
    });
  }
}

async function read(wire: TransportContext, response: Response, signal: AbortSignal, url: URL): Promise<Downloaded> {
  if (!response.ok) {
    discard(response);
    throw transportError(`${url.host} answered HTTP ${response.status} instead of the file`, {
      fault: faultOfStatus(response.status),
      step: 'download',
      status: response.status,
      retryAfterMs: readRetryAfter(Object.fromEntries(response.headers), wire.clock.wallNow()),
    });
  }
  // Node's pinned dial makes its chunks itself; they are nobody else's only when they came from the platform.
  const own = wire.ownFetch === undefined && !pinsAddresses;
  // No encoding was asked for. Whatever a header says, the bytes are kept as they came: many are plain all the same.
  const bytes = await readBytes(response, { maxBytes: wire.limits.maxResultBytes, signal, own });
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
    // Handed on as it came: the caller finds that it is no result, and keeps it.
    const bytes = markBroken(new TextEncoder().encode(text), 'the data: link holds broken base64');
    return { bytes, mediaType: undefined };
  }
}
