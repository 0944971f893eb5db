/**
 * ComfyUI: a server that runs graphs of nodes. The unit is a workflow: what other vendors call a model is its name here. Its raw API makes no
 * promise across releases; what is used of it has been there since 2023, but for `prompt_id` in an interrupt, which older servers do not read.
 * Sources: GitHub `Comfy-Org/ComfyUI` 0.38.1: `server.py`, `execution.py`, `nodes.py`, `openapi.yaml`.
 */
import {
  type AuthStrategy,
  basicAuth as basic,
  bearerAuth,
  defineProvider,
  get,
  jobSegment,
  noAuth,
  post,
  postForm,
  type ReadJobState,
} from '../kit/index.ts';
import { about } from './about.ts';
import { faultsOf, itemsOf, toError } from './answers.ts';
import { graphOf, type WorkflowArgs } from './build.ts';
import { check } from './check.ts';
import { lookup } from './lookup.ts';
import { defaultModel, models, ownModels, tiers } from './models.ts';
import { line } from './news.ts';
import {
  errorSchema,
  historySchema,
  optionsSchema,
  queueSchema,
  type Settings,
  settingsSchema,
  submittedSchema,
  uploadSchema,
} from './wire.ts';

/** Where uploaded inputs lie, so that people find them. */
const FOLDER = 'ai-image';

export const comfyui = defineProvider({
  about,
  settingsSchema,
  secretSettings: ['basicAuth'],
  baseUrl: 'http://127.0.0.1:8188',
  toAuth,
  models,
  ownModels,
  defaultModel,
  tiers,
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
  toError,
  /** Python writes its numbers so. */
  nonFinite: 'null',

  job: {
    submittedSchema,
    toHandle: ({ prompt_id: id, node_errors }) => ({ id, remarks: faultsOf(node_errors) }),
    toPoll: () => get('queue'),
    stateSchema: queueSchema,
    toState: ({ queue_running: running, queue_pending: pending }, { id }): ReadJobState => {
      const isJob = (entry: readonly unknown[]) => entry[1] === id;
      if (running?.some(isJob)) return { kind: 'running' };
      const place = pending?.find(isJob);
      if (place === undefined && !(running && pending)) return { kind: 'unclear' };
      if (place === undefined) return { kind: 'ready', request: get(`history/${jobSegment(id)}`) };
      const before = (pending ?? []).filter(([number]) => Number(number) < Number(place[0]));
      return { kind: 'queued', position: (running?.length ?? 0) + before.length };
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

/** The server knows no credential itself: what is set is for a proxy before it. */
function toAuth({ apiKey, basicAuth }: Settings & { readonly apiKey?: string }): AuthStrategy {
  if (basicAuth !== undefined) return basic(basicAuth);
  return apiKey === undefined ? noAuth : bearerAuth(apiKey);
}

function toSubmit(args: WorkflowArgs) {
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
