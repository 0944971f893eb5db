/** The ids of a call's submits: the call id for the first one, then `<call id>-2`, `<call id>-3`, … And the errors about ids that are in use or reused. */
import { AiImageError, isAiImageError } from '../errors.ts';

const FURTHER = /-\d{1,4}$/;

/** @param submit from 1 */
export const submitId = (call: string, submit: number): string => (submit === 1 ? call : `${call}-${submit}`);

/** Returns the call id of a submit. */
export const callOf = (id: string): string => id.replace(FURTHER, '');

/** Returns the number of a submit, from 1. */
export const submitOf = (id: string): number => Number(FURTHER.exec(id)?.[0].slice(1) ?? 1);

/** Whether a text could be mistaken for the id of a further submit. */
export const isFurtherSubmit = (id: string): boolean => FURTHER.test(id);

/** The end of the message when another request has used the call id or the idempotency key. Several modules refuse it, and a server answers with 422. */
export const USED_BY_ANOTHER = 'was used for another request';

/** The end of the message when a call is done and its images were deleted since. A server answers with 410. */
export const IMAGES_GONE = 'its images are no longer available';

export const isGone = (error: unknown): boolean =>
  isAiImageError(error) && error.code === 'invalid_request' && error.message.endsWith(IMAGES_GONE);

export const isReusedId = (error: unknown): boolean =>
  isAiImageError(error) && error.code === 'invalid_request' && error.message.endsWith(USED_BY_ANOTHER);

/** A caller waits this long before it asks again for a call that another process works on. */
const IN_USE_RETRY_MS = 5_000;

/** The code of the error says less: a vendor can be unavailable too. */
const inUseErrors = new WeakSet<object>();

/** The error for a call id that another process, or another call of this one, works on. */
export function inUseError(call: string): AiImageError {
  const error = new AiImageError('unavailable', `the call ${call} is in progress elsewhere`, {
    charged: 'unknown',
    retryAfterMs: IN_USE_RETRY_MS,
    hint: 'Nothing was sent. Call again later with the same call id to get its images.',
  });
  inUseErrors.add(error);
  return error;
}

export const isInUseError = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && inUseErrors.has(error);
