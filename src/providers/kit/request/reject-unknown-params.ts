import { AiImageError } from '../../protocol/errors.ts';
import { misplacedKeyHint } from '../../protocol/input/misplaced-key.ts';
import { suggest } from '../../protocol/input/suggest.ts';
import { findUnknownKey } from '../../protocol/input/unknown-key.ts';
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
  const unknownKey = findUnknownKey(params, PARAMS);
  if (unknownKey === undefined) return;
  const message = `${provider}: generateImage has no parameter ${JSON.stringify(unknownKey.slice(0, 60))}`;
  const hint =
    misplacedKeyHint(unknownKey) ??
    suggest(unknownKey, PARAMS) ??
    `It takes ${PARAMS.join(', ')}; generate() takes the whole request.`;
  throw new AiImageError('invalid_request', message, { provider, hint });
}
