import type { CallContext } from '../context.ts';
import { AiImageError } from '../errors.ts';
import { misplacedKeyHint, REQUEST_KEYS } from './misplaced-key.ts';

/**
 * Checks the second argument of a call before anything is sent: a field of the request there would be ignored, and a time limit that is no
 * number would be none, or end the call after it was paid.
 * @param subject whose call it is, for the message
 * @throws AiImageError `invalid_request`
 */
export function checkContext(context: Pick<CallContext, 'deadlineMs' | 'signal'>, subject: string): void {
  const refuse = (what: string, hint: string) =>
    new AiImageError('invalid_request', `${subject}: ${what}`, { hint, charged: 'no' });
  const given = context as Readonly<Record<string, unknown>>;
  // The manager hands on the metadata of the request in the context of its providers.
  const misplaced = REQUEST_KEYS.find((key) => key !== 'metadata' && given[key] !== undefined);
  if (misplaced !== undefined) {
    throw refuse(`"${misplaced}" was passed in the second argument`, misplacedKeyHint(misplaced) ?? '');
  }
  const { deadlineMs, signal } = given;
  if (deadlineMs !== undefined && !(typeof deadlineMs === 'number' && deadlineMs > 0)) {
    throw refuse('deadlineMs must be a number of milliseconds above 0', 'Pass for example { deadlineMs: 60000 }.');
  }
  if (signal !== undefined && typeof (signal as AbortSignal | null)?.addEventListener !== 'function') {
    throw refuse(
      'signal must be an AbortSignal',
      'Pass the signal of an AbortController: { signal: controller.signal }.',
    );
  }
}
