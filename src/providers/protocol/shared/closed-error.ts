import { AiImageError } from '../errors.ts';

/** The code says that the call was wrong; this says that every call would be. */
const closedErrors = new WeakSet<object>();

export const isClosedError = (error: object): boolean => closedErrors.has(error);

/** The error for a call to a closed provider or manager. @param name the provider; undefined for a manager */
export function closedError(name?: string): AiImageError {
  const what = name === undefined ? 'the manager is closed' : `${name}: the provider is closed`;
  const hint = `Create a new ${name === undefined ? 'manager' : 'provider'}: a closed one accepts no calls.`;
  const error = new AiImageError('invalid_request', what, { provider: name, charged: 'no', hint });
  closedErrors.add(error);
  return error;
}
