import { type AiImageErrorCode, type Charged, ERROR_CODES, ERROR_RULES, isFreeToRepeat } from './error-rules.ts';
import { hideKeys } from './input/hide-keys.ts';
import type { JobHandle } from './job.ts';
import { type ErrorFields, readErrorJson } from './shared/error-json.ts';

export type { AiImageErrorCode, Charged, ErrorRule } from './error-rules.ts';
export { ERROR_CODES, ERROR_RULES } from './error-rules.ts';

/** One image that failed, in a call that returned others. */
export interface ImageFailure {
  /** Position among the `n` requested images, from 0. */
  readonly index: number;
  /** Why it failed. */
  readonly error: AiImageError;
}

export interface AiImageErrorDetails {
  /** The provider's id or name. */
  readonly provider?: string | undefined;
  /** The vendor's model id. */
  readonly model?: string | undefined;
  /** The HTTP status of the vendor's reply. */
  readonly status?: number | undefined;
  /** The vendor's id of the request, for its support team. */
  readonly requestId?: string | undefined;
  /** The field of the request that was refused before it was sent, e.g. `size`, `inputImages.0` or `options.resolution`. */
  readonly field?: string | undefined;
  /** How long to wait before a retry, in milliseconds, if the vendor, a budget or the circuit breaker says it. */
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
  /** The error behind this one. */
  readonly cause?: unknown;
}

/** Marks every `AiImageError`, including those of another installed copy of this package. */
const BRAND = Symbol.for('@org/ai-image/error');

/** The error of every failed call. Only the entry `transport` throws another, `TransportError`. Messages are redacted; images, prompts and links never appear in `toJSON` or in print. */
export class AiImageError extends Error {
  /** Always `AiImageError`. */
  override readonly name = 'AiImageError';
  /** What went wrong, from a closed list: decide by this, not by the message. */
  readonly code: AiImageErrorCode;
  /** The provider's id or name. */
  readonly provider: string | undefined;
  /** The vendor's model id. */
  readonly model: string | undefined;
  /** The HTTP status of the vendor's reply, if there was one. */
  readonly status: number | undefined;
  /** The vendor's id of the request, for its support team. */
  readonly requestId: string | undefined;
  /**
   * The field of the request that was refused before it was sent, as the request names it: `size`, `inputImages.0`, `options.resolution`.
   * Absent if no single field is wrong, and for what a vendor refused.
   */
  readonly field: string | undefined;
  /** How long to wait before a retry, in milliseconds, if the vendor, a budget or the circuit breaker says it. */
  readonly retryAfterMs: number | undefined;
  /** What to do about it, in one or two sentences. */
  readonly hint: string | undefined;
  /** Whether the failed call was charged. */
  readonly charged: Charged;
  /** The vendor says that the job ended without an image, so `resume` cannot fetch one. */
  readonly endsJob: boolean;
  /** The submitted job, if there is one; `resume(job)` fetches its images without paying again. */
  declare readonly job: JobHandle | undefined;
  /** Received bytes that may have been paid for and are not a valid image. Empty if there are none. */
  declare readonly quarantine: readonly Uint8Array[];
  /** The error of each image, if several were requested and all failed. */
  declare readonly failures: readonly ImageFailure[];

  constructor(code: AiImageErrorCode, message: string, details: AiImageErrorDetails = {}) {
    super(hideKeys(String(message)), details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.provider = shown(details.provider);
    this.model = shown(details.model);
    this.status = details.status;
    this.requestId = details.requestId;
    this.field = shown(details.field);
    // A third party or another program may give a time that cannot be waited for.
    this.retryAfterMs =
      Number.isFinite(details.retryAfterMs) && details.retryAfterMs! >= 0 ? details.retryAfterMs : undefined;
    this.hint = shown(details.hint);
    // A code of a newer copy of this package has no rule here: nothing is certain about it.
    const charged = details.charged ?? ERROR_RULES[code]?.charged ?? 'unknown';
    // An unknown outcome cannot be known to cost nothing.
    this.charged = code === 'outcome_unknown' && charged === 'no' ? 'unknown' : charged;
    this.endsJob = details.endsJob ?? ERROR_RULES[code]?.endsJob ?? false;
    // Not enumerable: printing or spreading the error must not show prompts, links or image bytes.
    hide(this, 'job', details.job);
    hide(this, 'quarantine', details.quarantine ?? []);
    hide(this, 'failures', details.failures ?? []);
    hide(this, BRAND, true);
  }

  /**
   * Restores an error from what `toJSON` or `toPortableJSON` returned, e.g. in another thread. The job is restored only from the latter.
   * @param json parsed. Every field is checked; unknown fields are ignored
   * @throws AiImageError `invalid_request`: it is not such data; the message names the field
   */
  static fromJSON(json: unknown): AiImageError {
    return restoreError(json);
  }

  /** The same request may succeed later, and the failed attempt certainly charged nothing. */
  get mayRetry(): boolean {
    return isFreeToRepeat(this) && (ERROR_RULES[this.code]?.mayRetry ?? false);
  }

  /** The request may go to another provider: the failed attempt certainly charged nothing. */
  get mayFailOver(): boolean {
    return isFreeToRepeat(this) && (ERROR_RULES[this.code]?.mayFailOver ?? false);
  }

  /** Plain data for logs. Of the job it holds only the id and time; the whole handle is `error.job`. */
  toJSON(): Record<string, unknown> {
    const { name, code, message, provider, model, status, requestId, field, retryAfterMs, hint, charged, job } = this;
    const plain = { name, code, message, provider, model, status, requestId, field, retryAfterMs, hint, charged };
    if (job === undefined) return plain;
    return {
      ...plain,
      job: { provider: shown(job.provider), model: shown(job.model), id: job.id, submittedAt: job.submittedAt },
    };
  }
}

/** Outside the class: a class that names itself is renamed `_AiImageError` by esbuild, and logs would show that name. */
function restoreError(json: unknown): AiImageError {
  const read = readErrorJson(json, ERROR_CODES);
  if (typeof read !== 'string') return restore(read);
  const message = `AiImageError.fromJSON: ${read || 'the value'} is missing or invalid`;
  throw new AiImageError('invalid_request', message, { hint: 'Pass what toJSON or toPortableJSON returned, parsed.' });
}

function restore({ code, message, failures: listed, ...details }: ErrorFields): AiImageError {
  const failures = listed.map(({ index, error }) => ({ index, error: restore(error) }));
  // Every field was checked.
  return new AiImageError(code as AiImageErrorCode, message, { ...(details as AiImageErrorDetails), failures });
}

/** Returns a copy of the error with more details. */
export function withErrorDetails(
  error: AiImageError,
  details: AiImageErrorDetails,
  message: string = error.message,
): AiImageError {
  const { provider, model, status, requestId, field, retryAfterMs, hint, charged, endsJob } = error;
  const { cause, job, quarantine, failures } = error;
  const known = { provider, model, status, requestId, field, retryAfterMs, hint, charged, endsJob };
  return new AiImageError(error.code, message, { ...known, cause, job, quarantine, failures, ...details });
}

/** A name or a hint may be a key that stands in the wrong place. */
const shown = (text: string | undefined): string | undefined => (typeof text === 'string' ? hideKeys(text) : text);

function hide(target: object, key: PropertyKey, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: false, configurable: true });
}

/** Checks for an `AiImageError` of this or any other installed copy of the package. */
export function isAiImageError(value: unknown): value is AiImageError {
  return typeof value === 'object' && value !== null && (value as { [BRAND]?: unknown })[BRAND] === true;
}
