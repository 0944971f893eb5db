/** Converts every error of the transport, an adapter or a third-party provider into an `AiImageError`. */
import { TransportError } from '../../../transport/errors.ts';
import type { Fault } from '../../../transport/index.ts';
import { copyCause, createRedactor } from '../../../transport/net/redact/redact.ts';
import {
  AiImageError,
  type AiImageErrorCode,
  type AiImageErrorDetails,
  ERROR_CODES,
  ERROR_RULES,
  isAiImageError,
  withErrorDetails,
} from '../../protocol/errors.ts';
import type { JobHandle } from '../../protocol/job.ts';
import type { ProviderAbout } from '../adapter/about.ts';
import { refusalOfName, UnsafeName } from '../request/url-path.ts';
import { hintFor } from './error-hints.ts';

export interface ErrorContext {
  readonly about: ProviderAbout;
  readonly model?: string | undefined;
  /** The job that this call submitted, if any. */
  readonly job?: JobHandle | undefined;
  /** The adapter's hint for the error reply. */
  readonly hint?: string | undefined;
  /** The adapter says that such a reply is never charged. This does not cover an earlier attempt with an unknown outcome. */
  readonly charged?: 'no' | undefined;
  /** The error comes from a free request before the submit, so nothing was charged. */
  readonly isBeforeSubmit?: boolean | undefined;
  /** Texts that must not appear in the message of a third-party error, e.g. the prompt. */
  readonly confidential?: readonly string[] | undefined;
  /** Redacts errors of the adapter's own functions, which may quote the reply. @default redacts `confidential`, but no key */
  readonly redact?: ((text: string) => string) | undefined;
}

/** Redacts what looks like a key or a signed link. It knows no key, because third-party code has its own. */
const redactForeign = createRedactor(() => []);

/** @param error anything that was thrown */
export function toAiImageError(error: unknown, context: ErrorContext): AiImageError {
  const { about, model, job } = context;
  // It may come from another installed copy of this package, through a third-party provider.
  if (isAiImageError(error)) {
    if (job !== undefined && !context.isBeforeSubmit && error.charged === 'no' && !error.endsJob) {
      return asFaultAfterSubmit(error, about, job);
    }
    const more = { ...(job && !error.job && { job }), ...(context.isBeforeSubmit && { charged: 'no' as const }) };
    return Object.keys(more).length > 0 ? withErrorDetails(error, more) : error;
  }
  if (error instanceof UnsafeName) {
    const { code, field, message, hint } = refusalOfName(error, about.id);
    const details = { provider: about.id, model, job };
    return error.kind === 'model'
      ? new AiImageError(code, message, { ...details, field, hint })
      : new AiImageError('bad_response', message, details);
  }
  if (!(error instanceof TransportError)) {
    const { redact = (text: string) => redactForeign(text, context.confidential) } = context;
    const what =
      job === undefined ? 'the provider failed' : `job ${redact(job.id)} was submitted, but then the provider failed`;
    const cause = copyForeign(error, redact);
    return new AiImageError('internal', `${about.id}: ${what}: ${cause.message}`, {
      provider: about.id,
      model,
      job,
      hint: 'This is a bug in the provider: it must throw only AiImageError. See error.cause. If it is a provider of this package, please report the bug.',
      cause,
    });
  }
  const facts = context.isBeforeSubmit ? asFailedSubmit(error) : error;
  const code = codeOf(facts);
  return new AiImageError(code, `${about.id}: ${error.message}`, {
    provider: about.id,
    model,
    status: error.status,
    requestId: error.requestId,
    retryAfterMs: error.retryAfterMs,
    job,
    hint: context.hint ?? hintFor(code, error, about.auth, job),
    charged: context.isBeforeSubmit
      ? 'no'
      : facts.outcome === 'unknown'
        ? chargedOf(code, facts)
        : (context.charged ?? chargedOf(code, facts)),
    endsJob: endsJobOf(facts),
    quarantine: error.received?.length ? [error.received] : undefined,
    cause: error,
  });
}

/**
 * An error that claims that nothing was charged, although a job was submitted: from the caller's `onJob`, a store or a third party. Its code
 * might allow a retry, which would be charged again. A fault of a store keeps its code, which allows none.
 */
