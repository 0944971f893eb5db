/** What the canonical call takes besides the prompt. */
import { AiImageError } from '../../protocol/errors.ts';
import type { GenerateImageParams } from '../../protocol/provider.ts';
import { suggest } from '../suggest.ts';

const PARAMS: readonly string[] = [
  'size',
  'format',
  'model',
  'options',
  'signal',
] satisfies readonly (keyof GenerateImageParams)[];

/** @throws AiImageError `invalid_request` for a parameter that would otherwise be dropped without a word */
export function refuseUnknownParams(params: object, provider: string): void {
  const stranger = Object.entries(params).find(([name, value]) => value !== undefined && !PARAMS.includes(name))?.[0];
  if (stranger === undefined) return;
  const message = `${provider}: generateImage has no parameter ${JSON.stringify(stranger.slice(0, 60))}`;
  const hint = suggest(stranger, PARAMS) ?? `It takes ${PARAMS.join(', ')}; generate() takes the whole request.`;
  throw new AiImageError('invalid_request', message, { provider, hint });
}
