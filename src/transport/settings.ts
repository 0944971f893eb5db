/** The settings of a transport and their defaults. */
import type { AuthStrategy } from './auth/index.ts';
import type { Fault, Step } from './errors.ts';
import type { Clock } from './flow/wait.ts';

/** Limits. The defaults are far above ordinary use. */
export interface TransportLimits {
  /** Max decoded bytes of one JSON reply or event stream. @default 100663296 (96 MiB) */
  readonly maxReplyBytes: number;
  /** Max bytes of one result, inline or downloaded. @default 67108864 (64 MiB) */
  readonly maxResultBytes: number;
  /** Max results in one reply. @default 128 */
  readonly maxResults: number;
  /** Max redirects of one download. @default 5 */
  readonly maxRedirects: number;
  /** Max polls of one job. @default 10000 */
  readonly maxPolls: number;
  /** Min time between two polls of one job, in milliseconds. @default 250 */
  readonly minPollIntervalMs: number;
  /** Max polls per second, for all jobs together. @default 20 */
  readonly pollsPerSecond: number;
  /** Max API requests of any kind per minute, evenly spaced. @default no limit */
  readonly requestsPerMinute: number;
  /** Max concurrent requests to one origin. More requests wait, within their deadline. @default 64 */
  readonly maxConcurrent: number;
  /** Max retries of one submit after a refusal. @default 3 */
  readonly maxRetries: number;
  /** Retries that all calls of this transport share. Each success returns a tenth of one. @default 100 */
  readonly retryQuota: number;
  /** Max time of a job in the server's queue, in milliseconds. @default no limit */
  readonly maxQueueMs: number;
  /** If set, results are downloaded only from these hosts and their subdomains. */
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

/** Time limit of a whole call: ten minutes. */
export const DEFAULT_DEADLINE_MS = 600_000;
/** Time limit of one attempt: five minutes, because Node's fetch itself stops after 300 s without a reply. */
export const DEFAULT_ATTEMPT_TIMEOUT_MS = 300_000;

/** What the caller of the transport says about a call. Passed to the hooks unchanged. */
export type HookLabels = Readonly<Record<string, unknown>>;

/** The fields of every hook event. */
interface HookEvent {
  readonly step: Step;
  /** Scheme, host and path, without the query. */
  readonly url: string;
  readonly attempt: number;
  /**
   * Of a built-in provider: `call` (the same id in every event of one call), `provider`, `model`, the request's `metadata`, and of the
   * prompt only a hash and the length. Empty for tokens, which several calls share.
   */
  readonly labels: HookLabels;
}

/** Callbacks for logs and traces. They never receive secrets, queries, bodies or prompts. Their exceptions are ignored. */
export interface Hooks {
  readonly onAttempt?: ((event: HookEvent & { readonly method: string }) => void) | undefined;
  readonly onReply?:
    | ((
        event: HookEvent & {
          readonly status: number;
          readonly durationMs: number;
          readonly requestId: string | undefined;
        },
      ) => void)
    | undefined;
  readonly onRetry?: ((event: HookEvent & { readonly fault: Fault; readonly delayMs: number }) => void) | undefined;
}

export interface TransportSettings {
  /** `https://host/path`, or `http://` on a loopback or private address. */
  readonly baseUrl: string;
  /** @default none */
  readonly auth?: AuthStrategy | undefined;
  /** Sent with every API request. Values of headers with names like `x-api-key` are redacted in messages. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Other hosts of the same API, e.g. regional ones; `.example.com` matches all subdomains. They receive the credential, over https only. */
  readonly apiHosts?: readonly string[] | undefined;
  /** @default the platform's fetch */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Time limit of a whole call, in milliseconds. @default 600000 */
  readonly deadlineMs?: number | undefined;
  /** Time limit of one attempt, in milliseconds. @default 300000 */
  readonly attemptTimeoutMs?: number | undefined;
  readonly limits?: Partial<TransportLimits> | undefined;
  readonly hooks?: Hooks | undefined;
  /** For tests. @default the system clock */
  readonly clock?: Clock | undefined;
}
