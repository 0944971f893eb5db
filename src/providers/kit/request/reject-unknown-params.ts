import { AiImageError } from '../../protocol/errors.ts';
import { isFieldObject, wholeFault } from '../../protocol/input/check-fields.ts';
import { hideRandomWords, quoteName } from '../../protocol/input/hide-keys.ts';
import { misplacedKeyHint } from '../../protocol/input/misplaced-key.ts';
import { findUnknownKey, suggestKey } from '../../protocol/input/unknown-key.ts';
import type { GenerateImageParams } from '../../protocol/provider.ts';

const PARAMS: readonly string[] = [
  'size',
  'format',
  'model',
  'options',
  'signal',
  'deadlineMs',
] satisfies readonly (keyof GenerateImageParams)[];

/** Refuses parameters that `generateImage` does not have, instead of ignoring them. @throws AiImageError `invalid_request` */
export function rejectUnknownParams(params: object, provider: string): void {
  if (!isFieldObject(params)) {
    const { what, hint } = wholeFault(params, 'the second argument of generateImage');
    throw new AiImageError('invalid_request', `${provider}: ${what}`, { provider, hint });
  }
  const unknownKey = findUnknownKey(params, PARAMS);
  if (unknownKey === undefined) return;
  const message = `${provider}: generateImage has no parameter ${quoteName(unknownKey)}`;
  const hint =
    misplacedKeyHint(unknownKey, PARAMS) ??
    suggestKey(unknownKey, PARAMS) ??
    `It takes ${PARAMS.join(', ')}; generate() takes the whole request.`;
  throw new AiImageError('invalid_request', message, {
    provider,
    field: hideRandomWords(unknownKey).slice(0, 60),
    hint,
  });
}
