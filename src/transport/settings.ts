/** What a transport is made of. */
import type { AuthStrategy } from './auth/index.ts';
import type { Fault, Step } from './errors.ts';
import type { Clock } from './flow/wait.ts';

/** Caps, each with a default that ordinary work never meets. */
export interface TransportLimits {
  /** Decoded bytes of one JSON answer or event stream. @default 100663296 (96 MiB) */
  readonly maxReplyBytes: number;
  /** Bytes of one result, inline or downloaded. @default 67108864 (64 MiB) */
  readonly maxResultBytes: number;
  /** Results of one answer. @default 128 */
  readonly maxResults: number;
  /** Hops of a download. @default 5 */
  readonly maxRedirects: number;
  /** Questions about one job. @default 10000 */
  readonly maxPolls: number;
  /** Between two questions about one job at least, in milliseconds. @default 250 */
  readonly minPollIntervalMs: number;
  /** Questions about all jobs together, per second. @default 20 */
  readonly pollsPerSecond: number;
  /** Requests to the API of every kind together, per minute, evenly spaced. @default no limit of its own */
  readonly requestsPerMinute: number;
  /** Requests to one origin at once; further ones wait within their deadline. @default 64 */
  readonly maxConcurrent: number;
  /** Further attempts of one submit after a refusal. @default 3 */
  readonly maxRetries: number;
  /** Retries shared by all calls of this transport before it stops retrying. @default 100 */
  readonly retryQuota: number;
  /** How long a job may wait in the server's queue, in milliseconds. @default no limit of its own */
  readonly maxQueueMs: number;
  /** When given, results are fetched from these hosts (and those below them) only. */
  readonly downloadHosts: readonly string[] | undefined;
}

export const DEFAULT_LIMITS: TransportLimits = {
  maxReplyBytes: 96 * 1024 * 1024,
  maxResultBytes: 64 * 1024 * 1024,
  maxResults: 128,
  maxRedirects: 5,
  maxPolls: 10_000,
  minPollIntervalMs: 250,
  pollsPerSecond: 20,
  requestsPerMinute: Number.POSITIVE_INFINITY,
  maxConcurrent: 64,
  maxRetries: 3,
  retryQuota: 100,
  maxQueueMs: Number.POSITIVE_INFINITY,
  downloadHosts: undefined,
};

/** @default ten minutes */
export const DEFAULT_DEADLINE_MS = 600_000;
/** Node's fetch gives up by itself after 300 s without an answer. @default five minutes */
export const DEFAULT_ATTEMPT_TIMEOUT_MS = 300_000;

interface Happening {
  readonly step: Step;
  /** Scheme, host and path, without the query. */
  readonly url: string;
  readonly attempt: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** For logs and traces. Never told a secret, a query, a body or a person's words. What they throw is ignored. */
export interface Hooks {
  readonly onAttempt?: ((happening: Happening & { readonly method: string }) => void) | undefined;
  readonly onReply?:
    | ((
        happening: Happening & {
          readonly status: number;
          readonly durationMs: number;
          readonly requestId: string | undefined;
        },
      ) => void)
    | undefined;
  readonly onRetry?: ((happening: Happening & { readonly fault: Fault; readonly delayMs: number }) => void) | undefined;
}

export interface TransportSettings {
  /** `https://host/path`, or `http://` on a loopback or private address. */
  readonly baseUrl: string;
  /** @default none */
  readonly auth?: AuthStrategy | undefined;
  /** Sent with every API request. Values of headers that look like credentials are redacted. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Other hosts of the same API, e.g. regional ones: `['.example.com']` is every host below it. They get the credential, over https only. */
  readonly apiHosts?: readonly string[] | undefined;
  /** @default the platform's */
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly deadlineMs?: number | undefined;
  readonly attemptTimeoutMs?: number | undefined;
  readonly limits?: Partial<TransportLimits> | undefined;
  readonly hooks?: Hooks | undefined;
  /** @default the system's; for tests */
  readonly clock?: Clock | undefined;
}
