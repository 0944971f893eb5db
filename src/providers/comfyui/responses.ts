/** Reads a job's history entry, and errors about a graph that the server refuses. */
import type * as z from 'zod/mini';
import { get, type ImageItem } from '../kit/index.ts';
import { workflowOf } from './requests.ts';
import {
  type ComfySettings,
  extraSchema,
  type PromptHistory,
  type submittedSchema,
  type WorkflowFailure,
} from './wire.ts';
import { valueAt } from './workflow.ts';

const PREVIEW_QUALITY = 90;
const MAX_DETAILS = 300;

/** Returns the images that the workflow's output node saved, without previews and without images of other nodes. */
export function itemsOf(history: PromptHistory, model: string, settings: ComfySettings): readonly ImageItem[] {
  const [job] = Object.values(history);
  if (job === undefined)
    return [{ missing: 'the server no longer has the job: it was restarted, or its history was cleared' }];
  const [, , graph, extra] = job.prompt ?? [];
  const { output, seed: seedPlaces } = workflowOf(model, settings, undefined)?.map ?? {};
  const files = Object.entries(job.outputs ?? {}).flatMap(([node, { images }]) =>
    output === undefined || node === output ? (images ?? []) : [],
  );
  const saved = files.filter(({ type }) => type !== 'temp');
  if (saved.length === 0) return [{ missing: whyNothing(job, output) }];
  const format = extraSchema.safeParse(extra).data?.ai_image.format;
  const seed = isObject(graph) && seedPlaces?.[0] !== undefined ? valueAt(graph, seedPlaces[0]) : undefined;
  return saved.map(({ filename, subfolder, type }) => ({
    request: {
      ...get('view'),
      query: {
        filename,
        subfolder: subfolder ?? '',
        type: type ?? 'output',
        ...((format === 'jpeg' || format === 'webp') && { preview: `${format};${PREVIEW_QUALITY}` }),
      },
    },
    ...(typeof seed === 'number' && { seed }),
  }));
}

function whyNothing({ status }: PromptHistory[string], output: string | undefined): string {
  const messages = status?.messages ?? [];
  const eventData = (name: string) => messages.find(([event]) => event === name)?.[1];
  if (eventData('execution_interrupted') !== undefined) return 'the run was interrupted';
  const error = eventData('execution_error');
  if (isObject(error)) {
    const { node_id: id, node_type: type, exception_type: kind, exception_message: words } = error;
    return `node ${id} (${type}) failed: ${kind}: ${String(words).trim().slice(0, MAX_DETAILS)}`;
  }
  const node = output === undefined ? '' : ` of node ${output}`;
  return `the run ended without an image${node}; older servers return none for a repeated run: pass another seed`;
}

export function toError(failure: WorkflowFailure) {
  const found = 'node_errors' in failure ? failure.node_errors : undefined;
  const nodes = nodesOf(found);
  const error = 'error' in failure ? failure.error : undefined;
  const words = typeof error === 'string' ? [error] : [error?.message, error?.details].filter(Boolean);
  const details = faultsOf(found);
  const isFile = nodes.some(([, { errors }]) => errors.some(({ type }) => type === 'value_not_in_list'));
  return {
    message: [...words, ...details].join('; '),
    hint: isFile ? 'Copy the file to the server’s models folder, or choose another one.' : undefined,
  };
}

type NodeErrors = z.infer<typeof submittedSchema>['node_errors'];

const nodesOf = (found: NodeErrors) => (found && !Array.isArray(found) ? Object.entries(found) : []);

/** Returns one line per fault in the nodes of a graph. */
export function faultsOf(found: NodeErrors): readonly string[] {
  return nodesOf(found).flatMap(([id, { class_type: name, errors }]) =>
    errors.map((each) => `node ${id} (${name}): ${each.message}: ${(each.details ?? '').slice(0, MAX_DETAILS)}`),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
