/** The error of every failed request of the client. */

export interface ApiErrorDetails {
  /** The HTTP status; 0 if no answer arrived. */
  readonly status: number;
  /** Whether the vendor charged the call. */
  readonly charged: 'no' | 'yes' | 'unknown';
  /** What to do. */
  readonly hint?: string | undefined;
  /** The field of the request that is wrong. */
  readonly param?: string | undefined;
  /** The id of the run. */
  readonly call?: string | undefined;
  /** The id of the vendor's job. */
  readonly job?: string | undefined;
  /** The id of the request in the log of the server. */
  readonly requestId?: string | undefined;
  /** The same request may succeed later, and costs nothing twice. */
  readonly mayRetry?: boolean | undefined;
  /** How long to wait before that, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** The key that was sent with a request that costs money. */
  readonly idempotencyKey?: string | undefined;
  /** The error behind this one. */
  readonly cause?: unknown;
}

/** A request failed. Decide by `code` and `charged`, not by the message. */
export class ApiError extends Error {
  /** Always `ApiError`. */
  override readonly name = 'ApiError';
  /** What went wrong, e.g. `budget_exceeded`. Of the client itself: `network_failed` and `unreadable_answer`. */
  readonly code: string;
  /** The HTTP status; 0 if no answer arrived. */
  readonly status: number;
  /** Whether the vendor charged the call. */
  readonly charged: 'no' | 'yes' | 'unknown';
  /** What to do. */
  readonly hint: string | undefined;
  /** The field of the request that is wrong. */
  readonly param: string | undefined;
  /** The id of the run. `getRun` finds it again. */
  readonly call: string | undefined;
  /** The id of the vendor's job. */
  readonly job: string | undefined;
  /** The id of the request in the log of the server. */
  readonly requestId: string | undefined;
  /** The same request may succeed later, and costs nothing twice. */
  readonly mayRetry: boolean;
  /** How long to wait before that, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** The key that was sent with a request that costs money. The same request with this key never pays twice. */
  readonly idempotencyKey: string | undefined;

  constructor(code: string, message: string, details: ApiErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.status = details.status;
    this.charged = details.charged;
    this.hint = details.hint;
    this.param = details.param;
    this.call = details.call;
    this.job = details.job;
    this.requestId = details.requestId;
    this.mayRetry = details.mayRetry ?? false;
    this.retryAfterMs = details.retryAfterMs;
    this.idempotencyKey = details.idempotencyKey;
  }
}

const CHARGED = ['no', 'yes', 'unknown'] as const;

export interface AnswerContext {
  /** Whether the route costs money. */
  readonly costsMoney: boolean;
  readonly idempotencyKey: string | undefined;
}

const FROM_ELSEWHERE =
  'Another program may have answered, such as a login page or a proxy. Check `url`, and whether you are logged in.';

/** Turns an answer with an error into an `ApiError`. @param body the parsed body, if it was JSON */
export function toApiError(
  { status, headers }: Pick<Response, 'status' | 'headers'>,
  body: unknown,
  { costsMoney, idempotencyKey }: AnswerContext,
): ApiError {
  const error = fieldsOf(fieldsOf(body).error);
  const report = fieldsOf(error.imagen);
  const message = textOf(error.message);
  const mayRetry = headers.get('x-should-retry') === 'true';
  // A proxy may have answered, so that nothing is known about a request that costs money.
  const isFree = !costsMoney || status < 500 || mayRetry;
  const waitSeconds = Number(headers.get('retry-after') ?? Number.NaN);
  return new ApiError(
    textOf(error.code) ?? 'unreadable_answer',
    message ?? `The server answered with HTTP ${status}, and without a description of the error.`,
    {
      status,
      mayRetry,
      idempotencyKey,
      charged: CHARGED.find((each) => each === report.charged) ?? (isFree ? 'no' : 'unknown'),
      hint: textOf(report.hint) ?? (message === undefined ? FROM_ELSEWHERE : undefined),
      param: textOf(error.param),
      call: textOf(report.call) ?? headers.get('x-imagen-run') ?? undefined,
      job: textOf(report.job),
      requestId: headers.get('x-request-id') ?? undefined,
      retryAfterMs: Number.isFinite(waitSeconds) ? waitSeconds * 1000 : undefined,
    },
  );
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  // A JSON object has only fields of its own.
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
