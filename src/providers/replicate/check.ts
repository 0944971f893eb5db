/** What can be known to be wrong before anybody is asked. */
import type { ReplicateArgs } from './input.ts';
import { EVERYWHERE, inputsOf } from './inputs.ts';

const MODEL = /^[\w.-]{1,100}\/[\w.-]{1,100}(?::[0-9a-f]{64})?$/;

export function check({ model, options, ...args }: ReplicateArgs) {
  const inputs = inputsOf(model);
  const known: readonly string[] = [...EVERYWHERE, ...(inputs?.options ?? [])];
  // Nobody knows what such a model calls them: only what the caller names itself is certain to arrive.
  const unnamed =
    inputs === undefined ? (['size', 'format', 'inputs', 'mask'] as const).filter((name) => name in args) : [];
  return [
    ...(!MODEL.test(model) || model.includes('..')
      ? [
          {
            field: 'model',
            message: 'a model is called owner/name, or owner/name:version with the 64 digits of the version',
            hint: 'Copy it from the model’s page.',
          },
        ]
      : []),
    ...Object.keys(options)
      .filter((name) => !known.includes(name))
      .map((name) => ({
        field: `options.${name}`,
        message: `${model} has no option ${name}`,
        hint: inputs === undefined ? 'Pass it inside options.input.' : `It has ${known.join(', ')}.`,
      })),
    ...unnamed.map((name) => ({
      code: 'unsupported' as const,
      field: name === 'inputs' ? 'inputImages' : name,
      message: `no card says what ${model} calls ${name === 'inputs' ? 'its pictures' : name}`,
      hint: 'Pass it in options.input under the model’s own name.',
    })),
    ...(inputs === undefined && args.n > 1
      ? [
          {
            code: 'unsupported' as const,
            field: 'n',
            message: `no card says how ${model} is asked for several pictures`,
            hint: 'Ask for one at a time.',
          },
        ]
      : []),
  ];
}
