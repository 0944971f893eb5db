/** The input of the transport: plain data and pure functions that describe one call and how to read the server's replies. */
import type { JobTicket } from './errors.ts';
import type { HookLabels } from './settings.ts';

export type PartField =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly bytes: Uint8Array; readonly fileName: string; readonly mediaType: string };

export type RequestBody =
  /** `Uint8Array` values become base64 strings, `DataUrl` values become `data:` links. */
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'multipart'; readonly parts: readonly PartField[] }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly mediaType: string };

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Relative to the base URL, or absolute on the base URL's origin or one of the `apiHosts`. */
  readonly url: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
}

/** A whole 2xx reply. `body` is parsed JSON, with a `Uint8Array` for each blob, or raw bytes. */
export interface Reply {
  readonly status: number;
  /** Header names are in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The server's id for this request, redacted. */
  readonly requestId?: string | undefined;
  readonly body: unknown;
  /** Returns the body as received. Built on demand. */
  readonly received: () => Uint8Array;
}

/** A 4xx or 5xx reply. `body` is parsed JSON, or text if it is not JSON; at most 64 KiB are read. */
export type FailedReply = Omit<Reply, 'received'>;

/** The caller's reading of a failed reply. */
export interface Explanation {
  readonly message: string;
  /** Any value of the caller; returned as `tag` of the error. */
  readonly tag?: string | undefined;
  /** True if a retry will not help, whatever the status says, e.g. a used-up quota with status 429. */
  readonly isFinal?: boolean | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** Where one result is. `request` goes to the API with the credential; `link` is downloaded without it. */
export type ResultLocation = (
  | { readonly bytes: Uint8Array }
  | { readonly link: string }
  | { readonly request: HttpRequest }
) & {
  readonly metadata: Readonly<Record<string, unknown>>;
};

/** The state of a job. */
export type JobState =
  | { readonly kind: 'queued'; readonly position?: number | undefined; readonly retryAfterMs?: number | undefined }
  | {
      readonly kind: 'running';
      readonly fraction?: number | undefined;
      readonly message?: string | undefined;
      readonly retryAfterMs?: number | undefined;
    }
  /** Done; this reply holds the result. */
  | { readonly kind: 'done' }
  /** Done; this request fetches the result. */
  | { readonly kind: 'ready'; readonly request: HttpRequest }
  | { readonly kind: 'failed'; readonly message: string; readonly tag?: string | undefined };

/** How a job is opened, polled and cancelled. */
export interface JobProtocol {
  /**
   * Reads the job from the reply to the submit. `isDone`: the server waited, and this reply already holds the result.
   * @returns `undefined` if the server started no job and the reply holds the results
   */
  readonly open: (reply: Reply) => (Pick<JobTicket, 'id' | 'state'> & { readonly isDone?: boolean }) | undefined;
  readonly poll: (ticket: JobTicket) => HttpRequest;
  readonly read: (reply: Reply, ticket: JobTicket) => JobState;
  /** @param kind the state of the job, with `looksBeforeCancel` @returns `undefined` if the job cannot be cancelled */
  readonly cancel?:
    | ((ticket: JobTicket, kind: 'queued' | 'running' | undefined) => HttpRequest | undefined)
    | undefined;
  /** Poll before cancelling, because a late cancel would delete the result or the request depends on the state. @default false */
  readonly looksBeforeCancel?: boolean | undefined;
  /** A WebSocket on which the server reports the state of its jobs. Used only by calls that submit: their request names the socket. */
  readonly socket?: WebSocketProtocol | undefined;
}

/** A WebSocket on which a server reports the state of jobs. */
export interface WebSocketProtocol {
  /** Relative to the base URL, with the query. */
  readonly path: string;
  /** Reads one message. @returns `undefined` if it is not about this job */
  readonly read: (message: string | Uint8Array, ticket: JobTicket) => JobUpdate | undefined;
}

/** One message about a job. `over`: the job has ended; a poll tells how. */
export type JobUpdate =
  | Extract<JobState, { kind: 'queued' | 'running' }>
  | { readonly kind: 'partial'; readonly bytes: Uint8Array; readonly metadata: Readonly<Record<string, unknown>> }
  | { readonly kind: 'over' };

/** What one server-sent event means. */
export type StreamItem =
  | { readonly kind: 'partial'; readonly bytes: Uint8Array; readonly metadata: Readonly<Record<string, unknown>> }
  | { readonly kind: 'result'; readonly result: ResultLocation }
  /** A result event that holds no result; `readEvent` knows why. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'failed'; readonly message: string; readonly tag?: string | undefined };

/** How the replies of a call are read. The same for a new call and for a resumed job. */
export interface ReplyHandling {
  /** Finds the results in a reply: the direct reply, or that of a finished job. */
  readonly locate: (reply: Reply) => readonly ResultLocation[];
  readonly job?: JobProtocol | undefined;
  /** Keys, at any depth, whose strings are base64 or `data:` links. Their values arrive as bytes. */
  readonly blobs?: ReadonlyMap<string, 'base64' | 'data-url'> | undefined;
  /** What to do with `NaN` and `Infinity`, which some servers write in JSON. @default 'refuse' */
  readonly nonFinite?: 'refuse' | 'null' | undefined;
  /** Reads a failed reply. If it is missing or returns `undefined`, only the status is used. */
  readonly explain?: ((reply: FailedReply) => Explanation | undefined) | undefined;
  /** Texts that must not appear in errors, e.g. the prompt. */
  readonly confidential?: readonly string[] | undefined;
  /** Passed to the hooks unchanged, e.g. a hash that identifies the call. */
  readonly labels?: HookLabels | undefined;
  /** How long such a job usually takes, in milliseconds. Polls wait for it; durations measured for its `kind` replace it. */
  readonly usualMs?: number | undefined;
  /** Groups jobs of similar duration, e.g. those of one model. Without it no durations are measured. */
  readonly kind?: string | undefined;
}

/** One request that costs money, and how its replies are read. */
export interface TransportCall extends ReplyHandling {
  readonly request: HttpRequest;
  /** Reads one server-sent event. An empty list ignores it. */
  readonly readEvent?:
    | ((event: { readonly event: string; readonly data: unknown }) => readonly StreamItem[])
    | undefined;
  /** Called once when the stream has ended in any way: returns what only all events together can tell. */
  readonly readRest?: (() => readonly StreamItem[]) | undefined;
  /** Called when a stream completed without a result. `received` returns its events as received; white space may differ. */
  readonly onUnread?: ((received: () => Uint8Array) => void) | undefined;
  /** Called before a 2xx reply is read, if the host's `fetch` followed a redirect although it was told not to: the request may have been sent twice. */
  readonly onRedirected?: (() => void) | undefined;
  /** Only for servers that honour the key: a submit with an unknown outcome is then sent again with the same key. */
  readonly idempotency?: { readonly header: string; readonly key: string } | undefined;
  /**
   * Statuses with which the server says that it started no work.
   * @default [429, 503, 529]
   */
  readonly refusals?: readonly number[] | undefined;
  /**
   * The reply holds its results itself. Otherwise the code that fetches results is loaded before the submit, so that a paid result never
   * waits for code.
   * @default false
   */
  readonly holdsResults?: boolean | undefined;
}

/** An address that a server returned for an upload, e.g. a signed storage URL. */
export interface UploadTarget {
  readonly link: string;
  readonly method: 'PUT' | 'POST';
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body: RequestBody;
}

/** Options of one run of a call. */
export interface RunContext {
  readonly signal?: AbortSignal | undefined;
  /** @default the transport's `deadlineMs` */
  readonly deadlineMs?: number | undefined;
  /** Called with the ticket of a new job and awaited before the first poll. */
  readonly onTicket?: ((ticket: JobTicket) => void | Promise<void>) | undefined;
  readonly onState?: ((state: Extract<JobState, { kind: 'queued' | 'running' }>) => void) | undefined;
  /** Partial results of a job whose server sends them on its socket. */
  readonly onPartial?: ((bytes: Uint8Array, metadata: Readonly<Record<string, unknown>>) => void) | undefined;
}

/** One result: its bytes and its metadata. If only some results could be fetched, each other one has no bytes and an `error`. */
export type BytesWithMetadata = readonly [bytes: Uint8Array, metadata: Readonly<Record<string, unknown>>];
