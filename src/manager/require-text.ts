import { AiImageError } from '../providers/protocol/errors.ts';
import { describeKind } from '../providers/protocol/input/hide-keys.ts';

/** The length of names that callers give to sessions and projects. The store counts spending under them. */
const MAX_NAME_LENGTH = 256;

/** @param what the argument, e.g. `session: the name` @param field the field of the request, if it is one @throws AiImageError `invalid_request` */
export function requireShortName(name: string, what: string, field?: string): void {
  if (name.length <= MAX_NAME_LENGTH) return;
  throw new AiImageError(
    'invalid_request',
    `${what} has ${name.length} characters; the maximum is ${MAX_NAME_LENGTH}`,
    { hint: 'Use a shorter name, for example an id.', charged: 'no', field },
  );
}

/** @param what the argument, e.g. `each: the prompt` @throws AiImageError `invalid_request` */
export function requireText(given: unknown, what: string): void {
  if (typeof given === 'string') return;
  const message = `${what} must be a text, not ${describeKind(given)}`;
  throw new AiImageError('invalid_request', message, { hint: 'Pass a text.', charged: 'no' });
}
