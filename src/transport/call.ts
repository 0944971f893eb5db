/** What the transport is told: plain data and pure functions. It learns from them all it knows about one server's ways. */
import type { JobTicket } from './errors.ts';

export type PartField =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly bytes: Uint8Array; readonly fileName: string; readonly mediaType: string };

export type RequestBody =
  /** `Uint8Array` values inside are written as base64 strings, `DataUrl`s as links. */
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'multipart'; readonly parts: readonly PartField[] }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly mediaType: string };

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Relative to the base URL, or absolute: then on the base URL's origin or one of the `apiHosts`. */
  readonly url: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
}

/** A whole answer: parsed JSON (with `Uint8Array` where a blob stood), or raw bytes. */
export interface Reply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The server's name for this exchange, redacted. */
  readonly requestId?: string | undefined;
  readonly body: unknown;
  /** The body as it came. Made when it is asked for. */
  readonly received: () => Uint8Array;
}

/** An answer that says no. `body` is parsed JSON where it could be parsed, else text; at most 64 KiB were read. */
export type FailedReply = Omit<Reply, 'received'>;

/** What a caller makes of a failed answer. */
export interface Explanation {
  readonly message: string;
  /** A word of the caller's own, handed back on the error. */
  readonly tag?: string | undefined;
  /** True: asking again will not help, whatever the status says (a used-up quota under 429). */
  readonly isFinal?: boolean | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** Where one result is. `request`: at the API itself, which gets the credential; `link`: anywhere, which gets none. */
export type ResultLocation = (
  | { readonly bytes: Uint8Array }
  | { readonly link: string }
  | { readonly request: HttpRequest }
) & {
  readonly metadata: Readonly<Record<string, unknown>>;
};

/** How a job stands. */
export type JobState =
  | { readonly kind: 'queued'; readonly position?: number | undefined; readonly retryAfterMs?: number | undefined }
  | {
      readonly kind: 'running';
      readonly fraction?: number | undefined;
      readonly message?: string | undefined;
      readonly retryAfterMs?: number | undefined;
    }
  /** Done, and the answer that said so holds the result. */
  | { readonly kind: 'done' }
  /** Done, and the result has to be fetched by this request. */
  | { readonly kind: 'ready'; readonly request: HttpRequest }
  | { readonly kind: 'failed'; readonly message: string; readonly tag?: string | undefined };

/** How work that goes on after the answer is followed. */
export interface JobProtocol {
  /**
   * Reads the answer to the submit. `isDone`: the server waited, and this answer holds the result already.
   * @returns `undefined`: it names no job and holds the results itself
   */
  readonly open: (reply: Reply) => (Pick<JobTicket, 'id' | 'state'> & { readonly isDone?: boolean }) | undefined;
  readonly poll: (ticket: JobTicket) => HttpRequest;
  readonly read: (reply: Reply, ticket: JobTicket) => JobState;
  /** @param kind how the job stands, where `looksBeforeCancel` */
  readonly cancel?:
    | ((ticket: JobTicket, kind: 'queued' | 'running' | undefined) => HttpRequest | undefined)
    | undefined;
  /** A cancel that comes too late would destroy the result, or it depends on how the job stands: it is asked about first. @default false */
  readonly looksBeforeCancel?: boolean | undefined;
  /** Where the server tells by itself how its jobs stand. Only for a call that submits: the request names the line too. */
  readonly line?: WebSocketProtocol | undefined;
}

/** A WebSocket that a server writes to. */
export interface WebSocketProtocol {
  /** Below the base URL, with the query. */
  readonly path: string;
  /** @returns `undefined` for what is not about this job */
  readonly read: (message: string | Uint8Array, ticket: JobTicket) => JobUpdate | undefined;
}

/** What a server tells by itself. `over`: the job has ended, one way or the other; how, it is asked. */
export type JobUpdate =
  | Extract<JobState, { kind: 'queued' | 'running' }>
  | { readonly kind: 'partial'; readonly bytes: Uint8Array; readonly metadata: Readonly<Record<string, unknown>> }
  | { readonly kind: 'over' };

/** One server-sent event, read. */
export type StreamItem =
  | { readonly kind: 'partial'; readonly bytes: Uint8Array; readonly metadata: Readonly<Record<string, unknown>> }
  | { readonly kind: 'result'; readonly result: ResultLocation }
  /** The end of a result that came to nothing; whoever reads the events knows why. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'failed'; readonly message: string; readonly tag?: string | undefined };

/** What following a call needs to know, whether it was just submitted or is resumed. */
export interface Following {
  /** Reads an answer that holds results: the direct one, or that of a finished job. */
  readonly locate: (reply: Reply) => readonly ResultLocation[];
  readonly job?: JobProtocol | undefined;
  /** Fields whose strings are base64, by key at any depth; they arrive as bytes. */
  readonly blobs?: ReadonlyMap<string, 'base64' | 'data-url'> | undefined;
  /** For a server that writes `NaN` and `Infinity` in its JSON. @default 'refuse' */
  readonly nonFinite?: 'refuse' | 'null' | undefined;
  /** Makes sense of an answer that says no. Without it, or when it has no words, the status has to do. */
  readonly explain?: ((reply: FailedReply) => Explanation | undefined) | undefined;
  /** Texts that must not stand in an error, e.g. what a person wrote. */
  readonly confidential?: readonly string[] | undefined;
  /** Handed to the hooks untouched, e.g. a hash that names the call. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** How long such a job usually takes, in milliseconds, so that polls can wait for it; what was seen of its `kind` knows better. */
  readonly usualMs?: number | undefined;
  /** Names jobs that take about as long, e.g. those of one model. Without it nothing is learned. */
  readonly kind?: string | undefined;
}

/** One request that costs money, and what becomes of it. */
export interface TransportCall extends Following {
  readonly request: HttpRequest;
  /** Reads one server-sent event; an empty list passes it over. */
  readonly readEvent?:
    | ((event: { readonly event: string; readonly data: unknown }) => readonly StreamItem[])
    | undefined;
  /** Asked once the stream is over, however it ended: what only all events together can tell. */
  readonly readRest?: (() => readonly StreamItem[]) | undefined;
  /** Told when a stream was answered without a result: `received` gives its events as they came, but for white space. */
  readonly onUnread?: ((received: () => Uint8Array) => void) | undefined;
  /** Only for servers known to honour it: then a doubtful submit is sent again under the same key. */
  readonly idempotency?: { readonly header: string; readonly key: string } | undefined;
  /**
   * Statuses that surely mean that no work was begun.
   * @default [429, 503, 529]
   */
  readonly refusals?: readonly number[] | undefined;
}

/** A place that a server named for a file, e.g. a signed address of a store. */
export interface UploadTarget {
  readonly link: string;
  readonly method: 'PUT' | 'POST';
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body: RequestBody;
}

/** What belongs to one run of a call. */
export interface RunContext {
  readonly signal?: AbortSignal | undefined;
  /** @default the transport's `deadlineMs` */
  readonly deadlineMs?: number | undefined;
  /** Awaited before the first poll. */
  readonly onTicket?: ((ticket: JobTicket) => void | Promise<void>) | undefined;
  readonly onState?: ((state: Extract<JobState, { kind: 'queued' | 'running' }>) => void) | undefined;
  /** Unfinished results of a job whose server shows some on its line. */
  readonly onPartial?: ((bytes: Uint8Array, metadata: Readonly<Record<string, unknown>>) => void) | undefined;
}

/** Bytes and what is known about them. A result that could not be fetched beside others that could has no bytes and an `error`. */
export type BytesWithMetadata = readonly [bytes: Uint8Array, metadata: Readonly<Record<string, unknown>>];
