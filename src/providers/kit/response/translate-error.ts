/** The one place where a `TransportError` becomes an `AiImageError`. */
import { copyCause, createRedactor, type Fault, TransportError } from '../../../transport/index.ts';
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
import type { AuthDeclaration, ProviderAbout } from '../adapter/about.ts';
import { refusalOfName, UnsafeName } from '../request/path.ts';

export interface ErrorContext {
  readonly about: ProviderAbout;
  readonly model?: string | undefined;
  /** The job begun by this call, when there is one. */
  readonly job?: JobHandle | undefined;
  /** What the adapter's reader of failures said to do. */
  readonly hint?: string | undefined;
  /** What the adapter's reader of failures said about the bill. An earlier attempt in doubt is not covered by it. */
  readonly charged?: 'no' | undefined;
  /** It came from a question before anything was submitted: then nothing was paid for, and the answer's status says what it is. */
  readonly isBeforeSubmit?: boolean | undefined;
  /** Texts that must not stand in the message of a foreign error, e.g. the prompt. */
  readonly confidential?: readonly string[] | undefined;
  /** For what an adapter's own functions throw: it may quote the answer they were reading. @default knows `confidential` and no key */
  readonly redact?: ((text: string) => string) | undefined;
}

/** Knows no key of ours: a foreign error comes from code that has its own. What looks like a key or a signed link goes. */
const redactForeign = createRedactor(() => []);

