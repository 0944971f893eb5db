/** Turns any error into the failure that an agent reads: what happened, whether it cost something, and what to do. */
import {
  type AiImageError,
  type AiImageErrorCode,
  ERROR_RULES,
  isAiImageError,
} from '../../providers/protocol/index.ts';
import type { ToolErrorCode, ToolFailure } from '../tool-result.ts';
import { FAILURE_SENTENCES, IF_CHARGED } from './failure-sentences.ts';
import { ARGUMENT_NAMES, type ArgumentNames, quoted, toAdvice, toSentence, toWords } from './words.ts';

/** A failure of the tools themselves. Nothing was sent. */
export const refuse = (
  code: ToolErrorCode,
  error: string,
  more: Partial<Pick<ToolFailure['data'], 'estimated_usd' | 'confirm_cost_usd' | 'job_id'>> = {},
): ToolFailure => ({
  success: false,
  error,
  data: { code, charged: 'no', job_id: null, retry: false, ...more },
});

/** Before a call is sent, these are about the request or the settings, and this library wrote their messages. */
const OWN_MESSAGES: readonly AiImageErrorCode[] = [
  'invalid_request',
  'unsupported',
  'model_retired',
  'policy_denied',
  'budget_exceeded',
  'not_configured',
  'too_large',
  'unsafe_url',
];

/** Without a provider, this process itself has too much to do, or ends. */
const BUSY: readonly AiImageErrorCode[] = ['unavailable', 'rate_limited'];

/** Nothing was sent: the error is about the arguments or the settings. @param names those of the tool */
export function toRefusal(error: unknown, names: ArgumentNames = ARGUMENT_NAMES): ToolFailure {
  if (!isAiImageError(error)) return refuse('internal', `${FAILURE_SENTENCES.internal.what} Nothing was sent.`);
  const { code, message, hint, charged, provider } = error;
  // Codes that usually mean that nothing was charged: here it was said that something may have been.
  if (charged !== 'no' && ERROR_RULES[code]?.charged === 'no') return toCallFailure(error, null);
  const { what, ifFree } = sentencesOf(error);
  const isBusy = BUSY.includes(code) && provider === undefined;
  const isOwn = isBusy || OWN_MESSAGES.includes(code);
  const advice = toAdvice(hint, names) || (isOwn && !isBusy ? '' : ifFree);
  const said = isOwn ? capitalized(toSentence(toWords(message, names))) : what;
  return {
    success: false,
    error: [said, isBusy ? 'Nothing was sent.' : '', advice].filter(Boolean).join(' '),
    data: { code, charged: 'no', job_id: null, retry: error.mayRetry },
  };
}

/** A call that was started has failed. @param jobId its call id */
export function toCallFailure(error: unknown, jobId: string | null): ToolFailure {
  if (!isAiImageError(error)) {
    const data = { code: 'internal', charged: 'unknown', job_id: jobId, retry: false } as const;
    return { success: false, error: `${FAILURE_SENTENCES.internal.what} ${IF_CHARGED.unknown}`, data };
  }
  const { charged, job, endsJob } = error;
  const { what, ifFree } = sentencesOf(error);
  // An open job can still return its images.
  const isFree = charged === 'no' && (job === undefined || endsJob);
  const certainty = isFree ? 'no' : charged === 'no' ? 'unknown' : charged;
  const advice = certainty === 'no' ? `Nothing was charged. ${ifFree}` : IF_CHARGED[certainty];
  return {
    success: false,
    error: [what, saidBy(error, certainty === 'no'), advice].filter(Boolean).join(' '),
    data: { code: error.code, charged: certainty, job_id: jobId, retry: isFree && error.mayRetry },
  };
}

/** It is no provider, but for example the store. */
const NOT_SET_UP = 'A part of these tools is not set up, or cannot be used.';

function sentencesOf({ code, provider }: AiImageError): { readonly what: string; readonly ifFree: string } {
  // A newer copy of the package may have thrown a code that this one does not know.
  const { what, ifFree } = FAILURE_SENTENCES[code] ?? FAILURE_SENTENCES.internal;
  if (code === 'not_configured' && provider === undefined) return { what: NOT_SET_UP, ifFree };
  const name = provider === undefined ? 'the provider' : `the provider ${provider}`;
  return { what: capitalized(what.replace('{provider}', name)), ifFree };
}

/** A vendor may ask for another attempt. For a call that was charged, that is wrong. */
const ASKS_TO_REPEAT = /\b(?:again|retry|retries|retrying|repeat|resubmit|resend|re-send)\b/i;
/** Their messages hold paths and addresses of this machine. */
const UNQUOTED: readonly AiImageErrorCode[] = ['storage_failed', 'internal'];

/** The message of the error as a quotation: a vendor may have written it. */
function saidBy({ code, message }: AiImageError, isFree: boolean): string {
  if (UNQUOTED.includes(code) || (!isFree && ASKS_TO_REPEAT.test(message))) return '';
  return `The message, as data: ${quoted(toWords(message))}.`;
}

/** A sentence can begin with the name of an argument, which stays as it is. */
const capitalized = (text: string): string =>
  /^(?:the|this|there|no|a|an|it|all) /.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
