/** Tells when the last byte of an answer was handed over. */
import type { ServerRequest } from '../server-context.ts';

export interface BodyEnd {
  /** Bytes of the body that were handed over. */
  readonly bytes: number;
  /** The client hung up before it had the whole answer. */
  readonly hasLeft: boolean;
}

/** @param onEnd called once, also if the client hangs up, and if it has hung up already @returns the answer to send */
export function whenBodyEnds(c: ServerRequest, onEnd: (end: BodyEnd) => void): Response {
  const outgoing = c.env?.outgoing;
  if (outgoing?.bodyBytes !== undefined) {
    // Our own Node server counts what it writes, which is faster than another stream around the body.
    const end = () => onEnd({ bytes: outgoing.bodyBytes ?? 0, hasLeft: outgoing.writableFinished === false });
    if (outgoing.destroyed) end();
    else outgoing.once('close', end);
    return c.res;
  }
  if (c.res.body !== null) return new Response(countBytes(c.res.body, onEnd), c.res);
  onEnd({ bytes: 0, hasLeft: false });
  return c.res;
}

function countBytes(body: ReadableStream<Uint8Array>, onEnd: (end: BodyEnd) => void): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let bytes = 0;
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (!done) {
            bytes += value.byteLength;
            return controller.enqueue(value);
          }
          controller.close();
        } catch (error) {
          controller.error(error);
        }
        onEnd({ bytes, hasLeft: false });
      },
      async cancel(reason) {
        onEnd({ bytes, hasLeft: true });
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
