/** How each error code is answered: status, OpenAI's words for it, and a message for a client that has only HTTP. */
import type { AiImageError, AiImageErrorCode } from '../../../../index.ts';

export interface FaultRule {
  readonly status: number;
  /** OpenAI's word for the kind of error. */
  readonly type: string;
  /** The word that programs decide by. */
  readonly code: string;
  /** The client may send the request again after the delay, if the failed call certainly charged nothing. Absent: never. */
  readonly retryAfterMs?: number;
  /** Answered instead if the failed call may have been charged: then the request is not what is wrong. */
  readonly ifCharged?: Pick<FaultRule, 'status' | 'type'>;
  /** What happened, as a sentence. Never the words of a vendor. */
  readonly message: (error: AiImageError) => string;
  /** What to do, as a sentence. */
  readonly hint: string;
  /** What to do if the failed call certainly charged nothing. @default `hint` */
  readonly hintIfFree?: string;
}

const INVALID = { status: 400, type: 'invalid_request_error' } as const;
const DENIED = { status: 403, type: 'permission_error', code: 'policy_denied' } as const;
const NO_FUNDS = { status: 402, type: 'insufficient_quota' } as const;
const BUSY = { status: 503, type: 'server_error', code: 'overloaded', retryAfterMs: 5_000 } as const;
const MISCONFIGURED = { status: 500, type: 'server_error', code: 'provider_misconfigured' } as const;
const FAILED = { status: 502, type: 'server_error' } as const;

const FIND_AGAIN =
  'Do not send it as a new request. Send it again with the same Idempotency-Key, or look at GET /api/runs/{id} with the id in error.imagen.call.';
const SEND_AGAIN = 'Send the request again later, or name another model.';
const TELL_OPERATOR = 'Tell the operator of this server. The request id of this answer finds it in the log.';

/** The provider as the subject of a sentence. */
const nameOf = (error: AiImageError): string => `The provider${named(error)}`;

const named = ({ provider }: AiImageError): string => (provider === undefined ? '' : ` ${provider}`);

/** Whether the failed call was charged, as a sentence. */
const billOf = ({ charged }: AiImageError): string =>
  charged === 'no' ? 'Nothing was charged.' : 'It may have been charged.';

/** A row per code of `ERROR_RULES`; a test asks for each. */
export const FAULT_RULES: { readonly [Code in AiImageErrorCode]?: FaultRule } & { readonly internal: FaultRule } = {
  invalid_request: {
    ...INVALID,
    code: 'invalid_request',
    message: (error) => `${nameOf(error)} refused the request as invalid.`,
    hint: 'Correct the request.',
  },
  unsupported: {
    ...INVALID,
    code: 'unsupported',
    message: (error) => `${nameOf(error)} does not support what the request asks for.`,
    hint: 'Change the request, or name another model.',
  },
  unsafe_url: {
    ...INVALID,
    code: 'unsafe_url',
    ifCharged: FAILED,
    message: () => 'A link has an address that this server does not fetch.',
    hint: 'Send the bytes of the image instead.',
  },
  too_large: {
    ...INVALID,
    code: 'too_large',
    ifCharged: FAILED,
    message: () => 'An image has more bytes or pixels than this server accepts.',
    hint: 'Use a smaller image.',
  },
  authentication: {
    ...MISCONFIGURED,
    message: (error) => `${nameOf(error)} does not accept the key of this server.`,
    hint: TELL_OPERATOR,
  },
  not_configured: {
    ...MISCONFIGURED,
    message: (error) =>
      error.provider === undefined
        ? 'A part of this server is not set up, or cannot be used.'
        : `${nameOf(error)} is not set up on this server.`,
    hint: TELL_OPERATOR,
  },
  permission: {
    ...DENIED,
    message: (error) => `The account of this server may not do this at the provider${named(error)}.`,
    hint: 'Name another model.',
  },
  policy_denied: {
    ...DENIED,
    message: () => 'The rules of this server do not allow the request.',
    hint: 'Change the request, or ask the operator of this server.',
  },
  model_retired: {
    status: 404,
    type: 'invalid_request_error',
    code: 'model_not_found',
    message: ({ model }) => `The model ${model ?? ''}`.trimEnd().concat(' was shut down by its vendor.'),
    hint: 'Name another model. GET /v1/models lists them.',
  },
  budget_exceeded: {
    ...NO_FUNDS,
    code: 'budget_exceeded',
    message: () => 'The budget does not allow this request. Nothing was sent.',
    hint: 'Wait for the next period of the budget, or choose a cheaper model, quality or size. GET /api/budget shows what is left.',
  },
  quota_exhausted: {
    ...NO_FUNDS,
    code: 'quota_exhausted',
    message: (error) => `The account of this server is out of credit or over its quota at the provider${named(error)}.`,
    hint: 'Name a model of another provider, or tell the operator of this server.',
  },
  content_refused: {
    ...INVALID,
    type: 'image_generation_user_error',
    code: 'moderation_blocked',
    message: (error) =>
      `The prompt, an input image or the result was refused${error.provider === undefined ? '' : ` by the provider ${error.provider}`}.`,
    hint: 'Change the prompt or the input images.',
  },
  rate_limited: {
    status: 429,
    type: 'rate_limit_error',
    code: 'rate_limit_exceeded',
    retryAfterMs: 1_000,
    message: (error) => `${nameOf(error)} takes no more requests for now.`,
    hint: 'Wait as long as the header retry-after says.',
  },
  unavailable: {
    ...BUSY,
    message: (error) =>
      error.charged === 'no'
        ? `${nameOf(error)} is not available for now. Nothing was charged.`
        : 'The call is in progress elsewhere, or its provider is not available for now.',
    hint: 'Send the same request again later. If it had an Idempotency-Key, send the same one.',
  },
  circuit_open: {
    ...BUSY,
    message: (error) => `${nameOf(error)} failed too often and is not called for a while. Nothing was sent.`,
    hint: 'Send the same request again later, or name another model.',
  },
  timeout: {
    ...FAILED,
    status: 504,
    code: 'timeout',
    message: (error) => `The image was not ready in time. ${billOf(error)}`,
    hint: FIND_AGAIN,
    hintIfFree: SEND_AGAIN,
  },
  outcome_unknown: {
    ...FAILED,
    code: 'outcome_unknown',
    message: (error) => `The reply of the provider${named(error)} was lost. The call may have been charged.`,
    hint: FIND_AGAIN,
  },
  bad_response: {
    ...FAILED,
    code: 'bad_response',
    message: (error) => `${nameOf(error)} sent a reply that is not a complete image. ${billOf(error)}`,
    hint: FIND_AGAIN,
    hintIfFree: SEND_AGAIN,
  },
  no_image: {
    ...FAILED,
    code: 'no_image',
    message: (error) => `${nameOf(error)} replied without an image. ${billOf(error)}`,
    hint: 'Change the prompt, or name another model.',
  },
  aborted: {
    ...FAILED,
    code: 'aborted',
    message: (error) => `The call was cancelled. ${billOf(error)}`,
    hint: FIND_AGAIN,
    hintIfFree: 'Send the request again if its images are still wanted.',
  },
  internal: {
    ...FAILED,
    code: 'internal_error',
    message: (error) => `The server failed. ${billOf(error)}`,
    hint: TELL_OPERATOR,
  },
  storage_failed: {
    status: 500,
    type: 'server_error',
    code: 'storage_failed',
    message: () => 'The server cannot read or write its store.',
    hint: TELL_OPERATOR,
  },
};
