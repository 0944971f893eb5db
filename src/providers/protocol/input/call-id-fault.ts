/** The rules for ids of calls. Managers and queues take them from callers. */
import { isFurtherSubmit } from '../shared/call-ids.ts';
import type { FieldFault } from './check-fields.ts';
import { containsKey, describeKind } from './hide-keys.ts';

const CALL_ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{15,127}$/;
const EXAMPLE = 'Use a random id for each call, for example crypto.randomUUID().';

/** @param name what the caller calls the id, e.g. `callId` @returns what is wrong with it; `undefined` if it is a valid call id */
export function callIdFault(id: unknown, name: string): FieldFault | undefined {
  const fault = (what: string) => ({ what: `${name} ${what}`, hint: EXAMPLE });
  if (typeof id !== 'string') return fault(`must be a text, not ${describeKind(id)}`);
  if (!CALL_ID.test(id)) {
    return fault('must have 16 to 128 letters, digits or the characters - _ . : and begin with a letter or digit');
  }
  if (isFurtherSubmit(id)) {
    return fault('must not end in a hyphen and a short number: such ids are those of further submits');
  }
  return containsKey(id) ? fault('looks like an API key') : undefined;
}
