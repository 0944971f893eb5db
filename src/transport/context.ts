/** The state that all phases of one transport share: settings, credential, limits, clock, redactor. */
import ky from 'ky';
import { isDirectNodeFetch } from '#platform';
import type { AuthStrategy, TokenReply, TokenRequest } from './auth/auth-strategy.ts';
import { noAuth } from './auth/keys.ts';
import { type Step, type TransportError, transportError } from './errors.ts';
import {
  type ConcurrencyLimit,
  createConcurrencyLimit,
  createRateLimit,
  createRetryQuota,
  type RateLimit,
  type RetryQuota,
} from './flow/flow-limits.ts';
import { createJobDurations, type JobDurations } from './flow/job-durations.ts';
import { type Clock, systemClock } from './flow/wait.ts';
import { withConfiguredHost } from './net/configured-host.ts';
import { createRedactor, type Redact } from './net/redact/redact.ts';
import {
  DEFAULT_ATTEMPT_TIMEOUT_MS,
  DEFAULT_DEADLINE_MS,
  DEFAULT_LIMITS,
  type Hooks,
  type TransportLimits,
  type TransportSettings,
} from './settings.ts';

/** The second argument of `fetch`: plain values, so that any implementation of it works. */
export interface FetchInit {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer> | string | undefined;
  readonly signal: AbortSignal;
}

export interface TransportContext {
  readonly baseUrl: URL;
  readonly auth: AuthStrategy;
  /** Requests a token for the credential. @throws TransportError of step `token` */
  readonly requestToken: (request: TokenRequest) => Promise<TokenReply>;
  readonly headers: Readonly<Record<string, string>>;
  readonly apiHosts: readonly string[];
  /**
   * Sends an API request. Nothing is sent before the next microtask.
   * @throws TypeError at once, for a method or URL that `fetch` cannot send
   */
  readonly send: (url: URL | string, init: FetchInit) => Promise<Response>;
  /** The fetch from the settings, if one was given, without cookies or redirects. */
  readonly customFetch: ((url: URL | string, init: FetchInit) => Promise<Response>) | undefined;
  /** Whether replies come from Node's own fetch. Then no other code holds their chunks, and their memory may be reclaimed. */
  readonly mayReclaimChunks: () => boolean;
  readonly deadlineMs: number;
  readonly attemptTimeoutMs: number;
  readonly limits: TransportLimits;
  readonly hooks: Hooks;
  readonly clock: Clock;
  readonly redact: Redact;
  readonly retryQuota: RetryQuota;
  readonly pollRate: RateLimit;
  /** Undefined without `requestsPerMinute`. */
  readonly requestRate: RateLimit | undefined;
  readonly jobDurations: JobDurations;
  readonly concurrencyLimitOf: (origin: string) => ConcurrencyLimit;
}

/** Headers with these words in their names hold secrets. */
const SECRET_HEADER = /auth|key|token|secret|cookie|password|signature/i;
/** Cloudflare's workerd has no cookies and throws when the field is set. */
const WITHOUT_COOKIES: RequestInit = 'credentials' in Request.prototype ? { credentials: 'omit' } : {};

/** Returns the value without its scheme (`Bearer`), and for Basic also the decoded `user:password`. */
function secretsInHeader(value: string): readonly string[] {
  const [first = '', ...others] = value.trim().split(/\s+/);
  const [scheme, credential] = others.length > 0 && first.length <= 16 ? [first, others.join(' ')] : ['', value];
  return [credential, ...(/^basic$/i.test(scheme) ? [decodeBase64(credential)] : [])];
}

function decodeBase64(text: string): string {
  try {
    return atob(text);
  } catch {
    return ''; // not base64
  }
}

/** Sends a request to a token server. Only some credentials need this code. */
export type RequestToken = (context: TransportContext, request: TokenRequest) => Promise<TokenReply>;

export function createTransportContext(settings: TransportSettings, requestToken?: RequestToken): TransportContext {
  const auth = settings.auth ?? noAuth;
  const headers = { ...settings.headers };
  const limits = { ...DEFAULT_LIMITS, ...withoutUndefined(settings.limits ?? {}) };
  const clock = settings.clock ?? systemClock;
  const limitsByOrigin = new Map<string, ConcurrencyLimit>();
  const headerSecrets = Object.entries(headers).flatMap(([name, value]) =>
    SECRET_HEADER.test(name) ? secretsInHeader(value) : [],
  );
  const callFetch = (url: URL | string, { body, ...init }: FetchInit) => {
    // The global is looked up at each call, so that tools that replace it later still see the requests.
    const send = settings.fetch ?? globalThis.fetch;
    const sent = send(String(url), {
      ...WITHOUT_COOKIES,
      redirect: 'manual',
      ...init,
      ...(body !== undefined && { body }),
    });
    return Promise.resolve(sent).then(refuseErrorResponse);
  };
  const context: TransportContext = {
    baseUrl: readBaseUrl(settings.baseUrl),
    auth,
    async requestToken(request) {
      if (requestToken === undefined)
        throw new Error('this transport was created without the code that requests tokens');
      return requestToken(context, request);
    },
    headers,
    apiHosts: [...(settings.apiHosts ?? [])],
    send: (url, init) =>
      ky(url, {
        method: init.method,
        retry: 0,
        timeout: false,
        throwHttpErrors: false,
        // ky's own `Request` is ignored: a fetch of another realm or package cannot read it.
        fetch: () => callFetch(url, init),
      }),
    customFetch: settings.fetch && callFetch,
    mayReclaimChunks: () => settings.fetch === undefined && isDirectNodeFetch(),
    deadlineMs: settings.deadlineMs ?? DEFAULT_DEADLINE_MS,
    attemptTimeoutMs: settings.attemptTimeoutMs ?? DEFAULT_ATTEMPT_TIMEOUT_MS,
    limits,
    hooks: settings.hooks ?? {},
    clock,
    redact: createRedactor(() => [...auth.secrets(), ...headerSecrets]),
    retryQuota: createRetryQuota(limits.retryQuota),
    pollRate: createRateLimit(limits.pollsPerSecond, clock),
    requestRate: Number.isFinite(limits.requestsPerMinute)
      ? createRateLimit(limits.requestsPerMinute / 60, clock)
      : undefined,
    jobDurations: createJobDurations(),
    concurrencyLimitOf(origin) {
      const limit = limitsByOrigin.get(origin) ?? createConcurrencyLimit(limits.maxConcurrent);
      limitsByOrigin.set(origin, limit);
      return limit;
    },
  };
  return context;
}

