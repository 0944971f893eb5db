import type { JobHandle } from './job.ts';

/** Whether a failed call was charged. */
export type Charged = 'no' | 'yes' | 'unknown';

export interface ErrorRule {
  /** The same request may succeed later, and the failed attempt certainly charged nothing. */
  readonly mayRetry: boolean;
  /** The request may go to another provider instead: the failed attempt certainly charged nothing. */
  readonly mayFailOver: boolean;
  readonly charged: Charged;
  /** After a submit: the vendor says that the job has no image, so `resume` cannot help. With any other code it still can. */
  readonly endsJob: boolean;
  /** What the code means, for the docs. */
  readonly meaning: string;
}

/** The error codes and their rules. Retry, failover, the circuit breaker and the end of a job depend on this table, never on messages. */
export const ERROR_RULES = {
  invalid_request: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'no',
    endsJob: false,
    meaning: 'The request is wrong; the message says which field.',
  },
  unsupported: {
    mayRetry: false,
    mayFailOver: true,
    charged: 'no',
    endsJob: false,
    meaning: 'This model or provider cannot do it.',
  },
  authentication: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'no',
    endsJob: false,
    meaning: 'The credential is missing or wrong.',
  },
  permission: {
    mayRetry: false,
    mayFailOver: true,
    charged: 'no',
    endsJob: false,
    meaning: 'The credential is right but not allowed to do this.',
  },
  quota_exhausted: {
    mayRetry: false,
    mayFailOver: true,
    charged: 'no',
    endsJob: false,
    meaning: 'The account is out of credit or over its quota.',
  },
  rate_limited: {
    mayRetry: true,
    mayFailOver: true,
    charged: 'no',
    endsJob: false,
    meaning: 'Too many requests. `retryAfterMs`, if set, says how long to wait.',
  },
  content_refused: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'unknown',
    endsJob: true,
    meaning: 'The vendor refused the prompt, an input or the image.',
  },
  no_image: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'unknown',
    endsJob: true,
    meaning: 'The vendor replied without an image.',
  },
  model_retired: {
    mayRetry: false,
    mayFailOver: true,
    charged: 'no',
    endsJob: false,
    meaning: 'The model is shut down. If a successor is known, the hint names it.',
  },
  unavailable: {
    mayRetry: true,
    mayFailOver: true,
    charged: 'no',
    endsJob: false,
    meaning: 'The vendor could not be reached, or refused to start work.',
  },
  timeout: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'unknown',
    endsJob: false,
    meaning: 'The deadline or a time limit passed. If `job` is set, you can resume it.',
  },
  outcome_unknown: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'unknown',
    endsJob: false,
    meaning: 'The request was sent, and the reply was lost. It may have been charged.',
  },
  bad_response: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'unknown',
    endsJob: false,
    meaning: 'The reply could not be read, or is not a complete image.',
  },
  too_large: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'unknown',
    endsJob: false,
    meaning: 'The data exceeds a limit on bytes or pixels.',
  },
  unsafe_url: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'unknown',
    endsJob: false,
    meaning: 'A link has an address that the library must not fetch.',
  },
  budget_exceeded: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'no',
    endsJob: false,
    meaning: 'The budget does not allow it.',
  },
  policy_denied: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'no',
    endsJob: false,
    meaning: 'The profile does not allow it.',
  },
  circuit_open: {
    mayRetry: true,
    mayFailOver: true,
    charged: 'no',
    endsJob: false,
    meaning: 'The provider failed too often. The manager does not call it for a while.',
  },
  aborted: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'unknown',
    endsJob: false,
    meaning: 'The call was aborted by your signal.',
  },
  not_configured: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'no',
    endsJob: false,
    meaning: 'A setting is missing or wrong.',
  },
  internal: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'unknown',
    endsJob: false,
    meaning: 'A fault in this library, or in a provider that you passed to it.',
  },
} as const satisfies Record<string, ErrorRule>;

export type AiImageErrorCode = keyof typeof ERROR_RULES;
export const ERROR_CODES = Object.keys(ERROR_RULES) as readonly AiImageErrorCode[];

