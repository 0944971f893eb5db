/** Answers with a stream of events (SSE) that a client can continue after a break. */
import { MEDIA_TYPES } from '../../../../providers/protocol/index.ts';
import { encodePieces } from '../../http/json-body/encode-pieces.ts';
import { toJsonPieces } from '../../http/json-body/json-pieces.ts';
import type { ServerRequest } from '../../http/server-context.ts';
import type { PartialImage, RunEvent } from '../../runs/run-list.ts';
import { toApiRun } from '../answers/to-run.ts';

/** Proxies close connections on which nothing is sent. */
const KEEP_ALIVE_MS = 15_000;

/** Cursors of events. A cursor names the process, because a new process counts its events from 1 again. */
export interface EventCursors {
  readonly write: (sequence: number) => string;
  /** @returns the sequence; 0 for a cursor of another process, whose events this one does not have */
  readonly read: (cursor: string | undefined) => number | undefined;
}

/** @param process identifies this process */
export function createEventCursors(process: string): EventCursors {
  return {
    write: (sequence) => `${process}.${sequence}`,
    read(cursor) {
      if (cursor === undefined) return undefined;
      const [of, sequence] = cursor.split('.');
      return of === process ? Number(sequence) || 0 : 0;
    },
  };
}

export interface StreamedEvents {
  /** Whether `partial` events have their image. Those of all runs together could be too much for a client. */
  readonly sendsPartials: boolean;
}

/** @param open opens the events; the signal aborts when the client hangs up */
export function streamEvents(
  c: ServerRequest,
  cursors: EventCursors,
  { sendsPartials }: StreamedEvents,
  open: (signal: AbortSignal) => AsyncIterable<RunEvent>,
): Response {
  const ended = new AbortController();
  const end = () => ended.abort();
  c.req.raw.signal.addEventListener('abort', end, { once: true });
  const events = open(ended.signal)[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  let isCancelled = false;
  let keepAlive: ReturnType<typeof setInterval> | undefined;
  const close = () => {
    clearInterval(keepAlive);
    c.req.raw.signal.removeEventListener('abort', end);
    ended.abort();
  };
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      // Sends the head of the answer at once.
      controller.enqueue(encoder.encode(': connected\n\n'));
      keepAlive = setInterval(() => {
        // A client that does not read gets no further comments.
        if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(': keep-alive\n\n'));
      }, KEEP_ALIVE_MS);
    },
    async pull(controller) {
      try {
        const { done, value } = await events.next();
        if (!done) {
          for (const slice of encodeEvent(value, cursors, sendsPartials)) controller.enqueue(slice);
          return;
        }
      } catch (error) {
        close();
        return isCancelled ? undefined : controller.error(error);
      }
      close();
      if (!isCancelled) controller.close();
    },
    async cancel() {
      isCancelled = true;
      close();
      await events.return?.();
    },
  });
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    },
  });
}

/** The image is encoded slice by slice. */
function* encodeEvent(
  { sequence, at, type, run, progress, partial }: RunEvent,
  cursors: EventCursors,
  sendsPartials: boolean,
): Generator<Uint8Array<ArrayBuffer>> {
  const cursor = cursors.write(sequence);
  const image = sendsPartials && partial && toApiPartial(partial);
  const event = { cursor, at, type, run: toApiRun(run), progress, ...(image && { image }) };
  yield* encodePieces([`id: ${cursor}\nevent: ${type}\ndata: `, ...toJsonPieces(event), '\n\n']);
}

/** As in `ApiPartialImage`; the bytes are encoded while they are sent. */
const toApiPartial = ({ index, imageBytes, format }: PartialImage) => ({
  index,
  base64: imageBytes,
  mediaType: MEDIA_TYPES[format],
});
