/** The phases every call has: submit and fetch. What a job has between them: `follow.ts`. */
import { readBytes } from '../body/bytes.ts';
import type { BytesWithMetadata, Following, HttpRequest, Reply, ResultLocation, TransportCall } from '../call.ts';
import type { TransportContext } from '../context.ts';
import { TransportError, transportError } from '../errors.ts';
import type { CallScope } from '../flow/scope.ts';
import { readReply } from './exchange.ts';
import { submit } from './submit.ts';

const NO_BYTES = new Uint8Array(0);
/** Statuses of a link that has died; a fresh one may be had from the job. */
const DEAD_LINK = [401, 403, 404, 410];

/** Sends what costs money and reads the answer whole. */
export function sendCall(wire: TransportContext, scope: CallScope, call: TransportCall): Promise<Reply> {
  return submit(wire, scope, call, (response, signal, onBroken) =>
    readReply(wire, response, call, { signal, onBroken }),
  );
}

/**
 * Turns places into bytes, all at once. What cannot be fetched beside something that can is a pair without bytes and with an `error`.
 * @throws TransportError the first failure, when nothing could be fetched
 */
export async function fetchResults(
  wire: TransportContext,
  scope: CallScope,
  results: readonly ResultLocation[],
  following: Following,
  refresh?: () => Promise<readonly ResultLocation[] | undefined>,
): Promise<readonly BytesWithMetadata[]> {
  if (results.length > wire.limits.maxResults) {
    throw transportError(`the answer holds ${results.length} results, at most ${wire.limits.maxResults} are fetched`, {
      fault: 'too_large',
      step: 'download',
    });
  }
  let fresh: Promise<readonly ResultLocation[] | undefined> | undefined;
  const fetchOne = async (located: ResultLocation, index: number): Promise<BytesWithMetadata> => {
    try {
      return await fetchPlace(wire, scope, located, following);
    } catch (error) {
      const isDead = error instanceof TransportError && error.status !== undefined && DEAD_LINK.includes(error.status);
      if (!isDead || refresh === undefined) throw error;
      fresh ??= refresh(); // one question serves all links of the job
      const again = (await fresh)?.[index];
      if (again === undefined) throw error;
      return fetchPlace(wire, scope, again, following);
    }
  };
  const settled = await Promise.allSettled(results.map(fetchOne));
  const failed = settled.find((each) => each.status === 'rejected');
  if (failed && settled.every((each) => each.status === 'rejected')) throw failed.reason;
  return settled.map((each, index) =>
    each.status === 'fulfilled' ? each.value : [NO_BYTES, { ...results[index]?.metadata, error: each.reason }],
  );
}

async function fetchPlace(
  wire: TransportContext,
  scope: CallScope,
  located: ResultLocation,
  following: Following,
): Promise<BytesWithMetadata> {
  const { metadata } = located;
  if ('bytes' in located) return [located.bytes, metadata];
  if ('request' in located) return [await askForBytes(wire, scope, located.request, following), metadata];
  const { download, isOwnOrigin, ownLink } = await import('./download.ts'); // most answers hold their bytes themselves
  const own = ownLink(wire, located.link);
  const ask = (url: string) => askForBytes(wire, scope, { method: 'GET', url }, following, 'download');
  if (own !== undefined) return [await ask(own), metadata];
  try {
    const { bytes, mediaType } = await download(wire, scope, located.link, following);
    return [bytes, mediaType === undefined ? metadata : { ...metadata, mediaType }];
  } catch (error) {
    // A job gives a fresh link instead.
    if (following.job || !wantsCredential(error) || !isOwnOrigin(wire, located.link)) throw error;
    return [await ask(located.link), metadata];
  }
}

/** Most links carry their own permission; a server that protects its files like its API refuses them without the credential. */
const wantsCredential = (error: unknown): boolean =>
  error instanceof TransportError && (error.status === 401 || error.status === 403);

/** A result that the API itself hands out, with the credential. It is read as bytes, whatever its content type says. */
async function askForBytes(
  wire: TransportContext,
  scope: CallScope,
  request: HttpRequest,
  following: Following,
  step: 'poll' | 'download' = 'poll',
): Promise<Uint8Array> {
  const { askFor } = await import('./poll.ts'); // few servers hand results out themselves
  return askFor(
    wire,
    scope,
    following,
    request,
    (response, signal) =>
      readBytes(response, { maxBytes: wire.limits.maxResultBytes, signal, own: wire.isPlatformFetch() }),
    { step, attemptTimeoutMs: wire.attemptTimeoutMs },
  );
}