/** One image that failed, in a call that returned others. */
export interface ImageFailure {
  /** Position among the `n` requested images, from 0. */
  readonly index: number;
  readonly error: AiImageError;
}

export interface AiImageErrorDetails {
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** The submitted job; `resume(job)` fetches its images without paying again. */
  readonly job?: JobHandle | undefined;
  /** What to do about it, in one or two sentences. */
  readonly hint?: string | undefined;
  /** Overrides the default of the code. */
  readonly charged?: Charged | undefined;
  /** Overrides the default of the code, e.g. for a job that failed. */
  readonly endsJob?: boolean | undefined;
  /** Received bytes that may have been paid for and are not a valid image. Never printed. */
  readonly quarantine?: readonly Uint8Array[] | undefined;
  /** The error of each image, if several were requested and all failed. */
  readonly failures?: readonly ImageFailure[] | undefined;
  readonly cause?: unknown;
}

/** Marks every `AiImageError`, including those of another installed copy of this package. */
const BRAND = Symbol.for('@org/ai-image/error');

/** The only error type that this library throws. Messages are redacted; images, prompts and links never appear in `toJSON` or in print. */
export class AiImageError extends Error {
  override readonly name = 'AiImageError';
  readonly code: AiImageErrorCode;
  readonly provider: string | undefined;
  readonly model: string | undefined;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly hint: string | undefined;
  readonly charged: Charged;
  /** The vendor says that the job ended without an image, so `resume` cannot fetch one. */
  readonly endsJob: boolean;
  declare readonly job: JobHandle | undefined;
  declare readonly quarantine: readonly Uint8Array[];
  declare readonly failures: readonly ImageFailure[];

  constructor(code: AiImageErrorCode, message: string, details: AiImageErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.provider = details.provider;
    this.model = details.model;
    this.status = details.status;
    this.requestId = details.requestId;
    this.retryAfterMs = details.retryAfterMs;
    this.hint = details.hint;
    this.charged = details.charged ?? ERROR_RULES[code].charged;
    this.endsJob = details.endsJob ?? ERROR_RULES[code]?.endsJob ?? false;
    // Not enumerable: printing or spreading the error must not show prompts, links or image bytes.
    hide(this, 'job', details.job);
    hide(this, 'quarantine', details.quarantine ?? []);
    hide(this, 'failures', details.failures ?? []);
    hide(this, BRAND, true);
  }

  get mayRetry(): boolean {
    return ERROR_RULES[this.code].mayRetry;
  }

  get mayFailOver(): boolean {
    return ERROR_RULES[this.code].mayFailOver;
  }

  /** Plain data for logs. Of the job it holds only the id and time; the whole handle is `error.job`. */
  toJSON(): Record<string, unknown> {
    const { name, code, message, provider, model, status, requestId, retryAfterMs, hint, charged, job } = this;
    return {
      name,
      code,
      message,
      provider,
      model,
      status,
      requestId,
      retryAfterMs,
      hint,
      charged,
      ...(job && { job: { provider: job.provider, model: job.model, id: job.id, submittedAt: job.submittedAt } }),
    };
  }
}

/** Returns a copy of the error with more details. */
export function withErrorDetails(
  error: AiImageError,
  details: AiImageErrorDetails,
  message: string = error.message,
): AiImageError {
  const { provider, model, status, requestId, retryAfterMs, hint, charged, endsJob } = error;
  const { cause, job, quarantine, failures } = error;
  const known = { provider, model, status, requestId, retryAfterMs, hint, charged, endsJob };
  return new AiImageError(error.code, message, { ...known, cause, job, quarantine, failures, ...details });
}

function hide(target: object, key: PropertyKey, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: false, configurable: true });
}

/** Checks for an `AiImageError` of this or any other installed copy of the package. */
export function isAiImageError(value: unknown): value is AiImageError {
  return typeof value === 'object' && value !== null && (value as { [BRAND]?: unknown })[BRAND] === true;
}
