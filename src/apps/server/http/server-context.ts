/** What the handlers of a server share. */
import type { Context, Hono } from 'hono';
import type { ImageManager } from '../../../index.ts';
import type { Store } from '../../../store/index.ts';
import type { FileLinks } from '../files/file-links.ts';
import type { RunList } from '../runs/run-list.ts';
import type { ImageServerSettings, ServerLimits } from '../settings.ts';
import type { Caller } from '../tenants/caller.ts';
import type { MinuteLimit, MinuteTaken } from '../tenants/minute-limit.ts';
import type { ServerMetrics } from './health/metrics.ts';

export interface ServerContext {
  readonly manager: ImageManager;
  readonly store: Store;
  readonly runs: RunList;
  readonly links: FileLinks;
  readonly limits: Required<ServerLimits>;
  readonly settings: ImageServerSettings;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Reports a fault that no answer has. Never throws. */
  readonly onError: (error: unknown) => void;
  /** Counts wrong tokens and wrong links by address. */
  readonly failures: MinuteLimit;
  /** Undefined without `settings.metrics`. */
  readonly metrics: ServerMetrics | undefined;
  readonly state: ServerState;
}

export interface ServerState {
  /** New requests are refused. */
  isClosing: boolean;
}

/** What middleware sets for each request. */
export interface RequestVariables {
  /** Set on every route that needs a token. */
  readonly caller: Caller;
  /** `req_` and 24 characters; also the header `x-request-id`. */
  readonly requestId: string;
  /** The address of the client, if it is known. */
  readonly address: string | undefined;
  /** The origin of the page that sent the request, if it is one of `settings.origins`. */
  readonly listedOrigin: string | undefined;
  /** What is left of the caller's requests per minute. Set on every route that needs a token. */
  readonly rate: (MinuteTaken & { readonly perMinute: number }) | undefined;
  /** Set by a handler that started or joined a call, for the access log. */
  call: string | undefined;
}

export type ServerEnv = { Variables: RequestVariables; Bindings: NodeBindings };
export type ServerApp = Hono<ServerEnv>;
export type ServerRequest = Context<ServerEnv>;

/** What `@hono/node-server` passes. Absent on other runtimes. */
export interface NodeBindings {
  readonly incoming?: { readonly socket: { readonly remoteAddress?: string; destroySoon(): void } };
  readonly outgoing?: NodeAnswer;
}

export interface NodeAnswer {
  statusMessage: string;
  /** Bytes of the body that were written. Only `listen` counts them. */
  readonly bodyBytes?: number;
  /** The connection ended. No further `close` follows. */
  readonly destroyed?: boolean;
  /** The whole answer was handed over. */
  readonly writableFinished?: boolean;
  once(event: 'close', listener: () => void): unknown;
}
