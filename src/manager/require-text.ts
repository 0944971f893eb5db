import { AiImageError } from '../providers/protocol/errors.ts';
import { describeKind } from '../providers/protocol/input/hide-keys.ts';

/** @param what the argument, e.g. `each: the prompt` @throws AiImageError `invalid_request` */
export function requireText(given: unknown, what: string): void {
  if (typeof given === 'string') return;
  const message = `${what} must be a text, not ${describeKind(given)}`;
  throw new AiImageError('invalid_request', message, { hint: 'Pass a text.', charged: 'no' });
}
