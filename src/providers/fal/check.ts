/** Refuses what a model does not have: some models ignore it, others answer 422. */
import { checkInputs } from '../kit/families/model-inputs.ts';
import { COMMON_OPTIONS, inputsOf } from './model-inputs.ts';
import type { FalArgs } from './requests.ts';

export function check(args: FalArgs) {
  const inputs = inputsOf(args.model);
  return checkInputs(args, {
    known: [...COMMON_OPTIONS, ...(inputs === undefined ? ['input'] : inputs.options)],
    isListed: inputs !== undefined,
    fields: ['size', 'seed', 'format', 'inputs'],
  });
}
