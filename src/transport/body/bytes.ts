/** A body that is one blob of raw bytes. */

import { ByteSegments } from './byte-segments.ts';
import { type ChunkOptions, declaredLength, readChunks } from './chunks.ts';

/**
 * Reads a body into the one buffer it is handed out in, as `ByteSegments` does; a declared length is the guess.
 * @throws {BodyError} as `readChunks`
 */
export async function readBytes(response: Response, options: ChunkOptions): Promise<Uint8Array<ArrayBuffer>> {
  const segments = new ByteSegments(declaredLength(response));
  for await (const chunk of readChunks(response, options)) segments.append(chunk);
  return segments.join();
}
