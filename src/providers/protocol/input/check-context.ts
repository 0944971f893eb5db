import type { CallContext } from '../context.ts';
import { AiImageError } from '../errors.ts';
import {
  type FieldFault,
  type FieldKind,
  type FieldKinds,
  findFieldFault,
  isFieldObject,
  wholeFault,
} from './check-fields.ts';
import { quoteName } from './hide-keys.ts';
import { misplacedKeyHint, REQUEST_KEYS } from './misplaced-key.ts';

/** The manager hands on the metadata of the request. */
const CONTEXT: FieldKinds<CallContext & { readonly metadata?: unknown }> = {
  signal: 'any',
  deadlineMs: 'any',
  onJob: 'function',
  onEvent: 'function',
  onMismatch: 'text',
  callId: 'text',
  idempotencyKey: 'text',
  links: 'flag',
  partialImages: 'number',
  metadata: 'any',
};
const HINTS = { onMismatch: "Pass 'warn' or 'error', or leave it out." };

/** Other libraries have a time limit under such a name. */
function timeoutFault(given: object): FieldFault | undefined {
  const name = Object.keys(given).find((key) => /^time_?out/i.test(key));
  return name === undefined
    ? undefined
    : { what: `unknown option ${quoteName(name)}`, hint: 'Did you mean deadlineMs?' };
}

/**
 * Checks the second argument of a call before anything is sent: a field of the request there, or a misspelled option, would be ignored, and a
 * time limit that is no number would be none, or end the call after it was paid.
 * @param subject whose call it is, for the message
 * @param more the options that only this subject has
 * @throws AiImageError `invalid_request`
 */
export function checkContext(context: object, subject: string, more: Readonly<Record<string, FieldKind>> = {}): void {
  const refuse = (what: string, hint: string) =>
    new AiImageError('invalid_request', `${subject}: ${what}`, { hint, charged: 'no' });
  if (!isFieldObject(context)) {
    const { what, hint } = wholeFault(context, 'the second argument');
    throw refuse(what, hint);
  }
  const given: Readonly<Record<string, unknown>> = context;
  // The manager hands on the metadata of the request in the context of its providers.
  const misplaced = REQUEST_KEYS.find((key) => key !== 'metadata' && given[key] !== undefined);
  if (misplaced !== undefined) {
    throw refuse(`"${misplaced}" was passed in the second argument`, misplacedKeyHint(misplaced) ?? '');
  }
  const options = { whole: 'the second argument', field: 'option', knowsCalls: true, hints: HINTS } as const;
  const fault = timeoutFault(given) ?? findFieldFault(given, { ...CONTEXT, ...more }, options);
  if (fault !== undefined) throw refuse(fault.what, fault.hint);
  const { deadlineMs, partialImages, signal } = given;
  if (deadlineMs !== undefined && !(typeof deadlineMs === 'number' && deadlineMs > 0)) {
    throw refuse('deadlineMs must be a number of milliseconds above 0', 'Pass for example { deadlineMs: 60000 }.');
  }
  if (partialImages !== undefined && !(Number.isInteger(partialImages) && Number(partialImages) >= 0)) {
    throw refuse('partialImages must be a whole number from 0', 'Pass for example { partialImages: 3 }.');
  }
  if (signal !== undefined && typeof (signal as AbortSignal | null)?.addEventListener !== 'function') {
    throw refuse(
      'signal must be an AbortSignal',
      'Pass the signal of an AbortController: { signal: controller.signal }.',
    );
  }
}
