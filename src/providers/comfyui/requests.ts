/** Builds the graph of a request: the workflow with the fields of the request filled in. */
import type { EditArgs, RequestArgs } from '../kit/index.ts';
import type { Operation } from '../protocol/index.ts';
import { BUILT_IN_WORKFLOWS, OPTION_INPUTS } from './built-in-workflows.ts';
import type { ComfyOptions, ComfySettings } from './wire.ts';
import { fillIn, type Graph, type Workflow } from './workflow.ts';

export type WorkflowArgs = RequestArgs<ComfyOptions, ComfySettings> | EditArgs<ComfyOptions, ComfySettings>;

/** Returns the workflow with this name; `undefined` when there is none. */
export function workflowOf(
  model: string,
  { workflows }: ComfySettings,
  operation: Operation | undefined,
): Workflow | undefined {
  if (Object.hasOwn(workflows, model)) return workflows[model] as Workflow; // its nodes were checked with the settings
  return Object.hasOwn(BUILT_IN_WORKFLOWS, model) ? BUILT_IN_WORKFLOWS[model]?.(operation) : undefined;
}

export function graphOf(args: WorkflowArgs): Graph {
  const { model, prompt, negativePrompt, n, size, seed, options, settings } = args;
  const workflow = workflowOf(model, settings, 'operation' in args ? args.operation : undefined);
  if (workflow === undefined) return {}; // `check` refuses such a request
  const { graph, map } = workflow;
  const { inputs = {}, ...named } = options;
  const files = 'inputs' in args ? args.inputs : [];
  const everywhere = (places: readonly string[] | undefined, value: unknown) =>
    (places ?? []).map((place) => [place, value] as const);
  return fillIn(graph, [
    ...everywhere(map.prompt, prompt),
    ...everywhere(map.negativePrompt, negativePrompt),
    ...everywhere(map.seed, seed),
    ...everywhere(map.width, size?.width),
    ...everywhere(map.height, size?.height),
    ...everywhere(map.n, n),
    ...(map.inputImages ?? []).map((place, at) => [place, files[at]?.reference] as const),
    ...everywhere(map.mask, 'mask' in args ? args.mask?.reference : undefined),
    ...Object.entries(named).map(([name, value]) => [OPTION_INPUTS[model]?.[name] ?? '', value] as const),
    ...Object.entries(inputs).map(([place, value]) => [place, literal(value)] as const),
  ]);
}

/** ComfyUI reads a plain list as a link to another node. */
const literal = (value: unknown) => (Array.isArray(value) ? { __value__: value } : value);
