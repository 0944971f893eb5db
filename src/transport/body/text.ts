/** Reads the beginning of a body as text, e.g. of an error reply. Never fails because of the body. */
import { BodyError } from './body-error.ts';
import { ByteSegments } from './byte-segments.ts';
import { type ChunkReadOptions, readChunks } from './chunks.ts';

const DEFAULT_MAX_BYTES = 64 * 1024;

export interface TextOptions extends ChunkReadOptions {
  /**
   * Decoded bytes to read. The rest is not read, and the connection is closed.
   * @default 65_536
   */
  readonly maxBytes?: number | undefined;
}

/**
 * Reads the beginning of a body as UTF-8. Malformed sequences become U+FFFD; a body that breaks off returns what had arrived; an unknown
 * content encoding returns an empty text.
 * @throws the signal's reason, nothing else
 */
export async function readText(
  response: Response,
  { maxBytes = DEFAULT_MAX_BYTES, ...read }: TextOptions = {},
): Promise<string> {
  const bytes = new ByteSegments();
  try {
    for await (const chunk of readChunks(response, { ...read, maxBytes, atCap: 'stop' })) bytes.append(chunk);
  } catch (error) {
    if (!(error instanceof BodyError)) throw error;
  }
  // `stream` drops a character that the limit has split.
  return new TextDecoder().decode(bytes.join(), { stream: bytes.length >= maxBytes });
}
