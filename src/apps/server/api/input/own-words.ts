/** The words of this API for fields and messages of the library. Its fields have the names of the library. */
import { REQUEST_KEYS } from '../../../../providers/protocol/input/misplaced-key.ts';

const FIELDS: readonly string[] = [...REQUEST_KEYS, 'provider', 'variation', 'fallback', 'parents', 'profile'];

/** The name of a nested field. Other texts may be anything. */
const NAME = /^[\w$-]{1,64}$/;

/** @param field as `inputImages.0` @returns as `inputImages[0]`; `undefined` if it is no field of this API */
export function toParam(field: string): string | undefined {
  const [first = '', ...rest] = field.split('.');
  if (!FIELDS.includes(first) || !rest.every((name) => NAME.test(name))) return undefined;
  return first + rest.map((name) => (/^\d+$/.test(name) ? `[${name}]` : `.${name}`)).join('');
}

export const toWords = (message: string): string =>
  message.replaceAll('request.', '').replaceAll(/\binputImages\.(\d{1,4})\b/g, 'inputImages[$1]');
