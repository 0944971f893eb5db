/**
 * Errors of the AI SDK's own kinds, so that it neither repeats a call that may have been charged nor wraps an error that it does not know. The SDK
 * recognizes its errors by symbols: nothing is imported from it.
 */
import { type AiImageErrorCode, type Charged, isAiImageError } from '../../../providers/protocol/index.ts';
import { sdkMark } from '../sdk-mark.ts';

/** `data` of the `APICallError` of a failed call. */
export interface ImagenErrorData {
  /** What went wrong, from the list of error codes. */
  readonly code: AiImageErrorCode;
  /** Whether the vendor charged the failed call. */
  readonly charged: Charged;
  /** The call id: `manager.findCall(id)` says what is known of the call. `null`: nothing was sent, or nothing was charged. */
  readonly jobId: string | null;
}

/** Marks the error as one of the AI SDK. */
function brand(error: Error, name: string): void {
  for (const key of [sdkMark(), sdkMark(name)]) Object.defineProperty(error, key, { value: true });
}

/** What `APICallError.isInstance` of the AI SDK accepts. */
class ImagenCallError extends Error {
  readonly url = 'imagen:';
  readonly requestBodyValues = {};
  readonly statusCode: number | undefined;
  readonly responseHeaders: Record<string, string> | undefined;
  readonly isRetryable: boolean;
  readonly data: ImagenErrorData;

  constructor(
    message: string,
    details: Pick<ImagenCallError, 'statusCode' | 'isRetryable' | 'data' | 'cause' | 'name'> & {
      readonly retryAfterMs: number | undefined;
    },
  ) {
    super(message, { cause: details.cause });
    this.name = details.name;
    this.statusCode = details.statusCode;
    this.responseHeaders =
      details.retryAfterMs === undefined ? undefined : { 'retry-after-ms': String(details.retryAfterMs) };
    this.isRetryable = details.isRetryable;
    this.data = details.data;
    brand(this, 'AI_APICallError');
  }
}

/** @param callId the id of the call, if it was chosen before the failure */
export function toCallError(error: unknown, callId: string | undefined): ImagenCallError {
  if (!isAiImageError(error)) {
    return new ImagenCallError('The call failed inside @org/ai-image. See error.cause.', {
      name: 'AI_APICallError',
      statusCode: undefined,
      retryAfterMs: undefined,
      isRetryable: false,
      data: { code: 'internal', charged: 'unknown', jobId: callId ?? null },
      cause: error,
    });
  }
  const { message, hint, code, charged, status, retryAfterMs, job, mayRetry } = error;
  return new ImagenCallError(hint === undefined ? message : `${message.replace(/\.$/, '')}. ${hint}`, {
    // The SDK and its users recognize an abort by this name.
    name: code === 'aborted' ? 'AbortError' : 'AI_APICallError',
    statusCode: status,
    retryAfterMs,
    isRetryable: charged === 'no' && mayRetry,
    data: { code, charged, jobId: charged === 'no' && job === undefined ? null : (callId ?? null) },
    cause: error,
  });
}

/** What `NoSuchModelError.isInstance` of the AI SDK accepts. */
export function noSuchModelError(modelType: string, modelId: string): Error {
  const error = new Error(`No such ${modelType}: ${modelId}. @org/ai-image has image models only.`);
  error.name = 'AI_NoSuchModelError';
  brand(error, error.name);
  return Object.assign(error, { modelId, modelType });
}
