/** The settings of a server, and the server as hosts see it. */
import type { GeneratedImage, ImageManager } from '../../index.ts';
import type { Queue } from '../../queue/index.ts';
import type { Store } from '../../store/index.ts';
import type { AccessLine } from './http/access-line.ts';

/** A bearer token and what its holder may do. */
export interface TokenSettings {
  /** Identifies the holder: in the access log, in usage, and as `metadata.costCenter` of every request. Unique. At most 64 characters. */
  readonly name: string;
  /** The SHA-256 of the token, as 64 hex digits. The token itself must have at least 128 random bits. */
  readonly sha256: string;
  /** The profile of every request. @default none */
  readonly profile?: string;
  /** The models that may be used, as `provider/model` or `provider`. @default all */
  readonly models?: readonly string[];
  /** Limit of spending per day (UTC), in US dollars. The manager enforces it. Refused with `queue`: set `budget.perProjectPerDayUsd` of the workers' manager. @default none */
  readonly perDayUsd?: number;
  /** Requests per minute. @default that of `limits` */
  readonly requestsPerMinute?: number;
}

/** Limits of a server. Each has a default. */
export interface ServerLimits {
  /** Calls of one token that run at the same time. @default 4 */
  readonly callsPerToken?: number;
  /** Calls of one token that wait for a free place; a further one is answered with 503. @default 32 */
  readonly waitingPerToken?: number;
  /** Requests of one token per minute; a further one is answered with 429. @default 600 */
  readonly requestsPerMinute?: number;
  /** The size of a JSON body without images, in bytes. @default 1 MiB */
  readonly maxJsonBytes?: number;
  /** The size of a body that may hold images, in bytes. @default 256 MiB */
  readonly maxUploadBytes?: number;
}

/** What agents may do at `/mcp`. The limits count for each token and day (UTC), and begin anew with the process. */
export interface ServerMcpSettings {
  /** What one token may spend there, in US dollars; a further call is refused. @default 5 */
  readonly maxUsd?: number;
  /** How many images one token may generate there; a further call is refused. @default 50 */
  readonly maxImages?: number;
  /** A call above this price, in US dollars, needs the user's agreement. @default 0.5 */
  readonly confirmAboveUsd?: number;
  /** Hosts from which `https:` references are fetched, e.g. `images.example.com`. @default none: links are refused */
  readonly referenceHosts?: readonly string[];
}

export interface ImageServerSettings {
  /** Generates the images. The server does not close it. */
  readonly manager: ImageManager;
  /** The store of the manager. The server does not close it. */
  readonly store: Store;
  /** Requests are added to this queue, and workers generate them. The server does not close it. @default the server generates them itself */
  readonly queue?: Queue;
  /** Who may use the server. At least one. */
  readonly tokens: readonly TokenSettings[];
  /**
   * Model ids that stand for others, as `{ 'dall-e-3': 'openai/gpt-image-2' }`. They are added to the default ones, which map retired ids
   * that programs still send to the default model. `false`: no aliases at all.
   */
  readonly aliases?: Readonly<Record<string, string>> | false;
  /** Names that the `Host` header may have, beside `127.0.0.1`, `localhost`, `[::1]` and that of `publicUrl`. @default none */
  readonly hosts?: readonly string[];
  /** Origins of web pages that may call the server, e.g. `https://app.example.com`. @default none */
  readonly origins?: readonly string[];
  /** The address of the server as its clients see it, for links to files. @default the address of each request */
  readonly publicUrl?: string;
  /** Signs links to files: at least 32 random bytes. @default a random key, so that links end with the process */
  readonly fileKey?: Uint8Array;
  /** Limits. */
  readonly limits?: ServerLimits;
  /** Takes the client's address from `X-Forwarded-For`. Set it only behind a proxy that sets this header. @default false */
  readonly trustProxy?: boolean;
  /** Answers `GET /metrics` in the format of Prometheus, for holders of a token. @default false */
  readonly metrics?: boolean;
  /**
   * Answers agents at `/mcp`, over the Model Context Protocol. Needs the package `@modelcontextprotocol/server`. @default false
   */
  readonly mcp?: boolean | ServerMcpSettings;
  /** Sends white space every 15 seconds while a JSON answer is not ready, for proxies that close idle connections. The status is then always 200. @default false */
  readonly keepAliveJson?: boolean;
  /** Receives one line per answer. It has no prompt, no query and no token. */
  readonly onAccess?: (line: AccessLine) => void;
  /**
   * Receives images that were paid for and that the store could not take, for example because its disk is full, before the answer: save them
   * elsewhere. The store puts their bytes in its quarantine, if it can, and the server returns them to a repeated request while it runs (the
   * latest 32 calls). Not called for images of a vendor's job, which can be fetched again. @default none
   */
  readonly onUnstored?: (
    images: readonly GeneratedImage[],
    call: { readonly id: string; readonly token: string },
  ) => Promise<void> | void;
  /** Receives the errors behind answers with a status of 500 or above, and errors that no answer reports. */
  readonly onError?: (error: unknown) => void;
}

export interface ImageServer {
  /** Answers a request. @param env what the runtime knows beside the request; `@hono/node-server` passes it */
  readonly fetch: (request: Request, env?: unknown) => Promise<Response> | Response;
  /**
   * Refuses new requests with 503 and waits until running calls have ended. Manager, store and queue stay open.
   * @param options after `deadlineMs`, running calls are aborted; their jobs can still be resumed
   */
  readonly close: (options?: { readonly deadlineMs?: number }) => Promise<void>;
}
