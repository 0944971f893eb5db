/** A body that only explains something, such as that of an error: as much of it as is worth reading, and never a reason to fail. */

import { BodyError } from './body-error.ts';
import { ByteSegments } from './byte-segments.ts';
import { type ChunkReadOptions, readChunks } from './chunks.ts';

const DEFAULT_MAX_BYTES = 64 * 1024;

export interface TextOptions extends ChunkReadOptions {
  /**
   * What comes after so many decoded bytes is not read, and the connection is closed.
   * @default 65_536
   */
  readonly maxBytes?: number | undefined;
}

/**
 * Reads the beginning of a body as UTF-8, whatever else it may be: malformed sequences become U+FFFD, a body that breaks off gives what
 * came before, one with an encoding nobody knows gives nothing.
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
  // `stream` leaves out a character that the cap has cut in two.
  return new TextDecoder().decode(bytes.join(), { stream: bytes.length >= maxBytes });
}
