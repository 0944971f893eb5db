/** Sends white space while a JSON answer is not ready, for proxies that close idle connections. JSON may begin with white space. */

export interface KeepAliveSettings {
  /** Headers of an answer that begins before it is ready: its status is 200, whatever happens. */
  readonly headers: Readonly<Record<string, string>>;
  /** Turns an error that comes later into an answer. */
  readonly answerError: (error: unknown) => Promise<Response>;
  /** @default 15_000 */
  readonly everyMs?: number | undefined;
}

const EVERY_MS = 15_000;

/** @returns the answer itself if it is ready in time; its error is thrown */
export function keepAlive(
  answering: Promise<Response>,
  { headers, answerError, everyMs = EVERY_MS }: KeepAliveSettings,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const begin = () =>
      resolve(
        new Response(spaces(answering.catch(answerError), everyMs), {
          headers: { ...headers, 'content-type': 'application/json', 'x-accel-buffering': 'no' },
        }),
      );
    const timer = setTimeout(begin, everyMs);
    answering.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** A line break at once and then every few seconds, then the body of the answer. */
function spaces(answering: Promise<Response>, everyMs: number): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isFirst = true;
  let hasLeft = false;
  const body = answering.then((answer) => {
    clearTimeout(timer);
    // A reader that has left needs no answer.
    if (hasLeft) void answer.body?.cancel();
    return answer.body?.getReader();
  });
  const wait = () =>
    new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), everyMs);
    });
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (reader === undefined && !isFirst) reader = await Promise.race([body, wait()]);
        isFirst = false;
        if (reader === undefined) return controller.enqueue(new Uint8Array([10]));
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel(reason) {
        hasLeft = true;
        clearTimeout(timer);
        await reader?.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