/** @param error whatever came out of the transport or of an adapter's functions */
export function toAiImageError(error: unknown, context: ErrorContext): AiImageError {
  const { about, model, job } = context;
  // Also one of another installed copy of this package, as a plugged-in provider may bring it.
  if (isAiImageError(error)) {
    const more = { ...(job && !error.job && { job }), ...(context.isBeforeSubmit && { charged: 'no' as const }) };
    return Object.keys(more).length > 0 ? withErrorDetails(error, more) : error;
  }
  if (error instanceof UnsafeName) {
    const { code, message, hint } = refusalOfName(error, about.id);
    const details = { provider: about.id, model, job };
    return error.kind === 'model'
      ? new AiImageError(code, message, { ...details, hint })
      : new AiImageError('bad_response', message, details);
  }
  if (!(error instanceof TransportError)) {
    const { redact = (text: string) => redactForeign(text, context.confidential) } = context;
    const what =
      job === undefined ? 'the adapter failed' : `job ${redact(job.id)} was submitted, and then our side failed`;
    const cause = copyForeign(error, redact);
    return new AiImageError('internal', `${about.id}: ${what}: ${cause.message}`, {
      provider: about.id,
      model,
      job,
      cause,
    });
  }
  const facts = context.isBeforeSubmit ? asRefusedSubmit(error) : error;
  const code = codeOf(facts);
  return new AiImageError(code, `${about.id}: ${error.message}`, {
    provider: about.id,
    model,
    status: error.status,
    requestId: error.requestId,
    retryAfterMs: error.retryAfterMs,
    job,
    hint: context.hint ?? hintOf(code, error, about.auth, job),
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

type Facts = Pick<TransportError, 'fault' | 'step' | 'status' | 'outcome' | 'tag' | 'ticket'>;

function asRefusedSubmit({ fault, status, tag, ticket }: TransportError): Facts {
  return { fault, status, tag, ticket, step: 'submit', outcome: 'failed' };
}

/** Words and the lines of the stack: a foreign error may hold its request with the key in it, or show it in its text. */
function copyForeign(error: unknown, redact: (text: string) => string): Error {
  const copy = copyCause(error, redact) ?? new Error('it threw nothing at all');
  const frames = error instanceof Error ? (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)) : [];
  copy.stack = [`${copy.name}: ${copy.message}`, ...frames.map(redact)].join('\n');
  return copy;
}

/** Faults that leave it open whether a submit was billed. The others say so by their own rows. */
const DOUBTFUL: readonly Fault[] = ['network', 'timeout', 'server', 'rate_limit', 'refused', 'authentication'];

/** The adapter's word for an answer. One that invites to send it again is not believed about a failure that leaves doubt. */
function readTag({ tag, outcome, step }: Facts): AiImageErrorCode | undefined {
  // Fetching an image that exists is not what the adapter's words are about.
  if (step === 'download') return undefined;
  const code = ERROR_CODES.find((known) => known === tag);
  return code !== undefined && ERROR_RULES[code].mayRetry && outcome === 'unknown' ? undefined : code;
}

function codeOf(error: Facts): AiImageErrorCode {
  const { fault, step, status, outcome } = error;
  const tag = readTag(error);
  if (tag !== undefined) return tag;
  const isAfterSubmit = step === 'poll' || step === 'download';
  // Whatever the last answer was: an earlier attempt may have been billed.
  if (step === 'submit' && outcome === 'unknown' && DOUBTFUL.includes(fault)) return 'outcome_unknown';
  switch (fault) {
    case 'authentication':
      return 'authentication';
    case 'rate_limit':
      return isAfterSubmit ? 'timeout' : 'rate_limited';
    case 'refused':
      return isAfterSubmit ? 'bad_response' : refusedCode(status);
    case 'server':
    case 'network':
      // Polls and downloads are repeated until the time is over: what is left then is a want of time.
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

/** A failed job says so itself, whatever its code is. A job that the vendor no longer finds may be found again. */
function endsJobOf({ fault, tag }: Facts): boolean | undefined {
  if (fault !== 'job_failed') return undefined;
  return tag !== 'expired';
}

/** More than the code's row says: whether anything can have been sent. */
function chargedOf(code: AiImageErrorCode, error: Facts): AiImageErrorDetails['charged'] {
  const { fault, step, outcome, tag, ticket } = error;
  // The vendor's own word about the matter: then the row says it. In a stream it comes after the request was accepted.
  if (fault === 'job_failed') return step === 'submit' && outcome === 'unknown' ? 'unknown' : undefined;
  // By then the work was begun, whatever was wrong with the question about it (e.g. a key that was revoked meanwhile).
  if (step === 'download') return 'yes';
  if (step === 'poll') return 'unknown';
  if (tag !== undefined) return undefined;
  if (ERROR_RULES[code].charged === 'no') return 'no';
  const isBefore = step === 'submit' || step === 'token';
  return isBefore && outcome === 'failed' && ticket === undefined ? 'no' : 'unknown';
}

function hintOf(
  code: AiImageErrorCode,
  error: TransportError,
  auth: AuthDeclaration,
  job: JobHandle | undefined,
): string | undefined {
  switch (code) {
    case 'authentication':
      return auth.kind === 'none' ? undefined : `Check the key given as \`apiKey\` or in ${auth.env[0]}.`;
    case 'permission':
      return 'The key is known but not allowed to do this; look at the account’s access to this model.';
    case 'quota_exhausted':
      return 'Add credit to the account, or use another provider.';
    case 'rate_limited':
      return error.retryAfterMs === undefined
        ? 'Wait a while, or send fewer requests at once.'
        : 'Wait for `retryAfterMs`, or send fewer requests at once.';
    case 'outcome_unknown':
      return 'The vendor may have drawn and billed it; look at its usage page before sending it again.';
    case 'timeout':
    case 'aborted':
      return job === undefined
        ? undefined
        : 'Nothing is lost: resume(error.job) fetches the pictures without paying again.';
    case 'bad_response':
      if (error.fault === 'redirect') return 'Check `baseUrl`.';
      return isWebPage(error.received) ? 'A web page came instead of an API reply: check `baseUrl`.' : undefined;
    case 'unavailable':
      return error.fault === 'network'
        ? 'Check the network and `baseUrl`; nothing was sent.'
        : 'Try again later; nothing was charged.';
    case 'model_retired':
      return 'Choose another model; `models()` lists them.';
    default:
      return undefined;
  }
}

/** Whether what came begins like HTML. */
function isWebPage(received: Uint8Array | undefined): boolean {
  const opening = new TextDecoder().decode(received?.subarray(0, 200));
  return /^\s*<(?:!doctype|html|head|body)/i.test(opening);
}
