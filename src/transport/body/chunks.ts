/** Reads a body in chunks. All body readers use it: it enforces the size limit and the signal, and always frees the socket. */
import { reclaim } from '#platform';
import { BodyError } from './body-error.ts';

export interface ChunkReadOptions {
  /** Ends the read with the signal's reason and closes the socket. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The platform's own fetch made the chunks and no other code holds them, so their memory may be freed at once.
   * Must be false for a body that a caller, a test or a wrapper created.
   * @default false
   */
  readonly mayReclaim?: boolean | undefined;
}

export interface ChunkOptions extends ChunkReadOptions {
  /** After content decoding. */
  readonly maxBytes: number;
  /**
   * Whether a longer body is an error or is cut at the limit.
   * @default 'fail'
   */
  readonly atCap?: 'fail' | 'stop' | undefined;
}

/** Registered content codings. The platform decides which it decodes; a body that is still encoded turns out unreadable later. */
const KNOWN_ENCODINGS: ReadonlySet<string> = new Set(['gzip', 'x-gzip', 'deflate', 'br', 'zstd', 'identity']);
const MAX_ENCODINGS = 2;

/**
 * Yields the chunks of a body. A chunk is valid until the next one is requested.
 * @throws {BodyError} `unreadable` for unknown or too many content encodings, `too_large` beyond the limit (at once if the declared length
 *   exceeds it), `network` if the connection breaks or the body ends before its declared length
 * @throws the signal's reason
 */
export async function* readChunks(
  response: Response,
  { maxBytes, atCap = 'fail', signal, mayReclaim = false }: ChunkOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const { body } = response;
  if (body === null) return;
  const reader = body.getReader();
  // Cancelling ends a pending read at once, even if the underlying stream hangs.
  const stop = () => void reader.cancel(signal?.reason).catch(ignore);
  signal?.addEventListener('abort', stop, { once: true });
  let received = 0;
  let isWhole = false;
  try {
    signal?.throwIfAborted();
    const areEncodingsKnown = checkEncodings(response);
    const declared = declaredLength(response);
    if (atCap === 'fail' && declared !== undefined && declared > maxBytes) throw tooLargeError(maxBytes);
    while (true) {
      const value = await nextChunk(reader, received);
      signal?.throwIfAborted();
      if (value === undefined) break;
      const capacity = maxBytes - received;
      received += value.byteLength;
      if (received > maxBytes) {
        if (atCap === 'fail') throw tooLargeError(maxBytes);
        yield value.subarray(0, capacity);
        return;
      }
      yield value;
      if (mayReclaim) reclaim(value);
    }
    isWhole = true;
    // The body is read to its end all the same, so that the received bytes can be kept.
    if (!areEncodingsKnown) throw new BodyError('unreadable', 'the body has an unknown content encoding');
    if (declared !== undefined && received < declared && response.type !== 'cors') {
      throw new BodyError('network', `the body ended after ${received} of ${declared} bytes`);
    }
  } catch (error) {
    signal?.throwIfAborted(); // an error caused by the abort is reported as the abort
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    if (!isWhole) void reader.cancel().catch(ignore);
    reader.releaseLock();
  }
}

async function nextChunk(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  received: number,
): Promise<Uint8Array | undefined> {
  try {
    return (await reader.read()).value;
  } catch (cause) {
    throw new BodyError('network', `the connection broke after ${received} bytes of the body`, cause);
  }
}

/**
 * Returns `Content-Length`; `undefined` if it is missing or the body is compressed.
 * The server claims it, so never allocate that many bytes because of it.
 */
export function declaredLength({ headers }: Response): number | undefined {
  const text = headers.get('content-length');
  if (text === null || !/^\d{1,15}$/.test(text)) return undefined;
  return encodingsOf(headers).every((name) => name === 'identity') ? Number(text) : undefined;
}

function encodingsOf(headers: Headers): string[] {
  const names = headers.get('content-encoding')?.toLowerCase().split(',') ?? [];
  return names.map((name) => name.trim()).filter((name) => name !== '');
}

/** @returns whether all content encodings are registered @throws BodyError for too many */
function checkEncodings({ headers }: Response): boolean {
  const names = encodingsOf(headers);
  if (names.length > MAX_ENCODINGS) {
    throw new BodyError(
      'unreadable',
      `the body has ${names.length} content encodings; at most ${MAX_ENCODINGS} are supported`,
    );
  }
  return names.every((name) => KNOWN_ENCODINGS.has(name));
}

function tooLargeError(maxBytes: number): BodyError {
  return new BodyError('too_large', `the body is longer than ${maxBytes} bytes`);
}

function ignore(): void {
  // The body is not needed any more.
}
