/** Says what an error of an AI SDK model means: its code, and whether the failed call was charged. */
import { AiImageError, type AiImageErrorCode, isAiImageError } from '../../../providers/protocol/index.ts';
import { sdkMark } from '../sdk-mark.ts';

/** Facts of an error of the AI SDK. Every one may be missing or of another type. */
interface SdkError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly url?: unknown;
  readonly statusCode?: unknown;
  readonly requestBodyValues?: unknown;
  readonly responseHeaders?: unknown;
  readonly data?: unknown;
  readonly cause?: unknown;
  /** Of an `InvalidArgumentError`. */
  readonly argument?: unknown;
}

/** The failed call, as far as it tells what was refused. */
interface SentCall {
  readonly prompt: string;
  readonly n: number;
}

interface Meaning {
  readonly code: AiImageErrorCode;
  readonly charged: 'no' | 'unknown';
  readonly hint?: string;
  /** The text of the error is left out: such replies repeat credentials. @default false */
  readonly hidesText?: boolean;
}

/** Errors that the AI SDK throws before it sends anything. */
const BEFORE_SENDING: Readonly<Record<string, AiImageErrorCode>> = {
  AI_LoadAPIKeyError: 'not_configured',
  AI_LoadSettingError: 'not_configured',
  AI_NoSuchModelError: 'invalid_request',
};

/** Codes in replies of OpenAI and compatible servers. */
const VENDOR_CODES: Readonly<Record<string, AiImageErrorCode>> = {
  content_policy_violation: 'content_refused',
  moderation_blocked: 'content_refused',
  insufficient_quota: 'quota_exhausted',
  billing_hard_limit_reached: 'quota_exhausted',
};

const OF_STATUS: Readonly<Record<number, AiImageErrorCode>> = {
  400: 'invalid_request',
  401: 'authentication',
  402: 'quota_exhausted',
  403: 'permission',
  404: 'invalid_request',
  422: 'invalid_request',
  429: 'rate_limited',
};

/** Failures after which no connection was made. */
const NEVER_CONNECTED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'];

const MAY_BE_CHARGED =
  'It may have been charged: look at the usage page of the vendor before you call again, which may be charged too.';

/**
 * A call counts as free only if the refused request is the one that orders the image. A model may send several requests: a 404 of a poll or of a
 * download says nothing about the image that was paid for.
 * @param redact removes what looks like a key, and the prompt
 */
export function toSdkError(
  error: unknown,
  call: SentCall,
  names: { readonly provider: string; readonly model: string },
  redact: (text: string) => string,
): AiImageError {
  const known = isAiImageError(error) ? error : ownCause(error);
  if (known !== undefined) return known;
  const facts: SdkError = typeof error === 'object' && error !== null ? error : { message: error };
  const { code, charged, hint, hidesText = false } = meaningOf(facts, call);
  const status = typeof facts.statusCode === 'number' ? facts.statusCode : undefined;
  const text = hidesText ? 'the vendor refused the credential' : redact(String(facts.message ?? 'no reason given'));
  const shown = status === undefined ? text : `${text} (HTTP ${status})`;
  return new AiImageError(code, `${names.provider}: ${shown}`, {
    ...names,
    status,
    charged,
    retryAfterMs: readRetryAfter(facts.responseHeaders),
    hint: hint ?? (charged === 'unknown' ? MAY_BE_CHARGED : undefined),
    cause: copyCause(facts, text),
  });
}

/** An error of `createImagen` has the whole error as its cause. */
function ownCause(error: unknown): AiImageError | undefined {
  const { url, cause } = Object(error) as SdkError;
  return url === 'imagen:' && isAiImageError(cause) ? cause : undefined;
}

function meaningOf(facts: SdkError, call: SentCall): Meaning {
  const { statusCode: status, data, cause } = facts;
  const early = Object.keys(BEFORE_SENDING).find((name) => isBranded(facts, name));
  if (early !== undefined) return { code: BEFORE_SENDING[early]!, charged: 'no', hint: 'Nothing was sent.' };
  // The packages of the AI SDK check their options first.
  if (isBranded(facts, 'AI_InvalidArgumentError') && facts.argument === 'providerOptions') {
    return { code: 'invalid_request', charged: 'no', hint: 'Nothing was sent. Correct the options of the request.' };
  }
  if (!isBranded(facts, 'AI_APICallError')) return { code: 'outcome_unknown', charged: 'unknown' };
  const isOrder = carriesOrder(facts.requestBodyValues, call);
  if (typeof status !== 'number') {
    const { code } = Object(cause) as { readonly code?: unknown };
    return isOrder && NEVER_CONNECTED.includes(String(code))
      ? { code: 'unavailable', charged: 'no' }
      : { code: 'outcome_unknown', charged: 'unknown' };
  }
  if (status >= 200 && status < 300) return { code: 'bad_response', charged: 'unknown' };
  const code = (status < 500 && VENDOR_CODES[vendorCode(data) ?? '']) || OF_STATUS[status];
  if (code === undefined) return { code: 'outcome_unknown', charged: 'unknown' };
  const hidesText = status === 401 || status === 403;
  const hint =
    hidesText && isOrder ? 'Check the key in the settings of the AI SDK provider, and what it may do.' : undefined;
  // A request after the order was refused: the code of its status would be about that request.
  if (!isOrder && code !== 'rate_limited') return { code: 'outcome_unknown', charged: 'unknown', hidesText };
  return { code, charged: isOrder ? 'no' : 'unknown', hidesText, ...(hint && { hint }) };
}

function isBranded(facts: SdkError, name: string): boolean {
  return (facts as Readonly<Record<symbol, unknown>>)[sdkMark(name)] === true;
}

/** Of several images, the request must order all: a model may send one request for each. */
function carriesOrder(body: unknown, { prompt, n }: SentCall): boolean {
  const has = (test: (value: unknown) => boolean) => holds(body, test, 8);
  const hasPrompt = prompt !== '' && has((value) => typeof value === 'string' && value.includes(prompt));
  return hasPrompt && (n === 1 || has((value) => value === n || value === String(n)));
}

/** @param depth how many levels are searched */
function holds(value: unknown, test: (value: unknown) => boolean, depth: number): boolean {
  if (test(value)) return true;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || depth === 0) return false;
  return Object.values(value).some((each) => holds(each, test, depth - 1));
}

function vendorCode(data: unknown): string | undefined {
  const { error } = Object(data) as { readonly error?: unknown };
  const { code } = Object(error) as { readonly code?: unknown };
  return typeof code === 'string' && Object.hasOwn(VENDOR_CODES, code) ? code : undefined;
}

function readRetryAfter(headers: unknown): number | undefined {
  const { 'retry-after-ms': ms, 'retry-after': seconds } = Object(headers) as Readonly<Record<string, unknown>>;
  const [inMs, inSeconds] = [Number.parseFloat(String(ms)), Number.parseFloat(String(seconds))];
  if (Number.isFinite(inMs)) return inMs;
  return Number.isFinite(inSeconds) ? inSeconds * 1000 : undefined;
}

/** The error itself holds the prompt, the reply and links. */
function copyCause({ name }: SdkError, text: string): Error {
  const copy = new Error(text);
  if (typeof name === 'string') copy.name = name;
  return copy;
}
