/** The error codes, and what is safe to do after each. */

/** Whether a failed call was charged. */
export type Charged = 'no' | 'yes' | 'unknown';

export interface ErrorRule {
  /** The same request may succeed later, and the failed attempt certainly charged nothing. */
  readonly mayRetry: boolean;
  /** The request may go to another provider instead: the failed attempt certainly charged nothing. */
  readonly mayFailOver: boolean;
  /** Whether the failed call was charged. */
  readonly charged: Charged;
  /** After a submit: the vendor says that the job has no image, so `resume` cannot help. With any other code it still can. */
  readonly endsJob: boolean;
  /** What the code means, for the docs. */
  readonly meaning: string;
}

/** Whether a failed call can be repeated without paying twice. A job that is still open may return its image, whatever the last reply said. */
export const isFreeToRepeat = ({
  charged,
  job,
  endsJob,
}: {
  readonly charged: Charged;
  readonly job: unknown;
  readonly endsJob: boolean;
}): boolean => charged === 'no' && (job === undefined || endsJob);

/** Nothing was charged, and the same request would fail again, everywhere. */
const FREE = { mayRetry: false, mayFailOver: false, charged: 'no', endsJob: false } as const;
/** Nothing was charged. Another provider may do it. */
const FREE_ELSEWHERE = { ...FREE, mayFailOver: true } as const;
/** Nothing was charged. The same provider may do it later, another one at once. */
const FREE_TO_RETRY = { ...FREE_ELSEWHERE, mayRetry: true } as const;
/** It may have been charged, so it is never sent again. A job can still be resumed. */
const UNCERTAIN = { ...FREE, charged: 'unknown' } as const;
/** It may have been charged, and a job has ended without an image. */
const ENDED = { ...UNCERTAIN, endsJob: true } as const;

/** The error codes and their rules. Retry, failover, the circuit breaker and the end of a job depend on this table, never on messages. */
export const ERROR_RULES = {
  invalid_request: { ...FREE, meaning: 'The request is wrong; the message says which field.' },
  unsupported: { ...FREE_ELSEWHERE, meaning: 'This model or provider cannot do it.' },
  authentication: { ...FREE, meaning: 'The credential is missing or wrong.' },
  permission: { ...FREE_ELSEWHERE, meaning: 'The credential is right but not allowed to do this.' },
  quota_exhausted: { ...FREE_ELSEWHERE, meaning: 'The account is out of credit or over its quota.' },
  rate_limited: { ...FREE_TO_RETRY, meaning: 'Too many requests. `retryAfterMs`, if set, says how long to wait.' },
  content_refused: { ...ENDED, meaning: 'The vendor refused the prompt, an input or the image.' },
  no_image: { ...ENDED, meaning: 'The vendor replied without an image.' },
  model_retired: { ...FREE_ELSEWHERE, meaning: 'The model is shut down. If a successor is known, the hint names it.' },
  unavailable: { ...FREE_TO_RETRY, meaning: 'The vendor could not be reached, or refused to start work.' },
  timeout: {
    ...UNCERTAIN,
    meaning: 'A time limit passed, or a job or an image could not be fetched. If `job` is set, you can resume it.',
  },
  outcome_unknown: { ...UNCERTAIN, meaning: 'The request was sent, and the reply was lost. It may have been charged.' },
  bad_response: { ...UNCERTAIN, meaning: 'The reply could not be read, or is not a complete image.' },
  too_large: { ...UNCERTAIN, meaning: 'The data exceeds a limit on bytes or pixels.' },
  unsafe_url: { ...UNCERTAIN, meaning: 'A link has an address that the library must not fetch.' },
  budget_exceeded: { ...FREE, meaning: 'The budget does not allow it.' },
  policy_denied: { ...FREE, meaning: 'The profile does not allow it.' },
  circuit_open: {
    ...FREE_TO_RETRY,
    meaning: 'The provider failed too often. The manager does not call it for a while.',
  },
  aborted: { ...UNCERTAIN, meaning: 'The call was aborted by your signal.' },
  not_configured: { ...FREE, meaning: 'A setting is missing or wrong.' },
  internal: { ...UNCERTAIN, meaning: 'A fault in this library, or in a provider that you passed to it.' },
  storage_failed: { ...FREE, meaning: 'A file, folder, database or bucket could not be read or written.' },
} as const satisfies Record<string, ErrorRule>;

export type AiImageErrorCode = keyof typeof ERROR_RULES;
export const ERROR_CODES = Object.keys(ERROR_RULES) as readonly AiImageErrorCode[];
