/** Checks before queueing that the server can run a graph, against the server's own list of nodes. */
import * as z from 'zod/mini';
import { get, type LookupDefinition, lookupFeature } from '../kit/index.ts';
import { graphOf, type WorkflowArgs } from './requests.ts';
import type { ComfyOptions } from './wire.ts';

/** Every node of the server, with its inputs. The response is large and is cached for a while. */
export const nodesSchema = z.record(z.string(), z.unknown());

const inputSpecs = z.record(z.string(), z.array(z.unknown()));
const nodeSchema = z.object({
  input: z.nullish(z.object({ required: z.nullish(inputSpecs), optional: z.nullish(inputSpecs) })),
});
/** `["COMBO", { options }]` in newer nodes; older nodes have the list itself. */
const comboSchema = z.tuple([z.literal('COMBO'), z.object({ options: z.array(z.unknown()) })]);

/** Their choices are the files that existed when the list was read; our input was uploaded later. */
const LOADERS = ['LoadImage', 'LoadImageMask'];
const MAX_SHOWN = 12;

export const lookup: LookupDefinition<typeof nodesSchema, ComfyOptions, WorkflowArgs> = {
  feature: lookupFeature,
  toRequest: () => get('object_info'),
  responseSchema: nodesSchema,
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
      message: `the server has no node type ${name}, which node ${id} of the workflow uses`,
      hint: 'Install the custom nodes of the workflow, and restart the server.',
    };
  }
  if (!known.success || LOADERS.includes(name)) return undefined;
  const { required, optional } = known.data.input ?? {};
  const missing = Object.keys(required ?? {}).find((each) => !Object.hasOwn(inputs, each));
  if (missing !== undefined) {
    return {
      message: `node ${id} (${name}) of the workflow lacks the input ${missing}, which this server requires`,
      hint: 'Export the workflow from this server again.',
    };
  }
  for (const [input, spec] of Object.entries({ ...optional, ...required })) {
    const value = Object.hasOwn(inputs, input) ? inputs[input] : undefined;
    const choices = choicesOf(spec);
    if (typeof value !== 'string' || choices === undefined || choices.includes(value)) continue;
    return {
      message: `the server has no ${input} ${value.slice(0, 100)} (node ${id}, ${name})`,
      hint: choices.length === 0 ? 'It has none.' : `It has ${listOf(choices)}.`,
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
  const shown = choices.slice(0, MAX_SHOWN).join(', ');
  return choices.length > MAX_SHOWN ? `${shown} and ${choices.length - MAX_SHOWN} more` : shown;
}
