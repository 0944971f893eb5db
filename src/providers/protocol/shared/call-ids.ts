/** The ids of a call's submits: the call id for the first one, then `<call id>-2`, `<call id>-3`, … */
import { isAiImageError } from '../errors.ts';

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

export const isReusedId = (error: unknown): boolean =>
  isAiImageError(error) && error.code === 'invalid_request' && error.message.endsWith(USED_BY_ANOTHER);
