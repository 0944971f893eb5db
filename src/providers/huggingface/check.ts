/** Refuses what the router and its hosts do not take: hosts ignore unknown fields, or answer 422. */
import type { BodyArgs } from './body.ts';
import { HOST_TABLE, hostNameOf } from './hosts.ts';

const MODEL = /^[\w.-]{1,100}\/[\w.-]{1,100}$/;

interface Fault {
  readonly code?: 'unsupported';
  readonly field: string;
  readonly message: string;
  readonly hint: string;
}

/** Runs before the lookup, and again with the host that the lookup found. */
export function check(args: BodyArgs): readonly Fault[] {
  const { model, size, options, settings } = args;
  const { endpointUrl } = settings;
  const name = hostNameOf(args);
  const isEndpoint = endpointUrl !== undefined;
  const host = isEndpoint || name === 'auto' ? undefined : HOST_TABLE[name];
  const isOwnTask = isEndpoint || name === 'hf-inference';
  const rules: readonly (readonly [isBroken: boolean, fault: Fault])[] = [
    [
      !isEndpoint && (!MODEL.test(model) || model.includes('..')),
      { field: 'model', message: 'a model of the Hub is named owner/name', hint: 'Pass e.g. Qwen/Qwen-Image.' },
    ],
    [
      isEndpoint && (options.provider ?? options.providerId) !== undefined,
      {
        field: 'options.provider',
        message: 'a dedicated endpoint excludes options.provider and options.providerId',
        hint: 'Leave them out.',
      },
    ],
    [
      !isEndpoint && name === 'auto' && options.providerId !== undefined,
      { field: 'options.providerId', message: 'options.providerId needs a host', hint: 'Pass options.provider too.' },
    ],
    [
      options.scheduler !== undefined && !isOwnTask && host !== undefined,
      { field: 'options.scheduler', message: `${name} has no choice of scheduler`, hint: 'Leave it out.' },
    ],
    [
      options.output_format !== undefined &&
        (isOwnTask || (host !== undefined && host.formats?.includes(options.output_format) !== true)),
      {
        field: 'options.output_format',
        message: `${isEndpoint ? 'a dedicated endpoint' : name} has no choice of output_format`,
        hint: host?.formats === undefined ? 'Leave it out.' : `It has ${host.formats.join(', ')}.`,
      },
    ],
    [
      host?.inputs === 'prompt only' && 'inputs' in args,
      {
        code: 'unsupported',
        field: 'inputImages',
        message: `${name} generates from a prompt only`,
        hint: 'Choose another host in options.provider.',
      },
    ],
    [
      host?.sizeIsUnknown === true && size !== undefined,
      {
        code: 'unsupported',
        field: 'size',
        message: `the size field differs between models at ${name}`,
        hint: 'Pass it in options.input under the model’s own names, or choose another host in options.provider.',
      },
    ],
    [
      options.adapterWeightsPath !== undefined && host?.hasLoras !== true,
      {
        field: 'options.adapterWeightsPath',
        message: 'LoRA weights work only at fal-ai, replicate or wavespeed, set as options.provider',
        hint: 'Leave it out and pass the repository of the weights as model: the lookup then finds them.',
      },
    ],
  ];
  return rules.flatMap(([isBroken, fault]) => (isBroken ? [fault] : []));
}
