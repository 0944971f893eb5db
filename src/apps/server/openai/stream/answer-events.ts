/** Answers with the events of a run. A client that hangs up ends the answer, never the call. */
import type { ManagedGeneration, ManagerEvent } from '../../../../index.ts';
import type { HttpFault } from '../../http/http-fault.ts';
import { answerFault, toFault } from '../../http/to-fault.ts';
import type { Run } from '../../runs/run-list.ts';
import { createEventChannel, type EventChannel, type StreamEvent } from './event-channel.ts';

/** Turns what happens to a run into the events of one API. */
export interface EventWriter {
  /** What the answer begins with. @default nothing */
  readonly begin?: () => readonly StreamEvent[];
  readonly onEvent: (event: ManagerEvent) => readonly StreamEvent[];
  readonly onResult: (generation: ManagedGeneration) => readonly StreamEvent[];
  /** @param body what a JSON answer would hold: `{ error: { message, type, param, code } }` */
  readonly onError: (body: FaultBody) => readonly StreamEvent[];
}

/** The body of an error in the form of OpenAI's API. */
export interface FaultBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string;
  };
}

export interface EventAnswer {
  readonly run: Run;
  readonly writer: EventWriter;
  /** Turns an error of the run into what the client sees. @default by its code alone */
  readonly explain?: ((error: unknown) => Promise<HttpFault>) | undefined;
  /** Headers beside those of an event stream. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** A comment is sent when nothing else was for this long. @default 15_000 */
  readonly keepAliveMs?: number | undefined;
}

const KEEP_ALIVE_MS = 15_000;

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // nginx would collect the events otherwise.
  'x-accel-buffering': 'no',
};

/**
 * Waits for the first event, at most as long as a proxy may wait for a byte; then the answer begins.
 * @throws the error of the run, if it fails before the answer has begun: it is answered as JSON, with its status
 */
export function answerEvents({
  run,
  writer,
  headers,
  explain = async (error) => toFault(error),
  keepAliveMs = KEEP_ALIVE_MS,
}: EventAnswer): Promise<Response> {
  return new Promise((resolve, reject) => {
    let channel: EventChannel | undefined;
    let removeListener: () => void = () => undefined;
    const begin = (): EventChannel => {
      if (channel) return channel;
      clearTimeout(timer);
      channel = createEventChannel({ keepAliveMs, onLeave: () => removeListener() });
      for (const event of writer.begin?.() ?? []) channel.send(event);
      resolve(new Response(channel.body, { headers: { ...headers, ...HEADERS } }));
      return channel;
    };
    const send = (events: readonly StreamEvent[]) => {
      for (const event of events) begin().send(event);
    };
    const end = () => {
      removeListener();
      begin().end();
    };
    const fail = async (error: unknown) => {
      if (channel === undefined) {
        clearTimeout(timer);
        removeListener();
        return reject(error);
      }
      send(writer.onError((await answerFault(await explain(error)).json()) as FaultBody)); // written by answerFault
      end();
    };
    const timer = setTimeout(begin, keepAliveMs);
    removeListener = run.onEvent((event) => {
      send(writer.onEvent(event));
      if (event.type === 'progress') channel?.comment(toComment(event.fraction));
    });
    run.result
      .then((generation) => {
        send(writer.onResult(generation));
        end();
      })
      .catch(fail);
  });
}

const toComment = (fraction: number | undefined): string =>
  fraction === undefined ? 'progress' : `progress ${Math.round(fraction * 100)} %`;
