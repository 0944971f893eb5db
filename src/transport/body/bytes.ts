/** A body that is one blob of raw bytes. */

import { ByteSegments } from './byte-segments.ts';
import { type ChunkOptions, declaredLength, readChunks } from './chunks.ts';

/**
 * Reads a body into the one buffer it is handed out in, as `ByteSegments` does; a declared length is the guess.
 * @param onBroken told what came when the reading fails
 * @throws {BodyError} as `readChunks`
 */
export async function readBytes(
  response: Response,
  options: ChunkOptions,
  onBroken: (received: Uint8Array) => void = () => undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const segments = new ByteSegments(declaredLength(response));
  try {
    for await (const chunk of readChunks(response, options)) segments.append(chunk);
  } catch (error) {
    if (segments.length > 0) onBroken(segments.join());
    throw error;
  }
  return segments.join();
}
