/** What can be known to be wrong before the server is asked. */
import { type WorkflowArgs, workflowOf } from './build.ts';
import { PLACES, SHIPPED } from './graphs.ts';
import { hasNode } from './workflow.ts';

export function check(args: WorkflowArgs) {
  const { model, options, settings } = args;
  const operation = 'operation' in args ? args.operation : undefined;
  const workflow = workflowOf(model, settings, operation);
  const names = [...Object.keys(SHIPPED), ...Object.keys(settings.workflows)];
  if (workflow === undefined) {
    return [
      {
        field: 'model',
        message: `there is no workflow ${model.slice(0, 80)}`,
        hint: `There are ${names.slice(0, 20).join(', ')}; add your own to the setting workflows.`,
      },
    ];
  }
  const known = ['inputs', ...Object.keys(PLACES[model] ?? {})];
  const wanted = workflow.map.inputImages?.length ?? 0;
  const count = 'inputs' in args ? args.inputs.length : 0;
  return [
    ...Object.keys(options)
      .filter((name) => !known.includes(name) || (name === 'denoise' && operation === undefined))
      .map((name) => ({
        field: `options.${name}`,
        message: `${model} has no option ${name}${known.includes(name) ? ' without an input picture' : ''}`,
        hint: 'Pass it in options.inputs by its place, e.g. 3.inputs.steps.',
      })),
    ...Object.keys(options.inputs ?? {})
      .filter((place) => !hasNode(workflow.graph, place))
      .map((place) => ({
        field: 'options.inputs',
        message: `${model} has no place ${place.slice(0, 80)}`,
        hint: `Places are like 3.inputs.steps; its nodes are ${Object.keys(workflow.graph).slice(0, 30).join(', ')}.`,
      })),
    ...(count > 0 && count !== wanted
      ? [
          {
            field: 'inputImages',
            message: `${model} works on ${wanted} pictures and ${count} were given`,
            hint: `Pass ${wanted}.`,
          },
        ]
      : []),
  ];
}
