/** The one way bytes come in: counted after content decoding, ended by a cap or a signal, and the socket let go on every way out. */

import { reclaim } from '#platform';
import { BodyError } from './body-error.ts';

export interface ChunkReadOptions {
  /** Rejects the read with its reason and closes the socket. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The chunks were made by the platform's own fetch and nobody else holds them, so their memory may be given back at once.
   * Never true for a body that a caller, a test or a wrapper supplied.
   * @default false
   */
  readonly own?: boolean | undefined;
}

export interface ChunkOptions extends ChunkReadOptions {
  /** Decoded bytes. */
  readonly maxBytes: number;
  /**
   * What a longer body does: fail, or end at the cap as if there were no more.
   * @default 'fail'
   */
  readonly atCap?: 'fail' | 'stop' | undefined;
}

/** Registered content codings. Which of them it decodes is the platform's choice; one that it left encoded is found unreadable later. */
const KNOWN_ENCODINGS: ReadonlySet<string> = new Set(['gzip', 'x-gzip', 'deflate', 'br', 'zstd', 'identity']);
const MAX_ENCODINGS = 2;

/**
 * The body, chunk by chunk. A chunk may be used until the next one is asked for.
 * @throws {BodyError} `unreadable` for too many content encodings, `too_large` past the cap (or at once, when the declared length
 *   is past it), `network` when the connection breaks or the body ends before its declared length
 * @throws the signal's reason
 */
export async function* readChunks(
  response: Response,
  { maxBytes, atCap = 'fail', signal, own = false }: ChunkOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const { body } = response;
  if (body === null) return;
  const reader = body.getReader();
  // Cancelling ends a pending read at once, whatever the stream behind it does.
  const stop = () => void reader.cancel(signal?.reason).catch(ignore);
  signal?.addEventListener('abort', stop, { once: true });
  let received = 0;
  let isWhole = false;
  try {
    signal?.throwIfAborted();
    const isKnown = checkEncodings(response);
    const declared = declaredLength(response);
    if (atCap === 'fail' && declared !== undefined && declared > maxBytes) throw tooLarge(maxBytes);
    while (true) {
      const value = await nextChunk(reader, received);
      signal?.throwIfAborted();
      if (value === undefined) break;
      const room = maxBytes - received;
      received += value.byteLength;
      if (received > maxBytes) {
        if (atCap === 'fail') throw tooLarge(maxBytes);
        yield value.subarray(0, room);
        return;
      }
      yield value;
      if (own) reclaim(value);
    }
    isWhole = true;
    // Read all the same: it was sent, and what cannot be decoded is kept.
    if (!isKnown) throw new BodyError('unreadable', 'the body has an unknown content encoding');
    if (declared !== undefined && received < declared && response.type !== 'cors') {
      throw new BodyError('network', `the body ended after ${received} of ${declared} bytes`);
    }
  } catch (error) {
    signal?.throwIfAborted(); // whatever broke because of the abort, the abort is the reason
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
 * `Content-Length` when it says how many bytes there will be: nothing once the body is compressed.
 * It is what the other side claims, not a size to trust with an allocation.
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

/** @returns whether all of them are registered @throws BodyError */
function checkEncodings({ headers }: Response): boolean {
  const names = encodingsOf(headers);
  if (names.length > MAX_ENCODINGS) {
    throw new BodyError('unreadable', `the body is encoded ${names.length} times, at most ${MAX_ENCODINGS} are read`);
  }
  return names.every((name) => KNOWN_ENCODINGS.has(name));
}

function tooLarge(maxBytes: number): BodyError {
  return new BodyError('too_large', `the body is longer than ${maxBytes} bytes`);
}

function ignore(): void {
  // A stream that fails while it is being given up has nothing more to tell.
}
