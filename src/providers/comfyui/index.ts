/**
 * ComfyUI: a server that runs graphs of nodes. The unit is a workflow: what other vendors call a model is its name here. Its raw API makes no
 * promise across releases; what is used of it has been there since 2023, but for `prompt_id` in an interrupt, which older servers do not read.
 * Sources: GitHub `Comfy-Org/ComfyUI` 0.38.1: `server.py`, `execution.py`, `nodes.py`, `openapi.yaml`.
 */
import { defineProvider, get, type ImageItem, post, postForm, type ReadJobState } from '../kit/index.ts';
import { about } from './about.ts';
import { type Args, graphOf, workflowOf } from './build.ts';
import { check } from './check.ts';
import { lookup } from './lookup.ts';
import { defaultModel, models, ownModels } from './models.ts';
import { line } from './news.ts';
import {
  errorSchema,
  extraSchema,
  type Failure,
  type History,
  historySchema,
  optionsSchema,
  queueSchema,
  type Settings,
  settingsSchema,
  submittedSchema,
  uploadSchema,
} from './wire.ts';
import { valueAt } from './workflow.ts';

/** Where uploaded inputs lie, so that people find them. */
const FOLDER = 'ai-image';
const PREVIEW_QUALITY = 90;
const MAX_DETAILS = 300;

export const comfyui = defineProvider({
  about,
  settingsSchema,
  baseUrl: 'http://127.0.0.1:8188',
  models,
  ownModels,
  defaultModel,
  drawsSeed: true,

  optionsSchema,
  toRequest: (args) => toSubmit(args),
  toEdit: (args) => toSubmit(args),
  check,
  lookup,
  /** The same content under the same name is kept once, another one is renamed: the name in the answer counts. */
  upload: {
    toRequest: (file) => postForm('upload/image', { image: file, type: 'input', subfolder: FOLDER }),
    answerSchema: uploadSchema,
    toReference: ({ name, subfolder }) => (subfolder ? `${subfolder}/${name}` : name),
  },

  responseSchema: historySchema,
  toImages: (history, { model, settings }) => itemsOf(history, model, settings),

  errorSchema,
  toError: (failure) => toError(failure),

  job: {
    submittedSchema,
    toHandle: ({ prompt_id: id }) => ({ id }),
    toPoll: () => get('queue'),
    stateSchema: queueSchema,
    toState: ({ queue_running: running, queue_pending: pending }, { id }): ReadJobState => {
      const isJob = (entry: readonly unknown[]) => entry[1] === id;
      if (running.some(isJob)) return { kind: 'running' };
      const place = pending.find(isJob);
      if (place === undefined) return { kind: 'ready', request: get(`history/${encodeURIComponent(id)}`) };
      const before = pending.filter(([number]) => Number(number) < Number(place[0]));
      return { kind: 'queued', position: running.length + before.length };
    },
    /** Without the id an interrupt would stop whatever runs. */
    toCancel: ({ id }, { kind }) =>
      kind === 'queued' ? post('queue', { delete: [id] }) : post('interrupt', { prompt_id: id }),
    looksBeforeCancel: true,
  },
  line,
  limits: { minPollIntervalMs: 500 },
  health: get('system_stats'),
});

/** @throws AiImageError `not_configured`: a setting is missing or wrong */
export const createComfyui = comfyui.create;

function toSubmit(args: Args) {
  const { callId, format, partials } = args;
  return post('prompt', {
    prompt: graphOf(args),
    client_id: callId,
    extra_data: {
      ai_image: { format },
      ...(partials > 0 && { preview_method: 'auto' }),
    },
  });
}

/** The pictures that the workflow's own node saved; previews and those of other nodes are none. */
function itemsOf(history: History, model: string, settings: Settings): readonly ImageItem[] {
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

function whyNothing({ status }: History[string], output: string | undefined): string {
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

function toError(failure: Failure) {
  const found = 'node_errors' in failure ? failure.node_errors : undefined;
  const nodes = found && !Array.isArray(found) ? Object.entries(found) : [];
  const error = 'error' in failure ? failure.error : undefined;
  const words = typeof error === 'string' ? [error] : [error?.message, error?.details].filter(Boolean);
  const details = nodes.flatMap(([id, { class_type: name, errors }]) =>
    errors.map((each) => `node ${id} (${name}): ${each.message}: ${(each.details ?? '').slice(0, MAX_DETAILS)}`),
  );
  const isFile = nodes.some(([, { errors }]) => errors.some(({ type }) => type === 'value_not_in_list'));
  return {
    message: [...words, ...details].join('; '),
    hint: isFile ? 'Put the file where the server looks for it, or name another one.' : undefined,
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
