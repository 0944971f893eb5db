/** A body of server-sent events. Images in events are encoded while they are sent. */
import { encodePieces } from '../../http/json-body/encode-pieces.ts';
import { encodingPause, noteEncoded } from '../../http/json-body/encoding-pace.ts';
import { type JsonPiece, toJsonPieces } from '../../http/json-body/json-pieces.ts';

export interface StreamEvent {
  readonly event: string;
  /** JSON, in which each `Uint8Array` stands for its base64 text. */
  readonly data: unknown;
  /** Of events with the same text, the latest three wait to be sent. A slow reader misses earlier previews. */
  readonly replaces?: string;
}

export interface EventChannel {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly send: (event: StreamEvent) => void;
  /** Sends a comment, which clients ignore, if no event waits to be sent. @param text one line */
  readonly comment: (text: string) => void;
  /** Ends the body when all events have been sent. */
  readonly end: () => void;
}

export interface EventChannelSettings {
  /** A comment is sent when nothing else was for this long. */
  readonly keepAliveMs: number;
  /** Called when the reader leaves before the end. */
  readonly onLeave: () => void;
}

interface Waiting {
  readonly pieces: readonly JsonPiece[];
  readonly replaces: string | undefined;
}

/** As many as OpenAI sends for one image. */
const MAX_UNSENT = 3;
/** Only one waits at a time. */
const COMMENT = 'comment';

export function createEventChannel({ keepAliveMs, onLeave }: EventChannelSettings): EventChannel {
  const waiting: Waiting[] = [];
  let slices: Iterator<Uint8Array<ArrayBuffer>> | undefined;
  let isEnded = false;
  let wake = Promise.withResolvers<void>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function add(entry: Waiting): void {
    if (isEnded) return;
    const same = entry.replaces === undefined ? [] : waiting.filter(({ replaces }) => replaces === entry.replaces);
    const [oldest] = same;
    if (oldest !== undefined && same.length >= MAX_UNSENT) waiting.splice(waiting.indexOf(oldest), 1);
    waiting.push(entry);
    wake.resolve();
  }
  function comment(text: string): void {
    if (waiting.every(({ replaces }) => replaces === COMMENT)) add({ pieces: [`: ${text}\n\n`], replaces: COMMENT });
  }
  function restartTimer(): void {
    clearTimeout(timer);
    if (!isEnded) timer = setTimeout(() => waiting.length === 0 && comment('keep-alive'), keepAliveMs);
  }
  function stop(): void {
    isEnded = true;
    clearTimeout(timer);
    wake.resolve();
  }

  const body = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        for (;;) {
          for (let pause = encodingPause(); pause !== undefined; pause = encodingPause()) await pause;
          const slice = slices?.next();
          if (slice !== undefined && !slice.done) {
            noteEncoded(slice.value.length);
            restartTimer();
            return controller.enqueue(slice.value);
          }
          const next = waiting.shift();
          slices = next && encodePieces(next.pieces);
          if (next !== undefined) continue;
          if (isEnded) return controller.close();
          await wake.promise;
          wake = Promise.withResolvers();
        }
      },
      cancel() {
        stop();
        slices = undefined;
        waiting.length = 0;
        onLeave();
      },
    },
    { highWaterMark: 0 },
  );
  restartTimer();
  return {
    body,
    comment,
    send: ({ event, data, replaces }) =>
      add({ pieces: [`event: ${event}\ndata: `, ...toJsonPieces(data), '\n\n'], replaces }),
    end: stop,
  };
}
