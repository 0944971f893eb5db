/** Turns any error into the answer that OpenAI's clients understand. */
import { type AiImageError, isAiImageError } from '../../../index.ts';
import { withoutSecrets } from '../../../providers/protocol/input/without-secrets.ts';
import { FAULT_RULES, type FaultRule } from './faults/fault-rules.ts';
import type { KnownRefusal } from './faults/find-refusal.ts';
import { toClientHint } from './faults/to-client-hint.ts';
import { HttpFault } from './http-fault.ts';
import { fieldWord } from './invalid-field.ts';
import { answerPlainJson } from './text-answer.ts';

/** What is known about a failed request beside its error. */
export interface FaultOrigin {
  /** The call id, once a call was started. */
  readonly call?: string;
  /** Why the request was refused before it was sent, where that is known. */
  readonly refusal?: KnownRefusal | undefined;
  /** Returns the client's name for a field of the request of the library. @default the error names no field */
  readonly paramOf?: (field: string) => string | undefined;
  /** Returns a message of the library in the words of the client. @default unchanged */
  readonly toWords?: (message: string) => string;
}

/** Returns an `HttpFault` as it is. */
export function toFault(error: unknown, origin: FaultOrigin = {}): HttpFault {
  if (error instanceof HttpFault) return error;
  if (isAiImageError(error)) return ofLibrary(error, origin);
  const { call } = origin;
  const imagen = call === undefined ? {} : { imagen: { code: 'internal', charged: 'unknown' as const, call } };
  return new HttpFault(500, 'internal_error', 'The server failed. Its log has the request id of this answer.', {
    type: 'server_error',
    ...imagen,
  });
}

export function answerFault({ status, code, message, details }: HttpFault): Response {
  const { type = typeOf(status), param = null, mayRetry = false, imagen } = details;
  const body = { error: { message, type, param, code, ...(imagen && { imagen }) } };
  const headers = { 'x-should-retry': String(mayRetry), ...(imagen?.call && { 'x-imagen-run': imagen.call }) };
  return answerPlainJson(body, { status, headers });
}

function typeOf(status: number): string {
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  return status < 500 ? 'invalid_request_error' : 'server_error';
}

function ofLibrary(error: AiImageError, { call, refusal, paramOf, toWords = (text) => text }: FaultOrigin): HttpFault {
  // A newer copy of the package may have thrown a code that this one does not know.
  const rule = FAULT_RULES[error.code] ?? FAULT_RULES.internal;
  const { status, type } = (error.charged !== 'no' && rule.ifCharged) || rule;
  const { field = error.field } = refusal ?? {};
  const param = field === undefined ? undefined : paramOf?.(field);
  const mayRetry = error.mayRetry && rule.retryAfterMs !== undefined;
  const retryAfterMs = error.retryAfterMs ?? (mayRetry ? rule.retryAfterMs : undefined);
  const ownHint = (error.charged === 'no' && rule.hintIfFree) || rule.hint;
  const refusalHint = toClientHint(refusal?.hint);
  const hint = refusalHint === undefined ? ownHint : toWords(refusalHint);
  // What a vendor or a third party says is not shown: it may hold anything.
  const message = refusal === undefined ? rule.message(error) : toWords(withoutSecrets(refusal.message));
  return new HttpFault(status, toCode(error, rule, param), `${toSentence(message)} ${hint}`, {
    ...{ type, mayRetry },
    ...(param !== undefined && { param }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    imagen: {
      code: error.code,
      charged: error.charged,
      ...(call !== undefined && { call }),
      ...(error.job !== undefined && { job: error.job.id }),
      hint,
    },
  });
}

/** The field is part of the word, as in OpenAI's: `unsupported_size`. */
function toCode({ code }: AiImageError, rule: FaultRule, param: string | undefined): string {
  if (param === undefined) return rule.code;
  if (code === 'unsupported') return `unsupported_${fieldWord(param)}`;
  return code === 'invalid_request' ? `invalid_${fieldWord(param)}` : rule.code;
}

const toSentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);
