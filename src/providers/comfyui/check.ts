/** Refuses what is known to be wrong before the server is asked. */

import { BUILT_IN_WORKFLOWS, OPTION_INPUTS } from './built-in-workflows.ts';
import { type WorkflowArgs, workflowOf } from './requests.ts';
import { hasNode } from './workflow.ts';

export function check(args: WorkflowArgs) {
  const { model, options, settings } = args;
  const operation = 'operation' in args ? args.operation : undefined;
  const workflow = workflowOf(model, settings, operation);
  const names = [...Object.keys(BUILT_IN_WORKFLOWS), ...Object.keys(settings.workflows)];
  if (workflow === undefined) {
    return [
      {
        field: 'model',
        message: `there is no workflow ${model.slice(0, 80)}`,
        hint: `Available: ${names.slice(0, 20).join(', ')}. Add your own in the setting workflows.`,
      },
    ];
  }
  const known = ['inputs', ...Object.keys(OPTION_INPUTS[model] ?? {})];
  const wanted = workflow.map.inputImages?.length ?? 0;
  const count = 'inputs' in args ? args.inputs.length : 0;
  return [
    ...Object.keys(options)
      .filter((name) => !known.includes(name) || (name === 'denoise' && operation === undefined))
      .map((name) => ({
        field: `options.${name}`,
        message: `${model} has no option ${name}${known.includes(name) ? ' without an input image' : ''}`,
        hint: 'Pass it in options.inputs by its path, e.g. 3.inputs.steps.',
      })),
    ...Object.keys(options.inputs ?? {})
      .filter((place) => !hasNode(workflow.graph, place))
      .map((place) => ({
        field: 'options.inputs',
        message: `${model} has no input ${place.slice(0, 80)}`,
        hint: `Paths look like 3.inputs.steps; its nodes are ${Object.keys(workflow.graph).slice(0, 30).join(', ')}.`,
      })),
    ...(count > 0 && count !== wanted
      ? [
          {
            field: 'inputImages',
            message: `${model} takes ${wanted} input images, and ${count} were given`,
            hint: `Pass ${wanted}.`,
          },
        ]
      : []),
  ];
}
