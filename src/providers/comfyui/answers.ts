/** What the server says about a job in its history, and about a graph that it does not take. */
import type * as z from 'zod/mini';
import { get, type ImageItem } from '../kit/index.ts';
import { workflowOf } from './build.ts';
import { extraSchema, type Failure, type PromptHistory, type Settings, type submittedSchema } from './wire.ts';
import { valueAt } from './workflow.ts';

const PREVIEW_QUALITY = 90;
const MAX_DETAILS = 300;

/** The pictures that the workflow's own node saved; previews and those of other nodes are none. */
export function itemsOf(history: PromptHistory, model: string, settings: Settings): readonly ImageItem[] {
  const [job] = Object.values(history);
  if (job === undefined)
    return [{ missing: 'the server does not know the job any more: it was restarted, or its history was emptied' }];
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
  const told = (name: string) => messages.find(([event]) => event === name)?.[1];
  if (told('execution_interrupted') !== undefined) return 'somebody interrupted the run';
  const error = told('execution_error');
  if (isObject(error)) {
    const { node_id: id, node_type: type, exception_type: kind, exception_message: words } = error;
    return `node ${id} (${type}) failed: ${kind}: ${String(words).trim().slice(0, MAX_DETAILS)}`;
  }
  const node = output === undefined ? '' : ` of node ${output}`;
  return `the run ended without a picture${node}; older servers name none for a run they have made before: pass another seed`;
}

export function toError(failure: Failure) {
  const found = 'node_errors' in failure ? failure.node_errors : undefined;
  const nodes = nodesOf(found);
  const error = 'error' in failure ? failure.error : undefined;
  const words = typeof error === 'string' ? [error] : [error?.message, error?.details].filter(Boolean);
  const details = faultsOf(found);
  const isFile = nodes.some(([, { errors }]) => errors.some(({ type }) => type === 'value_not_in_list'));
  return {
    message: [...words, ...details].join('; '),
    hint: isFile ? 'Put the file where the server looks for it, or name another one.' : undefined,
  };
}

type NodeErrors = z.infer<typeof submittedSchema>['node_errors'];

const nodesOf = (found: NodeErrors) => (found && !Array.isArray(found) ? Object.entries(found) : []);

/** What is wrong with the nodes of a graph, a line for each fault. */
export function faultsOf(found: NodeErrors): readonly string[] {
  return nodesOf(found).flatMap(([id, { class_type: name, errors }]) =>
    errors.map((each) => `node ${id} (${name}): ${each.message}: ${(each.details ?? '').slice(0, MAX_DETAILS)}`),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
