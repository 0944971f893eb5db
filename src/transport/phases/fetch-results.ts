/** Turns the result locations of a reply into bytes. */
import { readBytes } from '../body/bytes.ts';
import type { BytesWithMetadata, HttpRequest, ReplyHandling, ResultLocation } from '../call.ts';
import type { TransportContext } from '../context.ts';
import { TransportError, transportError } from '../errors.ts';
import type { CallScope } from '../flow/scope.ts';

const NO_BYTES = new Uint8Array(0);
/** Statuses of an expired link. Polling the job again may return a fresh one. */
const EXPIRED_LINK_STATUSES = [401, 403, 404, 410];

/**
 * Loads the code that fetches results.
 * @throws TransportError it could not be loaded, e.g. because the server of a web page has a newer version
 */
export async function loadFetching(): Promise<void> {
  // The platform imports `address.ts` for a link, which is a chunk of its own.
  const code = [import('./download.ts'), import('./free-request.ts'), import('../net/address.ts')];
  await Promise.all(code).catch((cause: unknown) => {
    const message = 'the code that fetches results could not be loaded. Nothing was sent';
    throw transportError(message, { fault: 'internal', step: 'submit', outcome: 'failed', cause });
  });
}

/**
 * Fetches all results in parallel. If only some fail, each failed one is a pair with no bytes and an `error` in its metadata.
 * @param refresh returns fresh locations after a link has expired
 * @throws TransportError the first failure, if all results failed
 */
export async function fetchResults(
  context: TransportContext,
  scope: CallScope,
  results: readonly ResultLocation[],
  handling: ReplyHandling,
  refresh?: () => Promise<readonly ResultLocation[] | undefined>,
): Promise<readonly BytesWithMetadata[]> {
  if (results.length > context.limits.maxResults) {
    throw transportError(
      `the reply holds ${results.length} results; at most ${context.limits.maxResults} are fetched`,
      {
        fault: 'too_large',
        step: 'download',
      },
    );
  }
  let refreshed: Promise<readonly ResultLocation[] | undefined> | undefined;
  const fetchOne = async (location: ResultLocation, index: number): Promise<BytesWithMetadata> => {
    try {
      return await fetchResult(context, scope, location, handling);
    } catch (error) {
      // A 403 that looks like a proxy's may be of the file's own CDN, so the job is polled for a fresh link then too.
      const isExpired =
        error instanceof TransportError && error.status !== undefined && EXPIRED_LINK_STATUSES.includes(error.status);
      if (!isExpired || refresh === undefined) throw error;
      refreshed ??= refresh(); // one poll for all links of the job
      const again = (await refreshed)?.[index];
      if (again === undefined) throw error;
      return fetchResult(context, scope, again, handling);
    }
  };
  const settled = await Promise.allSettled(results.map(fetchOne));
  const failed = settled.find((each) => each.status === 'rejected');
  if (failed && settled.every((each) => each.status === 'rejected')) throw failed.reason;
  return settled.map((each, index) =>
    each.status === 'fulfilled' ? each.value : [NO_BYTES, { ...results[index]?.metadata, error: each.reason }],
  );
}

async function fetchResult(
  context: TransportContext,
  scope: CallScope,
  location: ResultLocation,
  handling: ReplyHandling,
): Promise<BytesWithMetadata> {
  const { metadata } = location;
  if ('bytes' in location) return [location.bytes, metadata];
  if ('request' in location) return [await fetchFromApi(context, scope, location.request, handling), metadata];
  const { download, toApiLink, toApiUrl } = await import('./download.ts'); // loaded before the submit, unless the call says that its reply holds the results
  const apiLink = toApiLink(context, location.link);
  const fetchWithCredential = (url: string) =>
    fetchFromApi(context, scope, { method: 'GET', url }, handling, 'download');
  if (apiLink !== undefined) return [await fetchWithCredential(apiLink), metadata];
  try {
    const { bytes, mediaType } = await download(context, scope, location.link, handling);
    return [bytes, mediaType === undefined ? metadata : { ...metadata, mediaType }];
  } catch (error) {
    // For a job, the caller polls for a fresh link instead.
    const apiUrl = handling.job || !wantsCredential(error) ? undefined : toApiUrl(context, location.link);
    if (apiUrl === undefined) throw error;
    return [await fetchWithCredential(apiUrl), metadata];
  }
}

/**
 * Most links are signed. Some servers protect their files like their API and want the credential. A status with the fault `network` is
 * that of a proxy, which refuses the next request too.
 */
const wantsCredential = (error: unknown): boolean =>
  error instanceof TransportError && error.fault !== 'network' && (error.status === 401 || error.status === 403);

/** Fetches a result from the API itself, with the credential. The body is read as raw bytes, whatever its content type. */
async function fetchFromApi(
  context: TransportContext,
  scope: CallScope,
  request: HttpRequest,
  handling: ReplyHandling,
  step: 'poll' | 'download' = 'poll',
): Promise<Uint8Array> {
  const { sendFreeWith } = await import('./free-request.ts'); // as above
  return sendFreeWith(
    context,
    scope,
    handling,
    request,
    (response, signal) =>
      readBytes(response, { maxBytes: context.limits.maxResultBytes, signal, mayReclaim: context.mayReclaimChunks() }),
    { step, attemptTimeoutMs: context.attemptTimeoutMs },
  );
}
