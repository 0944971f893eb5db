/** What the router does not have: hosts ignore what they do not know, or answer 422. */
import type { BodyArgs } from './body.ts';
import { HOST_TABLE, hostNameOf } from './hosts.ts';

const MODEL = /^[\w.-]{1,100}\/[\w.-]{1,100}$/;

interface Complaint {
  readonly code?: 'unsupported';
  readonly field: string;
  readonly message: string;
  readonly hint: string;
}

/** Also of what was found out about the host meanwhile. */
export function check(args: BodyArgs): readonly Complaint[] {
  const { model, size, options, settings } = args;
  const { endpointUrl } = settings;
  const name = hostNameOf(args);
  const isEndpoint = endpointUrl !== undefined;
  const host = isEndpoint || name === 'auto' ? undefined : HOST_TABLE[name];
  const isOwnTask = isEndpoint || name === 'hf-inference';
  const rules: readonly (readonly [broken: boolean, complaint: Complaint])[] = [
    [
      !isEndpoint && (!MODEL.test(model) || model.includes('..')),
      { field: 'model', message: 'a model of the Hub is called owner/name', hint: 'Pass e.g. Qwen/Qwen-Image.' },
    ],
    [
      isEndpoint && (options.provider ?? options.providerId) !== undefined,
      { field: 'options.provider', message: 'a dedicated endpoint asks no other host', hint: 'Pass one of them.' },
    ],
    [
      !isEndpoint && name === 'auto' && options.providerId !== undefined,
      { field: 'options.providerId', message: 'no host is named', hint: 'Pass options.provider with it.' },
    ],
    [
      options.scheduler !== undefined && !isOwnTask && host !== undefined,
      { field: 'options.scheduler', message: `${name} has no scheduler to choose`, hint: 'Leave it out.' },
    ],
    [
      options.output_format !== undefined &&
        (isOwnTask || (host !== undefined && host.formats?.includes(options.output_format) !== true)),
      {
        field: 'options.output_format',
        message: `${isEndpoint ? 'a dedicated endpoint' : name} does not let it be chosen`,
        hint: host?.formats === undefined ? 'Leave it out.' : `It has ${host.formats.join(', ')}.`,
      },
    ],
    [
      host?.draws === 'from words' && 'inputs' in args,
      {
        code: 'unsupported',
        field: 'inputImages',
        message: `${name} draws from words only`,
        hint: 'Choose another host in options.provider.',
      },
    ],
    [
      host?.sizeIsUnknown === true && size !== undefined,
      {
        code: 'unsupported',
        field: 'size',
        message: `models at ${name} ask for it each in its own way`,
        hint: 'Pass it in options.input under the model’s own names, or choose another host in options.provider.',
      },
    ],
    [
      options.adapterWeightsPath !== undefined && host?.hasLoras !== true,
      {
        field: 'options.adapterWeightsPath',
        message: 'weights are laid over a model at fal-ai, replicate or wavespeed, named in options.provider',
        hint: 'Leave it out and pass the name of their own repository as the model: then they are found.',
      },
    ],
  ];
  return rules.flatMap(([broken, complaint]) => (broken ? [complaint] : []));
}
