/** Reads a stream of events, and opens it again behind the last event when it breaks. */
import { ApiError } from './api-error.ts';
import type { ApiCallOptions, Fields } from './client-settings.ts';
import { parseJson } from './parse-json.ts';
import { pause } from './pause.ts';
import type { Route } from './routes.ts';
import { type Connection, sendRequest } from './send-request.ts';

const MAX_PAUSE_MS = 30_000;
/** No event is as long as this: an unfinished image of 64 MB, as base64. */
const MAX_EVENT_LENGTH = 96_000_000;
/** Types of events that end a run. */
const LAST_TYPES: readonly unknown[] = ['done', 'failed', 'unknown', 'cancelled'];

/** The fields of an event that decide how the stream goes on. */
interface StreamedEvent {
  readonly cursor: string;
  readonly type: string;
}

/**
 * Yields events until the run has ended, or for all runs until the caller leaves the loop or aborts.
 * @throws ApiError the first connection failed, or the server refuses the request
 */
export async function* watchEvents(
  connection: Connection,
  route: Route,
  input: Fields,
  options: ApiCallOptions,
): AsyncGenerator<StreamedEvent, void> {
  const { signal } = options;
  const isOneRun = route.path.includes('{id}');
  let { after } = input;
  let pauseMs = 0;
  for (;;) {
    try {
      const { response } = await sendRequest(connection, route, { ...input, after }, options);
      pauseMs ||= connection.reconnectMs;
      for await (const event of readEvents(response)) {
        after = event.cursor;
        pauseMs = connection.reconnectMs;
        yield event;
        if (isOneRun && LAST_TYPES.includes(event.type)) return;
      }
    } catch (error) {
      if (signal?.aborted || pauseMs === 0 || !isTemporary(error)) throw error;
    }
    await pause(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS);
  }
}

/** A stream that broke has an error of the platform. A refusal of the server stays. */
const isTemporary = (error: unknown): boolean =>
  !(error instanceof ApiError) || error.status === 0 || error.status === 429 || error.status >= 500;

async function* readEvents({ body }: Response): AsyncGenerator<StreamedEvent, void> {
  if (body === null) return;
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  // Joined only at the end of an event, because one with an image arrives in many parts.
  let parts: string[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const text = value.replaceAll('\r\n', '\n');
      const isEnd = `${parts.at(-1)?.at(-1) ?? ''}${text}`.includes('\n\n');
      parts.push(text);
      length += text.length;
      if (length > MAX_EVENT_LENGTH) throw new Error('an event of the server is too long');
      if (!isEnd) continue;
      const blocks = parts.join('').split('\n\n');
      const rest = blocks.pop() ?? '';
      parts = [rest];
      length = rest.length;
      for (const block of blocks) {
        const event = readBlock(block);
        if (event) yield event;
      }
    }
  } finally {
    // Closes the connection when the caller leaves the loop.
    await reader.cancel().catch(() => undefined);
  }
}

/** @returns `undefined`: a comment, or no event of this API */
function readBlock(block: string): StreamedEvent | undefined {
  const lines = block.split('\n').filter((line) => line.startsWith('data:'));
  const value = parseJson(lines.map((line) => line.slice('data:'.length).trimStart()).join('\n'));
  const isEvent = typeof value === 'object' && value !== null && 'cursor' in value && 'type' in value;
  return isEvent ? (value as StreamedEvent) : undefined; // an event of the server that the caller chose
}
