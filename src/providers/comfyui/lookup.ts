/** Whether the server can run a graph: its own list of nodes says, before anything is queued. */
import * as z from 'zod/mini';
import { get, type LookupDefinition } from '../kit/index.ts';
import { graphOf, type WorkflowArgs } from './build.ts';
import type { Options } from './wire.ts';

/** Every node there is, with its inputs; large, and kept for a while. */
export const nodesSchema = z.record(z.string(), z.unknown());

const inputSpecs = z.record(z.string(), z.array(z.unknown()));
const nodeSchema = z.object({
  input: z.nullish(z.object({ required: z.nullish(inputSpecs), optional: z.nullish(inputSpecs) })),
});
/** `["COMBO", { options }]`, by newer nodes; the older form is the list itself. */
const comboSchema = z.tuple([z.literal('COMBO'), z.object({ options: z.array(z.unknown()) })]);

/** Their lists are of files that were there at the time; ours was just put there. */
const LOADERS = ['LoadImage', 'LoadImageMask'];
const SHOWN = 12;

export const lookup: LookupDefinition<typeof nodesSchema, Options, WorkflowArgs> = {
  toRequest: () => get('object_info'),
  answerSchema: nodesSchema,
  toOptions: (nodes, args) => {
    const refusal = Object.entries(graphOf(args))
      .map(([id, node]) => faultOf(nodes, id, node))
      .find((each) => each !== undefined);
    if (refusal === undefined) return args.options;
    const { message, hint } = refusal;
    return { refusal: { code: 'invalid_request', field: 'model', message: `comfyui: ${message}`, hint } };
  },
};

function faultOf(
  nodes: Readonly<Record<string, unknown>>,
  id: string,
  { class_type: name, inputs }: { readonly class_type: string; readonly inputs: Readonly<Record<string, unknown>> },
) {
  const known = Object.hasOwn(nodes, name) ? nodeSchema.safeParse(nodes[name]) : undefined;
  if (known === undefined) {
    return {
      message: `the server has no node ${name}, which node ${id} of the workflow is`,
      hint: 'Install the custom nodes that the workflow was made with, and restart the server.',
    };
  }
  if (!known.success || LOADERS.includes(name)) return undefined;
  const { required, optional } = known.data.input ?? {};
  const missing = Object.keys(required ?? {}).find((each) => !Object.hasOwn(inputs, each));
  if (missing !== undefined) {
    return {
      message: `node ${id} (${name}) of the workflow lacks ${missing}, which this server wants`,
      hint: 'Export the workflow from this server again.',
    };
  }
  for (const [input, spec] of Object.entries({ ...optional, ...required })) {
    const value = Object.hasOwn(inputs, input) ? inputs[input] : undefined;
    const choices = choicesOf(spec);
    if (typeof value !== 'string' || choices === undefined || choices.includes(value)) continue;
    return {
      message: `the server has no ${input} ${value.slice(0, 100)} (node ${id}, ${name})`,
      hint: choices.length === 0 ? 'It has none at all.' : `It has ${listOf(choices)}.`,
    };
  }
  return undefined;
}

function choicesOf(spec: readonly unknown[]): readonly unknown[] | undefined {
  const [first] = spec;
  if (Array.isArray(first)) return first;
  const combo = comboSchema.safeParse(spec);
  return combo.success ? combo.data[1].options : undefined;
}

function listOf(choices: readonly unknown[]): string {
  const shown = choices.slice(0, SHOWN).join(', ');
  return choices.length > SHOWN ? `${shown} and ${choices.length - SHOWN} more` : shown;
}
