import type { JobHandle } from './job.ts';

/** Whether the vendor was paid for a call that failed. */
export type Charged = 'no' | 'yes' | 'unknown';

export interface ErrorRule {
  /** The same request may succeed later, and sending it again cannot pay twice. */
  readonly mayRetry: boolean;
  /** Another provider may be asked instead, and that cannot pay twice. */
  readonly mayFailOver: boolean;
  readonly charged: Charged;
  /** After a submit: the vendor said that the job has no image, so asking again cannot help. After any other code it can still be fetched. */
  readonly endsJob: boolean;
  /** What it means, for the docs. */
  readonly meaning: string;
}

/** Every code with what may be done about it. Retry, failover, breaker and the end of a job are decided here and never by text. */
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
    meaning: 'Too many requests; `retryAfterMs` says when to come back.',
  },
  content_refused: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'unknown',
    endsJob: true,
    meaning: 'The vendor refused the prompt, an input or the picture.',
  },
  no_image: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'unknown',
    endsJob: true,
    meaning: 'The vendor answered without a picture.',
  },
  model_retired: {
    mayRetry: false,
    mayFailOver: true,
    charged: 'no',
    endsJob: false,
    meaning: 'The model is shut down; the hint names its successor.',
  },
  unavailable: {
    mayRetry: true,
    mayFailOver: true,
    charged: 'no',
    endsJob: false,
    meaning: 'The vendor could not be reached or took no work.',
  },
  timeout: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'unknown',
    endsJob: false,
    meaning: 'Our limit ran out; `job`, when present, can be resumed.',
  },
  outcome_unknown: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'unknown',
    endsJob: false,
    meaning: 'The request was sent and the answer was lost. It may have been billed.',
  },
  bad_response: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'unknown',
    endsJob: false,
    meaning: 'The answer could not be read, or is not a whole picture.',
  },
  too_large: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'unknown',
    endsJob: false,
    meaning: 'A cap on bytes or pixels was passed.',
  },
  unsafe_url: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'unknown',
    endsJob: false,
    meaning: 'A link points where nothing may be fetched.',
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
    meaning: 'The provider failed too often; it is left alone for a while.',
  },
  aborted: {
    mayRetry: false,
    mayFailOver: false,
    charged: 'unknown',
    endsJob: false,
    meaning: 'The caller’s signal fired.',
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
    meaning: 'A fault of this library or of a plugged-in provider.',
  },
} as const satisfies Record<string, ErrorRule>;

export type AiImageErrorCode = keyof typeof ERROR_RULES;
export const ERROR_CODES = Object.keys(ERROR_RULES) as readonly AiImageErrorCode[];

/** A picture that was asked for and did not come, beside others that did. */
export interface ImageFailure {
  /** Which of the `n` pictures, from 0. */
  readonly index: number;
  readonly error: AiImageError;
}

export interface AiImageErrorDetails {
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** The job that was begun; `resume(job)` fetches its pictures without paying again. */
  readonly job?: JobHandle | undefined;
  /** What to do about it, one sentence. */
  readonly hint?: string | undefined;
  /** When more is known than the code's row says. */
  readonly charged?: Charged | undefined;
  /** When more is known than the code's row says, e.g. a failed job's own reason. */
  readonly endsJob?: boolean | undefined;
  /** Bytes that were paid for and are not a whole picture: kept, never shown. */
  readonly quarantine?: readonly Uint8Array[] | undefined;
  /** Each picture's own error, when several were asked for and none came. */
  readonly failures?: readonly ImageFailure[] | undefined;
  readonly cause?: unknown;
}

/** Found on every `AiImageError`, also on one made by another installed copy of this package. */
const BRAND = Symbol.for('@org/ai-image/error');

/** The one error of this library. Texts are redacted; pictures, prompts and links never show in `toJSON` or when printed. */
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
  /** The vendor said that the job has ended without an image: `resume` cannot bring one. */
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
    // Not enumerable: printing or spreading the error must show neither prompts and links nor picture bytes.
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

  /** Plain data for logs. The job shows its id and time only; the whole handle is `error.job`. */
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

/** The same error with more known about it; the original is left as it is. */
export function withErrorDetails(
  error: AiImageError,
  more: AiImageErrorDetails,
  message: string = error.message,
): AiImageError {
  const { provider, model, status, requestId, retryAfterMs, hint, charged, endsJob } = error;
  const { cause, job, quarantine, failures } = error;
  const known = { provider, model, status, requestId, retryAfterMs, hint, charged, endsJob };
  return new AiImageError(error.code, message, { ...known, cause, job, quarantine, failures, ...more });
}

function hide(target: object, key: PropertyKey, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: false, configurable: true });
}

/** True for an `AiImageError` of this or any other installed copy of the package. */
export function isAiImageError(value: unknown): value is AiImageError {
  return typeof value === 'object' && value !== null && (value as { [BRAND]?: unknown })[BRAND] === true;
}
