/** Turns an error of a call into the fault that its client sees. */
import { isAiImageError, type ManagerRequest } from '../../../../index.ts';
import type { HttpFault } from '../http-fault.ts';
import type { ServerContext } from '../server-context.ts';
import { toFault } from '../to-fault.ts';
import { findRefusal } from './find-refusal.ts';

export interface FailedCall {
  readonly request: ManagerRequest;
  /** The call id, once a call was started. */
  readonly call: string | undefined;
  /** Returns the client's name for a field of the library's request. */
  readonly paramOf: (field: string) => string | undefined;
  /** Returns a message of the library in the words of the client. */
  readonly toWords: (message: string) => string;
}

export async function explainFault(
  error: unknown,
  { request, call, paramOf, toWords }: FailedCall,
  { manager, onError }: Pick<ServerContext, 'manager' | 'onError'>,
): Promise<HttpFault> {
  const refusal = await findRefusal(manager, request, error);
  const fault = toFault(error, { refusal, paramOf, toWords, ...(call !== undefined && { call }) });
  // The answer does not show what the vendor or the platform said; the operator of the server can see it here.
  if (fault.status >= 500 && isAiImageError(error)) onError(error);
  return fault === error ? fault : Object.assign(fault, { cause: error });
}
