/** A body that is one blob of raw bytes. */

import { ByteSegments } from './byte-segments.ts';
import { type ChunkOptions, declaredLength, readChunks } from './chunks.ts';

/** A declared length is believed up to here; past it, at least as much must have come. */
const TRUSTED_BYTES = 1024 * 1024;

/**
 * Reads a body into a buffer of exactly its length.
 * @throws {BodyError} as `readChunks`
 */
export async function readBytes(response: Response, options: ChunkOptions): Promise<Uint8Array<ArrayBuffer>> {
  const declared = declaredLength(response);
  const chunks = readChunks(response, options);
  return declared === undefined ? collect(chunks) : collectDeclared(chunks, declared);
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const segments = new ByteSegments();
  for await (const chunk of chunks) segments.append(chunk);
  return segments.join();
}

async function collectDeclared(chunks: AsyncIterable<Uint8Array>, declared: number): Promise<Uint8Array<ArrayBuffer>> {
  let buffer = new Uint8Array(Math.min(declared, TRUSTED_BYTES));
  let length = 0;
  for await (const chunk of chunks) {
    const end = length + chunk.length;
    if (end > buffer.length) {
      // Past the declared length only where the platform hides that it decompressed the body.
      const larger = new Uint8Array(end <= declared ? declared : 2 * end);
      larger.set(buffer.subarray(0, length));
      buffer = larger;
    }
    buffer.set(chunk, length);
    length = end;
  }
  return length === buffer.length ? buffer : buffer.slice(0, length);
}
