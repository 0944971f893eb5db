import { AiImageError } from '../errors.ts';

/** The error for a call to a closed provider or manager. @param name the provider; undefined for a manager */
export function closedError(name?: string): AiImageError {
  const what = name === undefined ? 'the manager is closed' : `${name}: the provider is closed`;
  const hint = `Create a new ${name === undefined ? 'manager' : 'provider'}: a closed one accepts no calls.`;
  return new AiImageError('invalid_request', what, { provider: name, charged: 'no', hint });
}
