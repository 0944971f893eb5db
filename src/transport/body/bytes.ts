/** Reads a body as raw bytes. */
import { ByteSegments } from './byte-segments.ts';
import { type ChunkOptions, declaredLength, readChunks } from './chunks.ts';

/**
 * Reads a whole body. `Content-Length` is the estimate for the buffer.
 * @param onBroken called with the received bytes if the body cannot be read to its end
 * @throws {BodyError} like `readChunks`
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
