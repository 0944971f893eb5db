/** Checks the arguments of a manager's methods besides the request, before anything is sent. */
import { AiImageError } from '../../providers/protocol/errors.ts';
import {
  type FieldFault,
  type FieldKinds,
  findFieldFault,
  isFieldObject,
} from '../../providers/protocol/input/check-fields.ts';
import { describeKind } from '../../providers/protocol/input/hide-keys.ts';
import type { BatchOptions } from '../interfaces/batch.ts';
import type { ManagerContext } from '../interfaces/generation.ts';
import type { SettleParams } from '../interfaces/image-manager.ts';
import { requireText } from '../require-text.ts';

const BATCH: FieldKinds<BatchOptions> = {
  concurrency: 'any',
  retryFailed: 'number',
  collect: 'flag',
  request: 'object',
  previous: 'object',
  onItem: 'function',
  signal: ['addEventListener'],
};
const SETTLEMENT: FieldKinds<SettleParams> = { charged: 'any', usd: 'any', by: 'text' };

/** @throws AiImageError `invalid_request` */
export function checkBatchArguments(prompt: unknown, variations: unknown, options: unknown): void {
  requireText(prompt, 'each: the prompt');
  if (!Array.isArray(variations) || !variations.every((each) => typeof each === 'string')) {
    const given = Array.isArray(variations) ? 'a list with other values' : describeKind(variations);
    throw invalid(`each: the variations must be a list of texts, not ${given}`, "Pass for example ['red', 'blue'].");
  }
  throwFault('each', findFieldFault(options, BATCH, { whole: 'the options', field: 'option' }));
}

/** @throws AiImageError `invalid_request` */
export function checkSettlement(id: unknown, settlement: unknown): void {
  requireText(id, 'settle: the id');
  throwFault('settle', findFieldFault(settlement, SETTLEMENT, { whole: 'the settlement', field: 'field' }));
}

/** Separates what only the budget of the manager knows from what providers get. @throws AiImageError `invalid_request` */
export function splitContext(context: ManagerContext): {
  readonly callContext: ManagerContext;
  readonly projectPerDayUsd?: number | undefined;
} {
  if (!isFieldObject(context) || !Object.hasOwn(context, 'projectPerDayUsd')) return { callContext: context };
  const { projectPerDayUsd, ...callContext } = context;
  if (projectPerDayUsd === undefined || (typeof projectPerDayUsd === 'number' && projectPerDayUsd >= 0))
    return { callContext, projectPerDayUsd };
  const hint = 'Pass a number as projectPerDayUsd, or leave it out for no limit.';
  throw invalid('the manager: projectPerDayUsd must be an amount of US dollars, 0 or more', hint);
}

/** @param method the method that takes the result of an earlier call @throws AiImageError `invalid_request` */
export function requireGeneration(given: unknown, method: 'continue' | 'rememberPreferences'): void {
  const { images, attempts, composed, applied } = isFieldObject(given) ? given : {};
  const hasImages = Array.isArray(images) && images[0] !== undefined && Array.isArray(attempts);
  if (hasImages && isFieldObject(composed) && isFieldObject(applied)) return;
  const hint = `Pass what generate returned: ${method}(result, …).`;
  throw invalid(`${method}: the first argument must be the result of generate, not ${describeKind(given)}`, hint);
}

function throwFault(method: string, fault: FieldFault | undefined): void {
  if (fault !== undefined) throw invalid(`${method}: ${fault.what}`, fault.hint);
}

const invalid = (message: string, hint: string): AiImageError =>
  new AiImageError('invalid_request', message, { hint, charged: 'no' });
