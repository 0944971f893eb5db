/** What a model does not have: some ignore it, others answer 422. */
import type { EditArgs, RequestArgs } from '../kit/index.ts';
import { EVERYWHERE, inputsOf } from './inputs.ts';
import type { Options, Settings } from './wire.ts';

export function check({ model, options, ...args }: RequestArgs<Options, Settings> | EditArgs<Options, Settings>) {
  const inputs = inputsOf(model);
  const known: readonly string[] = [...EVERYWHERE, ...(inputs === undefined ? ['input'] : inputs.options)];
  const strangers = Object.keys(options).filter((name) => !known.includes(name));
  // Nobody knows what such a model calls them: only what the caller names itself is certain to arrive.
  const unnamed =
    inputs === undefined ? (['size', 'seed', 'format', 'inputs'] as const).filter((name) => name in args) : [];
  return [
    ...strangers.map((name) => ({
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
