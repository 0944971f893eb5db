/** Reads a body as a stream of server-sent events. */
import { readChunks } from './chunks.ts';
import { createEventParser, type ServerEvent } from './event-parser.ts';
import type { JsonOptions } from './json.ts';
import { defaultLimits, noBlobs } from './limits.ts';

/**
 * Yields each event as soon as it is complete. An event with incomplete data is not yielded. Leaving the loop closes the connection.
 * `limits.maxStreamBytes` applies to the whole stream, the other limits to each event.
 * @throws {BodyError} `unreadable`, `too_large`, `network`
 * @throws the signal's reason
 */
export async function* readEvents(
  response: Response,
  { blobs = noBlobs, limits, ...read }: JsonOptions = {},
): AsyncGenerator<ServerEvent, void, void> {
  const merged = { ...defaultLimits, ...limits };
  const parser = createEventParser({ blobs, limits: merged });
  for await (const chunk of readChunks(response, { ...read, maxBytes: merged.maxStreamBytes })) {
    yield* parser.write(chunk);
  }
  const last = parser.end();
  if (last !== undefined) yield last;
}
