/** Requests to a bucket until they are answered: each may be sent again, for all of them are the same when they are done twice. */
import { isAiImageError } from '../../../providers/protocol/errors.ts';
import { createS3Exchange, type S3Request, type S3Response } from './exchange.ts';
import { faultOf, lostFault, S3Fault } from './fault.ts';
import type { Bucket } from './settings.ts';

export interface Sender {
  /**
   * @param accepts statuses beside 2xx that are answers
   * @throws S3Fault; AiImageError `not_configured`: aws4fetch is not there
   */
  readonly send: (order: S3Request, accepts?: readonly number[]) => Promise<S3Response>;
  /** Ends all that is under way. */
  readonly close: () => void;
}

const ATTEMPTS = 5;
const FIRST_WAIT_MS = 150;
/** The slowest line that is waited for: 512 kbit/s. */
const BYTES_PER_MS = 64;
/** Two who were turned away together do not come back together. */
const spread = (): number => 0.5 + (crypto.getRandomValues(new Uint8Array(1))[0] ?? 0) / 255;

export function createSender(bucket: Bucket): Sender {
  const exchange = createS3Exchange(bucket);
  let closing = new AbortController();
  let skewMs = 0;

  async function attempt(
    order: S3Request,
    accepts: readonly number[],
    signal: AbortSignal,
    limitMs: number,
  ): Promise<S3Response> {
    const what = `${order.method} ${addressOf(bucket, order)}`;
    const late = AbortSignal.timeout(limitMs);
    let reply: S3Response;
    try {
      reply = await exchange(order, new Date(Date.now() + skewMs), AbortSignal.any([signal, late]));
    } catch (error) {
      if (isAiImageError(error)) throw error;
      if (signal.aborted) throw closed(what);
      throw lostFault(what, error, { isLate: late.aborted });
    }
    const { status, headers, body } = reply;
    if ((status >= 200 && status < 300) || accepts.includes(status)) return reply;
    throw faultOf(what, status, headers, body, Date.now());
  }

  async function send(order: S3Request, accepts: readonly number[] = []): Promise<S3Response> {
    const { signal } = closing;
    const size = (order.body?.length ?? 0) + (order.expected ?? 0);
    const ownMs = bucket.timeoutMs + Math.ceil(size / BYTES_PER_MS);
    const limitMs = Math.min(ownMs, order.withinMs ?? ownMs);
    // One that is never answered is tried twice, one that is turned away a few times more.
    const until = performance.now() + (order.withinMs ?? 2 * limitMs);
    for (let nth = 1; ; nth++) {
      try {
        return await attempt(order, accepts, signal, limitMs);
      } catch (error) {
        if (!(error instanceof S3Fault) || nth === ATTEMPTS) throw error;
        const serverTime = nth === 1 ? skewedTime(error, Date.now() + skewMs) : undefined;
        if (serverTime !== undefined) skewMs = serverTime - Date.now();
        else if (!error.passes) throw error;
        const waitMs =
          serverTime !== undefined ? 0 : Math.max(FIRST_WAIT_MS * 2 ** (nth - 1) * spread(), error.retryAfterMs ?? 0);
        // Who is told to come back later than that, tells it to whoever asked.
        if (performance.now() + waitMs > until) throw error;
        await pause(waitMs, signal).catch(() => {
          throw closed(`${order.method} ${addressOf(bucket, order)}`);
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

/** What S3 lets a clock be wrong by is 15 minutes. */
const SKEW_MS = 10 * 60_000;

/** A clock that is wrong is made up for, once. Not by the word of the error alone: the answer to a HEAD holds none. */
function skewedTime({ status, serverTime }: S3Fault, now: number): number | undefined {
  const isSkewed = status === 403 && serverTime !== undefined && Math.abs(serverTime - now) > SKEW_MS;
  return isSkewed ? serverTime : undefined;
}

const closed = (what: string) =>
  new S3Fault(`${what}: the store was closed meanwhile`, { code: 'aborted', passes: false });

/** As a person names it: never with what a query holds. */
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
