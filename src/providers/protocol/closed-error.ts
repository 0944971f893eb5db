import { AiImageError } from './errors.ts';

/** What a closed provider or manager says to a call. @param name of the provider; none for a manager */
export function closedError(name?: string): AiImageError {
  const what = name === undefined ? 'the manager is closed' : `${name}: the provider is closed`;
  const hint = `Make a new ${name === undefined ? 'manager' : 'provider'}; a closed one takes no calls.`;
  return new AiImageError('not_configured', what, { provider: name, charged: 'no', hint });
}
