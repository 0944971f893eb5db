/**
 * Stability AI, REST v2beta: always a form, one picture a call. Pictures are asked for as bytes, which spares the base64; seed and reason come
 * in headers then. A filtered picture arrives blurred, with status 200. Two services answer with a job.
 * Sources: OpenAPI of the platform as generated into `Comfy-Org/ComfyUI`; `Stability-AI/ComfyUI-SAI_API`.
 */
import {
  defineProvider,
  type EditArgs,
  get,
  type ImageItem,
  jobSegment,
  postForm,
  type RequestArgs,
} from '../kit/index.ts';
import { about } from './about.ts';
import { check } from './check.ts';
import { defaultModel, defaultModels, JOBS, models, routeOf, tiers } from './models.ts';
import { errorSchema, type Options, optionsSchema, responseSchema, stateSchema, submittedSchema } from './wire.ts';

const PICTURE = { accept: 'image/*' };
const FILTERED = 'CONTENT_FILTERED';
/** The vendor asks for no more than one question in ten seconds. */
const POLL_MS = 10_000;
/** After too many requests nothing is answered for a minute; no header says so. */
const LOCKED_OUT_MS = 60_000;

export const stability = defineProvider({
  about,
  baseUrl: 'https://api.stability.ai',
  models,
  defaultModel,
  tiers,
  defaultModels,

  optionsSchema,
  toRequest: (args) => send(args, fieldsOf(args)),
  toEdit: (args) => send(args, { ...fieldsOf(args), ...picturesOf(args) }),
  check,

  responseSchema,
  toImages: (response, { headers }): readonly ImageItem[] => {
    const isRaw = response instanceof Uint8Array;
    const reason = isRaw ? headers['finish-reason'] : response.finish_reason;
    if (reason === FILTERED) return [{ refused: 'the picture was filtered and blurred' }];
    const bytes = isRaw ? response : (response.image ?? response.result);
    const seed = isRaw ? readSeed(headers.seed) : response.seed;
    return bytes ? [{ bytes, seed }] : [];
  },

  errorSchema,
  toError: ({ name, errors }, { status }) => {
    const message = errors?.join('; ') ?? name ?? 'no reason given';
    if (name === 'content_moderation') return { message, code: 'content_refused', charged: 'no' };
    return { message, retryAfterMs: status === 429 ? LOCKED_OUT_MS : undefined };
  },

  job: {
    isJob: ({ model }) => JOBS.includes(model),
    submittedSchema,
    toHandle: ({ id }) => ({ id }),
    toPoll: ({ id }) => ({ ...get(`v2beta/results/${jobSegment(id)}`), headers: PICTURE }),
    stateSchema,
    /** The status of the answer says how the job stands: only while it runs there is no picture in it. */
    toState: (state) =>
      state instanceof Uint8Array || state.status !== 'in-progress'
        ? { kind: 'done' }
        : { kind: 'running', retryAfterMs: POLL_MS },
  },
  health: get('v1/user/balance'),
});

/** @throws AiImageError `not_configured`: a setting is missing or wrong */
export const createStability = stability.create;

/** A header is a text. */
function readSeed(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function send(args: RequestArgs<Options>, fields: Parameters<typeof postForm>[1]) {
  const request = postForm(`v2beta/stable-image/${routeOf(args.model)}`, fields);
  return JOBS.includes(args.model) ? request : { ...request, headers: PICTURE };
}

function fieldsOf(args: RequestArgs<Options>) {
  const { model, prompt, negativePrompt, aspectRatio, seed, format, style, options } = args;
  const isRelight = model === 'replace-background-and-relight';
  return {
    [isRelight ? 'background_prompt' : 'prompt']: prompt === '' ? undefined : prompt,
    negative_prompt: negativePrompt,
    aspect_ratio: aspectRatio,
    seed,
    output_format: format,
    style_preset: style,
    ...(routeOf(model) === 'generate/sd3' && { model, ...('inputs' in args && { mode: 'image-to-image' }) }),
    ...options,
  };
}

function picturesOf({ model, inputs: [first, second], mask }: EditArgs<Options>) {
  switch (model) {
    case 'style-transfer':
      return { init_image: first, style_image: second };
    case 'replace-background-and-relight':
      return { subject_image: first };
    default:
      return { image: first, mask };
  }
}
