/** What all steps of one transport share, made once. */
import ky, { type KyInstance } from 'ky';
import { type AuthStrategy, noAuth } from './auth/index.ts';
import { type Step, type TransportError, transportError } from './errors.ts';
import { createGate, createPace, createRetryQuota, type Gate, type Pace, type RetryQuota } from './flow/flow-limits.ts';
import { createJobDurations, type JobDurations } from './flow/job-durations.ts';
import { type Clock, systemClock } from './flow/wait.ts';
import { withConfiguredHost } from './net/link-guard.ts';
import { createRedactor, type Redact } from './net/redact.ts';
import {
  DEFAULT_ATTEMPT_TIMEOUT_MS,
  DEFAULT_DEADLINE_MS,
  DEFAULT_LIMITS,
  type Hooks,
  type TransportLimits,
  type TransportSettings,
} from './settings.ts';

export interface TransportContext {
  readonly baseUrl: URL;
  readonly auth: AuthStrategy;
  readonly headers: Readonly<Record<string, string>>;
  readonly apiHosts: readonly string[];
  readonly send: KyInstance;
  /** The caller's own fetch, if one was given. */
  readonly ownFetch: typeof globalThis.fetch | undefined;
  /** Whether replies come straight from the platform: then nobody else holds their chunks, and their memory may be reclaimed. */
  readonly isPlatformFetch: () => boolean;
  readonly deadlineMs: number;
  readonly attemptTimeoutMs: number;
  readonly limits: TransportLimits;
  readonly hooks: Hooks;
  readonly clock: Clock;
  readonly redact: Redact;
  readonly quota: RetryQuota;
  readonly pollPace: Pace;
  /** Absent where requests may come as fast as they like. */
  readonly apiPace: Pace | undefined;
  readonly history: JobDurations;
  readonly gateOf: (origin: string) => Gate;
}

/** Names of headers whose values are never shown. */
const SECRET_HEADER = /auth|key|token|secret|cookie|password|signature/i;
/** Node's own fetch, as opposed to one that a tool has put in its place. Only Node's platform file reclaims memory. */
const NODE_FETCH = /internal\/deps\/undici/;

/** The value without its scheme (`Bearer`), which is no secret; of a user name and a password in base64 also the pair. */
function secretsInHeader(value: string): readonly string[] {
  const [first = '', ...others] = value.trim().split(/\s+/);
  const [scheme, credential] = others.length > 0 && first.length <= 16 ? [first, others.join(' ')] : ['', value];
  return [credential, ...(/^basic$/i.test(scheme) ? [decodeBase64(credential)] : [])];
}

function decodeBase64(text: string): string {
  try {
    return atob(text);
  } catch {
    return ''; // then there is no pair in it
  }
}

export function createTransportContext(settings: TransportSettings): TransportContext {
  const auth = settings.auth ?? noAuth;
  const headers = { ...settings.headers };
  const limits = { ...DEFAULT_LIMITS, ...withoutUndefined(settings.limits ?? {}) };
  const ownFetch = settings.fetch;
  const clock = settings.clock ?? systemClock;
  const gates = new Map<string, Gate>();
  const headerSecrets = Object.entries(headers).flatMap(([name, value]) =>
    SECRET_HEADER.test(name) ? secretsInHeader(value) : [],
  );
  return {
    baseUrl: readBaseUrl(settings.baseUrl),
    auth,
    headers,
    apiHosts: [...(settings.apiHosts ?? [])],
    send: ky.create({
      retry: 0,
      timeout: false,
      throwHttpErrors: false,
      redirect: 'manual',
      credentials: 'omit',
      // Looked up at each call, so that tools that wrap the platform's fetch later still see our requests.
      fetch: ownFetch ?? ((...request) => globalThis.fetch(...request)),
    }),
    ownFetch,
    isPlatformFetch: () => ownFetch === undefined && NODE_FETCH.test(String(globalThis.fetch)),
    deadlineMs: settings.deadlineMs ?? DEFAULT_DEADLINE_MS,
    attemptTimeoutMs: settings.attemptTimeoutMs ?? DEFAULT_ATTEMPT_TIMEOUT_MS,
    limits,
    hooks: settings.hooks ?? {},
    clock,
    redact: createRedactor(() => [...auth.secrets(), ...headerSecrets]),
    quota: createRetryQuota(limits.retryQuota),
    pollPace: createPace(limits.pollsPerSecond, clock),
    apiPace: Number.isFinite(limits.requestsPerMinute) ? createPace(limits.requestsPerMinute / 60, clock) : undefined,
    history: createJobDurations(),
    gateOf(origin) {
      const gate = gates.get(origin) ?? createGate(limits.maxConcurrent);
      gates.set(origin, gate);
      return gate;
    },
  };
}

