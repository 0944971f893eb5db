/** Sends requests to a bucket and retries transient errors. Every request can be repeated, because all are idempotent. */
import { isAiImageError } from '../../../providers/protocol/errors.ts';
import { withJitter } from '../../jitter.ts';
import { createS3Exchange, type S3Request, type S3Response } from './exchange.ts';
import { S3Fault, toConnectionFault, toFault } from './fault.ts';
import type { Bucket } from './settings.ts';

export interface Sender {
  /**
   * @param accepts statuses other than 2xx that are not errors
   * @throws S3Fault; AiImageError `internal`: the code that signs could not be loaded
   */
  readonly send: (request: S3Request, accepts?: readonly number[]) => Promise<S3Response>;
  /** Aborts all requests in progress. */
  readonly close: () => void;
}

const MAX_ATTEMPTS = 5;
const FIRST_WAIT_MS = 150;
/** The slowest supported connection: 512 kbit/s. */
const MIN_BYTES_PER_MS = 64;

/** @param onFault called for each failed attempt, before it is repeated */
export function createSender(bucket: Bucket, onFault: (fault: S3Fault) => void = () => undefined): Sender {
  const exchange = createS3Exchange(bucket);
  let closing = new AbortController();
  let skewMs = 0;

  async function attempt(
    request: S3Request,
    accepts: readonly number[],
    signal: AbortSignal,
    limitMs: number,
  ): Promise<S3Response> {
    const description = `${request.method} ${addressOf(bucket, request)}`;
    const timeout = AbortSignal.timeout(limitMs);
    let response: S3Response;
    try {
      response = await exchange(request, new Date(Date.now() + skewMs), AbortSignal.any([signal, timeout]));
    } catch (error) {
      if (isAiImageError(error)) throw error;
      if (signal.aborted) throw closedFault(description);
      throw toConnectionFault(description, error, { isLate: timeout.aborted });
    }
    const { status, headers, body } = response;
    if ((status >= 200 && status < 300) || accepts.includes(status)) return response;
    throw toFault(description, status, headers, body, Date.now(), bucket.region);
  }

  async function send(request: S3Request, accepts: readonly number[] = []): Promise<S3Response> {
    const { signal } = closing;
    const size = (request.body?.length ?? 0) + (request.expectedBytes ?? 0);
    const ownMs = bucket.timeoutMs + Math.ceil(size / MIN_BYTES_PER_MS);
    const limitMs = Math.min(ownMs, request.withinMs ?? ownMs);
    // A request that gets no response is tried twice; one that is refused, up to `MAX_ATTEMPTS` times.
    const deadlineAt = performance.now() + (request.withinMs ?? 2 * limitMs);
    for (let attemptNumber = 1; ; attemptNumber++) {
      try {
        return await attempt(request, accepts, signal, limitMs);
      } catch (error) {
        if (!(error instanceof S3Fault)) throw error;
        onFault(error);
        if (attemptNumber === MAX_ATTEMPTS) throw error;
        const serverTime = attemptNumber === 1 ? skewedTime(error, Date.now() + skewMs) : undefined;
        if (serverTime !== undefined) skewMs = serverTime - Date.now();
        else if (!error.isTransient) throw error;
        const waitMs =
          serverTime !== undefined
            ? 0
            : Math.max(withJitter(FIRST_WAIT_MS * 2 ** (attemptNumber - 1)), error.retryAfterMs ?? 0);
        // A `Retry-After` beyond the time limit is left to the caller.
        if (performance.now() + waitMs > deadlineAt) throw error;
        await pause(waitMs, signal).catch(() => {
          throw closedFault(`${request.method} ${addressOf(bucket, request)}`);
        });
      }
    }
  }

  return {
    send,
    close() {
      closing.abort();
      closing = new AbortController();
    },
  };
}

/** S3 refuses requests from a clock that is wrong by more than 15 minutes. */
const MIN_SKEW_MS = 10 * 60_000;

/** Returns the server's time when the local clock is wrong. Does not rely on the error code, which a response to HEAD lacks. */
function skewedTime({ status, serverTime }: S3Fault, now: number): number | undefined {
  const isSkewed = status === 403 && serverTime !== undefined && Math.abs(serverTime - now) > MIN_SKEW_MS;
  return isSkewed ? serverTime : undefined;
}

const closedFault = (request: string) =>
  new S3Fault(`${request}: aborted, because the store was closed`, { code: 'aborted', isTransient: false });

/** Returns the address for messages, without the query, which may contain secrets. */
export const addressOf = ({ address, prefix }: Bucket, { key }: Pick<S3Request, 'key'>): string =>
  key === undefined ? address : `${address}/${key.slice(prefix.length)}`;

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new Error('aborted'));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
