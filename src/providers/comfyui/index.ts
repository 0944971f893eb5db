/**
 * ComfyUI: a self-hosted server that runs graphs of nodes. A model is a workflow here, and the model id is its name. The server's API is not
 * guaranteed to be stable across releases; the parts used here exist since 2023, except `prompt_id` in an interrupt, which older servers ignore.
 * Sources: GitHub `Comfy-Org/ComfyUI` 0.38.1: `server.py`, `execution.py`, `nodes.py`, `openapi.yaml`.
 */
import {
  type AuthStrategy,
  basicAuth as basic,
  bearerAuth,
  defineProvider,
  get,
  jobFeature,
  jobSegment,
  noAuth,
  post,
  postForm,
  type ReadJobState,
  uploadFeature,
  whiteMaskFeature,
} from '../kit/index.ts';
import { about } from './about.ts';
import { check } from './check.ts';
import { lookup } from './lookup.ts';
import { defaultModel, models, ownModels, tiers } from './models.ts';
import { graphOf, type WorkflowArgs } from './requests.ts';
import { faultsOf, itemsOf, toError } from './responses.ts';
import { jobWebSocket } from './websocket.ts';
import {
  type ComfySettings,
  errorSchema,
  historySchema,
  optionsSchema,
  queueSchema,
  settingsSchema,
  submittedSchema,
  uploadSchema,
} from './wire.ts';

/** The server's folder for uploaded inputs. */
const UPLOAD_FOLDER = 'ai-image';

export const comfyui = defineProvider({
  about,
  settingsSchema,
  secretSettings: ['basicAuth'],
  baseUrl: 'http://127.0.0.1:8188',
  toAuth,
  models,
  masks: whiteMaskFeature,
  ownModels,
  defaultModel,
  tiers,
  sendsRandomSeed: true,

  optionsSchema,
  toRequest: (args) => toSubmit(args),
  toEdit: (args) => toSubmit(args),
  check,
  lookup,
  /** The server renames a file whose name is taken by other content, so the name in the response counts. */
  upload: {
    feature: uploadFeature,
    toRequest: (file) => postForm('upload/image', { image: file, type: 'input', subfolder: UPLOAD_FOLDER }),
    responseSchema: uploadSchema,
    toReference: ({ name, subfolder }) => (subfolder ? `${subfolder}/${name}` : name),
  },

  responseSchema: historySchema,
  toImages: (history, { model, settings }) => itemsOf(history, model, settings),

  errorSchema,
  toError,
  /** Python writes NaN and Infinity into JSON. */
  nonFinite: 'null',

  job: {
    feature: jobFeature,
    submittedSchema,
    toHandle: ({ prompt_id: id, node_errors }) => ({ id, remarks: faultsOf(node_errors) }),
    toPoll: () => get('queue'),
    stateSchema: queueSchema,
    toState: ({ queue_running: running, queue_pending: pending }, { id }): ReadJobState => {
      const isJob = (each: readonly unknown[]) => each[1] === id;
      if (running?.some(isJob)) return { kind: 'running' };
      const entry = pending?.find(isJob);
      if (entry === undefined && !(running && pending)) return { kind: 'unclear' };
      if (entry === undefined) return { kind: 'ready', request: get(`history/${jobSegment(id)}`) };
      const before = (pending ?? []).filter(([number]) => Number(number) < Number(entry[0]));
      return { kind: 'queued', position: (running?.length ?? 0) + before.length };
    },
    /** Without the id, an interrupt would stop whichever job is running. */
    toCancel: ({ id }, { kind }) =>
      kind === 'queued' ? post('queue', { delete: [id] }) : post('interrupt', { prompt_id: id }),
    looksBeforeCancel: true,
  },
  jobWebSocket,
  limits: { minPollIntervalMs: 500 },
  health: get('system_stats'),
});

/** Creates the provider. @throws AiImageError `not_configured`: a setting is missing or wrong */
export const createComfyui = comfyui.create;

/** The server has no authentication: the credentials are for a proxy in front of it. */
function toAuth({ apiKey, basicAuth }: ComfySettings & { readonly apiKey?: string }): AuthStrategy {
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
