/** Errors of the transport: steps, faults and outcomes. */

/** The closed list of steps of a call. Each has its own retry rule. */
export const STEPS = ['upload', 'submit', 'poll', 'download', 'cancel', 'token'] as const;
export type Step = (typeof STEPS)[number];

/** The closed list of faults. */
export const FAULTS = [
  'network', // the connection failed or broke
  'timeout', // a time limit of ours expired
  'authentication', // 401, or a missing or invalid credential on our side
  'rate_limit', // 429
  'refused', // any other 4xx
  'server', // 5xx
  'redirect', // a 3xx on an API request, or too many redirects of a download
  'unreadable', // the reply is not valid (not JSON, broken base64, truncated)
  'too_large', // a limit on bytes, depth or keys was exceeded
  'unsafe_url', // a link that must not be followed
  'job_failed', // the job ended without a result
  'aborted', // the caller's signal fired
  'internal', // code of this package could not be loaded
] as const;
export type Fault = (typeof FAULTS)[number];

export interface TransportErrorDetails {
  readonly fault: Fault;
  readonly step: Step;
  /**
   * `'failed'`: the server certainly started no work. `'unknown'`: it may have, so the request must not be sent again blindly.
   * @default 'failed'
   */
  readonly outcome?: 'failed' | 'unknown' | undefined;
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** How often the step was sent. */
  readonly attempts?: number | undefined;
  /** A retry will not help. @default false */
  readonly isFinal?: boolean | undefined;
  /** The `tag` of the caller's `Explanation`, passed through unchanged. */
  readonly tag?: string | undefined;
  /** Resumes the job, if one was started. */
  readonly ticket?: JobTicket | undefined;
  /** The received bytes of a 2xx body that could not be read. */
  readonly received?: Uint8Array | undefined;
  readonly cause?: unknown;
}

/** Plain JSON with which any process can resume the job. */
export interface JobTicket {
  readonly id: string;
  /** When the reply to the submit arrived, in milliseconds since the epoch, by this machine's clock. */
  readonly submittedAt: number;
  /** Data of the `JobProtocol`, e.g. the poll URL. The transport does not read it. */
  readonly state?: unknown;
}

/** Base class of the transport's errors. Its texts are redacted copies; it holds no request, header or reply. */
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
  /** Not enumerable, so not printed: it may contain signed links. */
  declare readonly ticket: JobTicket | undefined;
  /** Not enumerable, so not printed. */
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

/** The credential was refused or is missing. */
export class TransportAuthError extends TransportError {
  override readonly name = 'TransportAuthError';
}

/** A time limit expired. */
export class TransportTimeoutError extends TransportError {
  override readonly name = 'TransportTimeoutError';
}

/** The server limited the rate (429) and the allowed retries are used up. */
export class TransportRateLimitError extends TransportError {
  override readonly name = 'TransportRateLimitError';
}

/** Creates an error of the class for the fault. */
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

/** The fault for an HTTP status. */
export function faultOfStatus(status: number): Fault {
  if (status === 401) return 'authentication';
  if (status === 429) return 'rate_limit';
  return status >= 500 || status === 408 ? 'server' : 'refused';
}

/** Copies an error with some details or its message changed. */
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
