/** A workflow: a graph of nodes in the "API format", and a map from the fields of a request to inputs of the graph. */
import * as z from 'zod/mini';

const node = z.object({
  class_type: z.string(),
  inputs: z.record(z.string(), z.unknown()),
});
export type Graph = Readonly<Record<string, z.infer<typeof node>>>;

/** `6.inputs.text`: the input `text` of node 6. */
const PATH = /^(.{1,200})\.inputs\.([^.]{1,200})$/;
const path = z.string().check(z.regex(PATH, { error: 'must be like 6.inputs.text' }));
const paths = z.optional(z.array(path).check(z.minLength(1), z.maxLength(20)));

const mapSchema = z.strictObject({
  /** Each field may set several inputs. */
  prompt: z.array(path).check(z.minLength(1), z.maxLength(20)),
  negativePrompt: paths,
  seed: paths,
  width: paths,
  height: paths,
  /** The number of images per run, e.g. a `batch_size`. */
  n: paths,
  /** One for each input image, e.g. the `image` of a LoadImage. */
  inputImages: paths,
  /** The `image` of a LoadImageMask that reads the red channel: white is repainted. */
  mask: paths,
  /** The node that saves the images. */
  output: z.string().check(z.minLength(1)),
});
export type WorkflowMap = z.infer<typeof mapSchema>;

export interface Workflow {
  readonly graph: Graph;
  readonly map: WorkflowMap;
}

const graphSchema = z.record(z.string(), z.unknown()).check(
  z.refine((graph) => !('nodes' in graph && 'links' in graph), {
    error: 'is in the editor format; in ComfyUI choose Workflow > Export (API)',
    abort: true,
  }),
  z.refine((graph) => Object.keys(graph).length > 0, { error: 'has no nodes', abort: true }),
  z.refine((graph) => Object.values(graph).every((each) => node.safeParse(each).success), {
    error: 'has a node without class_type or inputs',
  }),
);

/** A workflow of the caller. */
export const workflowSchema = z
  .strictObject({
    title: z.optional(z.string().check(z.minLength(1), z.maxLength(100))),
    graph: graphSchema,
    map: mapSchema,
    /** Width and height are multiples of this many pixels. @default 8 */
    multipleOf: z._default(z.int().check(z.minimum(1), z.maximum(512)), 8),
    /** Images per request, if `map.n` is set. @default 4 */
    maxImages: z._default(z.int().check(z.minimum(1), z.maximum(64)), 4),
    /** Dollars per image, for a workflow with a node that calls a paid service. @default unknown */
    usd: z.optional(z.number().check(z.minimum(0))),
  })
  .check(
    z.refine(({ graph, map }) => unknownPathsOf(graph as Graph, map).length === 0, {
      error: ({ input }) => {
        const { graph, map } = input as { readonly graph: Graph; readonly map: WorkflowMap };
        return `has no node for ${unknownPathsOf(graph, map)[0]} of its map`;
      },
    }),
  );
export type OwnWorkflow = z.output<typeof workflowSchema>;

/** Returns the paths of the map whose node the graph does not have. */
function unknownPathsOf(graph: Graph, { output, ...places }: WorkflowMap): readonly string[] {
  const named = Object.values(places).flatMap((each) => each ?? []);
  return [...named.filter((each) => !hasNode(graph, each)), ...(Object.hasOwn(graph, output) ? [] : [output])];
}

export function hasNode(graph: Graph, place: string): boolean {
  const [, id = ''] = PATH.exec(place) ?? [];
  return Object.hasOwn(graph, id);
}

/** Returns the graph with these values filled in; `undefined` leaves an input as it is. */
export function fillIn(graph: Graph, values: readonly (readonly [place: string, value: unknown])[]): Graph {
  const filled: Record<string, Graph[string]> = { ...graph };
  for (const [place, value] of values) {
    const [, id = '', name = ''] = PATH.exec(place) ?? [];
    const found = Object.hasOwn(filled, id) ? filled[id] : undefined;
    if (found === undefined || value === undefined) continue;
    filled[id] = { ...found, inputs: { ...found.inputs, [name]: value } };
  }
  return filled;
}

/** Returns the value of an input. */
export function valueAt(graph: Readonly<Record<string, unknown>>, place: string): unknown {
  const [, id = '', name = ''] = PATH.exec(place) ?? [];
  const found = Object.hasOwn(graph, id) ? node.safeParse(graph[id]) : undefined;
  return found?.success && Object.hasOwn(found.data.inputs, name) ? found.data.inputs[name] : undefined;
}
