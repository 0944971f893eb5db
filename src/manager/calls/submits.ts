/** The submits of one call: each gets an id of its own, made of the call id. */
import { AiImageError } from '../../providers/protocol/errors.ts';
import { callIdFault } from '../../providers/protocol/input/call-id-fault.ts';
import { submitId } from '../../providers/protocol/shared/call-ids.ts';

export interface Submits {
  /** The call id. */
  readonly call: string;
  /** SHA-256 of the request, if the caller chose the call id. */
  readonly request?: string;
  /** Returns the id of the next submit. */
  readonly nextId: () => string;
}

/** @param first the number of the next submit, from 1 */
export function createSubmits(call: string, request?: string, first = 1): Submits {
  let next = first;
  return { call, ...(request !== undefined && { request }), nextId: () => submitId(call, next++) };
}

/** @throws AiImageError `invalid_request` */
export function checkCallId(id: unknown): void {
  const fault = callIdFault(id, 'callId');
  if (fault) throw new AiImageError('invalid_request', fault.what, { hint: fault.hint, charged: 'no' });
}