/** After `Response.error()` it is not known what the server did, as after a broken connection. @throws TypeError */
function refuseErrorResponse(response: Response): Response {
  if (response?.type === 'error') throw new TypeError('fetch returned Response.error()');
  return response;
}

/** @throws TypeError for a URL with a credential, which would appear in logs and errors, or with a query, fragment or odd characters */
function readBaseUrl(text: string): URL {
  // The URL parser would silently drop or replace these characters.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern is meant to find them
  if (/[\s\\\u0000-\u001f\u007f]/.test(text))
    throw new TypeError('baseUrl contains white space, control characters or backslashes');
  const url = new URL(text.endsWith('/') ? text : `${text}/`);
  if (/[?#]/.test(text))
    throw new TypeError(`baseUrl (${url.host}) contains "?" or "#"; paths cannot be appended to it`);
  if (url.username === '' && url.password === '') return url;
  throw new TypeError(`baseUrl (${url.host}) contains a user name or password; pass credentials as auth or headers`);
}

function withoutUndefined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/**
 * Returns the absolute URL of an API request. The request carries the credential, so the URL must be on the base URL's origin, or on
 * https at one of the `apiHosts`.
 * @throws TransportError `unsafe_url`
 */
export function resolveApiUrl(
  context: TransportContext,
  link: string,
  query: Readonly<Record<string, unknown>>,
  step: Step,
): URL {
  if (leavesBasePath(link)) throw unsafeLinkError('that points above the base URL', step);
  const url = withConfiguredHost(readLink(link, context.baseUrl, step), context.baseUrl);
  if (url.username !== '' || url.password !== '')
    throw unsafeLinkError(`to ${context.redact(url.host)} that contains a user name or password`, step);
  if (url.origin !== context.baseUrl.origin && !isApiHost(url, context.apiHosts)) {
    throw unsafeLinkError(`to ${context.redact(url.host)}, which is not a host of this API`, step);
  }
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  return url;
}

/** Whether a relative link has `.` or `..` segments, also percent-encoded, with which it could leave the base path. */
function leavesBasePath(link: string): boolean {
  const [path = ''] = link.split(/[?#]/);
  return (
    !/^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(path) &&
    /(?:^|[/\\])(?:\.|%2e){2}(?:[/\\]|$)|[/\\](?:\.|%2e)(?:[/\\]|$)/i.test(path)
  );
}

function readLink(link: string, base: URL, step: Step): URL {
  try {
    const url = new URL(link, base);
    if (/^https?:$/.test(url.protocol)) return url;
  } catch {
    // Reported below; the platform's error would show the whole link.
  }
  throw unsafeLinkError('that is not an http or https URL', step);
}

function unsafeLinkError(reason: string, step: Step): TransportError {
  return transportError(`the server returned a link ${reason}`, { fault: 'unsafe_url', step });
}

function isApiHost(url: URL, apiHosts: readonly string[]): boolean {
  if (url.protocol !== 'https:' || url.port !== '') return false;
  return apiHosts.some((host) => (host.startsWith('.') ? url.hostname.endsWith(host) : url.hostname === host));
}

/**
 * Returns a URL for messages and hooks: without its query, and redacted. The text is made when it is first needed, because a successful
 * call without hooks needs none, and redacting it would take longer than the checks of the request.
 */
export function displayUrl(
  { redact }: Pick<TransportContext, 'redact'>,
  { origin, pathname }: URL,
  confidential?: readonly string[],
): () => string {
  let text: string | undefined;
  return () => {
    text ??= redact(origin + pathname, confidential);
    return text;
  };
}

/**
 * Calls a hook, if there is one. Its exceptions and rejections are ignored, because they must not lose a paid result.
 * @param toEvent builds the event; not called without a hook
 */
export function notifyHook<T>(hook: ((event: T) => unknown) | undefined, toEvent: () => T): void {
  if (hook) void settle(() => hook(toEvent()));
}

/** Awaits a function of the caller. Never rejects. */
async function settle(work: () => unknown): Promise<void> {
  try {
    await work();
  } catch {
    // A failing logger must not lose the reply.
  }
}
