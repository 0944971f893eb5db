/** Refuses what is known to be wrong before the vendor is asked. */
import { checkInputs } from '../kit/families/model-inputs.ts';
import { COMMON_OPTIONS, inputsOf } from './model-inputs.ts';
import type { ReplicateArgs } from './requests.ts';

const MODEL = /^[\w.-]{1,100}\/[\w.-]{1,100}(?::[0-9a-f]{64})?$/;

export function check(args: ReplicateArgs) {
  const { model } = args;
  const inputs = inputsOf(model);
  return [
    ...(!MODEL.test(model) || model.includes('..')
      ? [
          {
            field: 'model',
            message: 'a model is named owner/name, or owner/name:version with the 64 digits of the version',
            hint: 'Copy it from the model’s page.',
          },
        ]
      : []),
    ...checkInputs(args, {
      known: [...COMMON_OPTIONS, ...(inputs?.options ?? [])],
      isListed: inputs !== undefined,
      fields: ['size', 'format', 'inputs', 'mask'],
    }),
  ];
}