function asFaultAfterSubmit(error: AiImageError, { id }: ProviderAbout, job: JobHandle): AiImageError {
  const { message, model, hint, quarantine, failures } = error;
  const resume = 'The job goes on: resume(error.job) fetches its images without paying again.';
  const code = error.code === 'storage_failed' ? error.code : 'internal';
  return new AiImageError(code, `${id}: job ${job.id} was submitted, but then: ${message}`, {
    provider: id,
    model: model ?? job.model,
    job,
    charged: 'unknown',
    hint: hint === undefined ? resume : `${hint} ${resume}`,
    quarantine,
    failures,
    cause: error,
  });
}

type Facts = Pick<TransportError, 'fault' | 'step' | 'status' | 'outcome' | 'tag' | 'ticket'>;

function asFailedSubmit({ fault, status, tag, ticket }: TransportError): Facts {
  return { fault, status, tag, ticket, step: 'submit', outcome: 'failed' };
}

/** Copies only the redacted message and stack: a third-party error may hold or quote its request, including the key. */
function copyForeign(error: unknown, redact: (text: string) => string): Error {
  const copy = copyCause(error, redact) ?? new Error('it threw an empty value');
  const frames = error instanceof Error ? (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)) : [];
  copy.stack = [`${copy.name}: ${copy.message}`, ...frames.map(redact)].join('\n');
  return copy;
}

/** Faults after which it is unknown whether a submit was charged. For the others, `ERROR_RULES` decides. */
const UNCERTAIN: readonly Fault[] = ['network', 'timeout', 'server', 'rate_limit', 'refused', 'authentication'];

/** Returns the adapter's code for the reply. A retryable code is ignored if the outcome is unknown: a retry could be charged twice. */
function readTag({ tag, outcome, step }: Facts): AiImageErrorCode | undefined {
  // The adapter's codes are not about the download of an image that exists.
  if (step === 'download') return undefined;
  const code = ERROR_CODES.find((known) => known === tag);
  return code !== undefined && ERROR_RULES[code].mayRetry && outcome === 'unknown' ? undefined : code;
}

function codeOf(error: Facts): AiImageErrorCode {
  const { fault, step, status, outcome } = error;
  const tag = readTag(error);
  if (tag !== undefined) return tag;
  const isAfterSubmit = step === 'poll' || step === 'download';
  // Regardless of the last reply, an earlier attempt may have been charged.
  if (step === 'submit' && outcome === 'unknown' && UNCERTAIN.includes(fault)) return 'outcome_unknown';
  switch (fault) {
    case 'authentication':
      return 'authentication';
    case 'rate_limit':
      return isAfterSubmit ? 'timeout' : 'rate_limited';
    case 'refused':
      return isAfterSubmit ? 'bad_response' : refusedCode(status);
    case 'server':
    case 'network':
      // Polls and downloads are repeated until the deadline, so the final error is a timeout.
      return isAfterSubmit ? 'timeout' : 'unavailable';
    case 'timeout':
      return 'timeout';
    case 'redirect':
    case 'unreadable':
      return 'bad_response';
    case 'too_large':
      return 'too_large';
    case 'unsafe_url':
      return 'unsafe_url';
    case 'job_failed':
      return 'no_image';
    case 'aborted':
      return 'aborted';
    case 'internal':
      return 'internal';
    default:
      return fault satisfies never;
  }
}

function refusedCode(status: number | undefined): AiImageErrorCode {
  switch (status) {
    case 402:
      return 'quota_exhausted';
    case 403:
      return 'permission';
    case 413:
      return 'too_large';
    default:
      return 'invalid_request';
  }
}

/** A failed job has ended, whatever its code is. A job that the vendor no longer finds may be found again. */
function endsJobOf({ fault, tag }: Facts): boolean | undefined {
  if (fault !== 'job_failed') return undefined;
  return tag !== 'expired';
}

/** Refines the default of the code by whether a request can have reached the vendor. */
function chargedOf(code: AiImageErrorCode, error: Facts): AiImageErrorDetails['charged'] {
  const { fault, step, outcome, tag, ticket } = error;
  // The vendor reported the failure itself: the default of the code applies. In a stream, the request was accepted before.
  if (fault === 'job_failed') return step === 'submit' && outcome === 'unknown' ? 'unknown' : undefined;
  // The work had started by then, whatever was wrong with the request about it (e.g. a key revoked in the meantime).
  if (step === 'download') return 'yes';
  if (step === 'poll') return 'unknown';
  if (tag !== undefined) return undefined;
  if (ERROR_RULES[code].charged === 'no') return 'no';
  const isBefore = step === 'submit' || step === 'token';
  return isBefore && outcome === 'failed' && ticket === undefined ? 'no' : 'unknown';
}