/** @throws TypeError for an address that would carry a credential into every text it stands in */
function readBaseUrl(text: string): URL {
  // The URL parser drops or replaces these.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\s\\\u0000-\u001f\u007f]/.test(text)) throw new TypeError('baseUrl holds white space or backslashes');
  const url = new URL(text.endsWith('/') ? text : `${text}/`);
  if (/[?#]/.test(text)) throw new TypeError(`baseUrl (${url.host}) holds "?" or "#": no path can follow them`);
  if (url.username === '' && url.password === '') return url;
  throw new TypeError(`baseUrl (${url.host}) holds a user name or password; pass credentials as auth or headers`);
}

function withoutUndefined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/**
 * The absolute address of an API request. The credential goes along, so an absolute link that a server named has to be on our own
 * origin, or on https at one of the hosts known to be the same API.
 */
export function resolveApiUrl(
  wire: TransportContext,
  link: string,
  query: Readonly<Record<string, unknown>>,
  step: Step,
): URL {
  if (leavesItsFolder(link)) throw unsafeLink('that leaves its folder', step);
  const url = withConfiguredHost(readLink(link, wire.baseUrl, step), wire.baseUrl);
  if (url.username !== '' || url.password !== '')
    throw unsafeLink(`to ${wire.redact(url.host)} with a user name or password in it`, step);
  if (url.origin !== wire.baseUrl.origin && !isApiHost(url, wire.apiHosts)) {
    throw unsafeLink(`to ${wire.redact(url.host)}, which is not a host of this API`, step);
  }
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  return url;
}

/** Whether a relative link has parts that a URL parser takes for an upper folder. The adapter that built it meant to stay below. */
function leavesItsFolder(link: string): boolean {
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
    // Told below: the platform's error would show the whole link.
  }
  throw unsafeLink('that is no http or https URL', step);
}

function unsafeLink(reason: string, step: Step): TransportError {
  return transportError(`the server named a link ${reason}`, { fault: 'unsafe_url', step });
}

function isApiHost(url: URL, apiHosts: readonly string[]): boolean {
  if (url.protocol !== 'https:' || url.port !== '') return false;
  return apiHosts.some((host) => (host.startsWith('.') ? url.hostname.endsWith(host) : url.hostname === host));
}

/** An address as it may be shown: without its query, and without what a server may have written into its path. */
export function shownAddress(
  { redact }: Pick<TransportContext, 'redact'>,
  { origin, pathname }: URL,
  confidential?: readonly string[],
) {
  return redact(origin + pathname, confidential);
}

/** Calls a hook; what it throws, at once or later, must not cost anyone a result that was paid for. */
export function notifyHook<T>(hook: ((happening: T) => unknown) | undefined, happening: T): void {
  if (hook) void settled(() => hook(happening));
}

/** Waits for what a caller's own function gives, a promise or anything with a `then`. Never rejects. */
async function settled(work: () => unknown): Promise<void> {
  try {
    await work();
  } catch {
    // A broken logger is the host's affair and not a reason to lose the answer.
  }
}
