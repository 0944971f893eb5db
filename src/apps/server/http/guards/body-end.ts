/** Tells when the last byte of an answer was handed over. */
import type { ServerRequest } from '../server-context.ts';

/** @param onEnd called once, also if the client hangs up @returns the answer to send */
export function whenBodyEnds(c: ServerRequest, onEnd: (bytes: number) => void): Response {
  const outgoing = c.env?.outgoing;
  if (outgoing?.bodyBytes !== undefined) {
    // Our own Node server counts what it writes, which is faster than another stream around the body.
    outgoing.once('close', () => onEnd(outgoing.bodyBytes ?? 0));
    return c.res;
  }
  if (c.res.body !== null) return new Response(countBytes(c.res.body, onEnd), c.res);
  onEnd(0);
  return c.res;
}

function countBytes(body: ReadableStream<Uint8Array>, onEnd: (bytes: number) => void): ReadableStream<Uint8Array> {
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
        onEnd(bytes);
      },
      async cancel(reason) {
        onEnd(bytes);
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
