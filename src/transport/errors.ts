/** What can go wrong between us and a server. Knows steps and outcomes, no vendor and no domain. */

/** The closed list of steps a request can be in; each has its own retry rule. */
export const STEPS = ['submit', 'poll', 'download', 'cancel', 'token'] as const;
export type Step = (typeof STEPS)[number];

/** The closed list of reasons. */
export const FAULTS = [
  'network', // the connection failed or broke
  'timeout', // one of our limits ran out
  'authentication', // 401, or 403 that speaks of the credential
  'rate_limit', // 429
  'refused', // any other 4xx: the server understood and said no
  'server', // 5xx
  'redirect', // a 3xx on an API call, or too many hops on a download
  'unreadable', // the reply is not what it must be (no JSON, broken base64, cut in the middle)
  'too_large', // a cap on bytes, depth or keys was passed
  'unsafe_url', // a link that must not be dialled
  'job_failed', // the job ended without a result
  'aborted', // the caller's signal fired
] as const;
export type Fault = (typeof FAULTS)[number];

export interface TransportErrorDetails {
  readonly fault: Fault;
  readonly step: Step;
  /**
   * `'failed'`: certainly no work was begun. `'unknown'`: work may have been begun, so nobody may send it again blindly.
   * @default 'failed'
   */
  readonly outcome?: 'failed' | 'unknown' | undefined;
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** How many times the step was sent. */
  readonly attempts?: number | undefined;
  /** Asking again will not help. @default false */
  readonly isFinal?: boolean | undefined;
  /** A word of the caller's own classification of the reply, handed through untouched. */
  readonly tag?: string | undefined;
  /** Plain JSON that finds the job again, when one was begun. */
  readonly ticket?: JobTicket | undefined;
  /** The body of a reply that said yes, as far as it came, when it could not be read. */
  readonly received?: Uint8Array | undefined;
  readonly cause?: unknown;
}

/** What finds a job again from any process: plain JSON. */
export interface JobTicket {
  readonly id: string;
  /** When the submit was answered, in milliseconds since the epoch of this machine's clock. */
  readonly submittedAt: number;
  /** Where to ask and what to remember; written and read by whoever describes the job. */
  readonly state?: unknown;
}

/** Base of everything the transport throws. Holds copied, redacted text only: no request, reply, header or body. */
export class TransportError extends Error implements TransportErrorDetails {
  override readonly name: string = 'TransportError';
  readonly fault: Fault;
  readonly step: Step;
  readonly outcome: 'failed' | 'unknown';
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly attempts: number | undefined;
  readonly isFinal: boolean;
  readonly tag: string | undefined;
  /** Not shown when the error is printed: it may hold links that are as good as keys. */
  declare readonly ticket: JobTicket | undefined;
  /** Not shown either. */
  declare readonly received: Uint8Array | undefined;

  constructor(message: string, details: TransportErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.fault = details.fault;
    this.step = details.step;
    this.outcome = details.outcome ?? 'failed';
    this.status = details.status;
    this.requestId = details.requestId;
    this.retryAfterMs = details.retryAfterMs;
    this.attempts = details.attempts;
    this.isFinal = details.isFinal ?? false;
    this.tag = details.tag;
    Object.defineProperty(this, 'ticket', { value: details.ticket, enumerable: false });
    Object.defineProperty(this, 'received', { value: details.received, enumerable: false });
  }
}

/** The credential was refused. */
export class TransportAuthError extends TransportError {
  override readonly name = 'TransportAuthError';
}

/** One of our time limits ran out. */
export class TransportTimeoutError extends TransportError {
  override readonly name = 'TransportTimeoutError';
}

/** The server asked us to slow down and the retries allowed are used up. */
export class TransportRateLimitError extends TransportError {
  override readonly name = 'TransportRateLimitError';
}

/** Makes the error whose class fits the fault. */
export function transportError(message: string, details: TransportErrorDetails): TransportError {
  switch (details.fault) {
    case 'authentication':
      return new TransportAuthError(message, details);
    case 'timeout':
      return new TransportTimeoutError(message, details);
    case 'rate_limit':
      return new TransportRateLimitError(message, details);
    default:
      return new TransportError(message, details);
  }
}

/** What a status says, whoever answers. */
export function faultOfStatus(status: number): Fault {
  if (status === 401) return 'authentication';
  if (status === 429) return 'rate_limit';
  return status >= 500 || status === 408 ? 'server' : 'refused';
}

/** The same error with more known about it, e.g. the job it belongs to. */
export function withDetails(
  error: TransportError,
  more: Partial<TransportErrorDetails>,
  message = error.message,
): TransportError {
  const { fault, step, outcome, status, requestId, retryAfterMs, attempts, isFinal, tag, ticket, received, cause } =
    error;
  return transportError(message, {
    fault,
    step,
    outcome,
    status,
    requestId,
    retryAfterMs,
    attempts,
    isFinal,
    tag,
    ticket,
    received,
    cause,
    ...more,
  });
}
