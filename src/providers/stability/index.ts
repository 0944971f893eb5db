/**
 * Stability AI, REST v2beta: every request is a form for one image. The adapter requests raw bytes instead of base64; seed and finish reason
 * are then in headers. A filtered image arrives blurred, with status 200. Two services answer with a job.
 * Sources: OpenAPI of the platform as generated into `Comfy-Org/ComfyUI`; `Stability-AI/ComfyUI-SAI_API`.
 */
import {
  defineProvider,
  type EditArgs,
  get,
  type ImageItem,
  jobFeature,
  jobSegment,
  postForm,
  type RequestArgs,
  whiteMaskFeature,
} from '../kit/index.ts';
import { about } from './about.ts';
import { check } from './check.ts';
import { defaultModel, defaultModels, JOBS, models, routeOf, tiers } from './models.ts';
import {
  errorSchema,
  optionsSchema,
  responseSchema,
  type StabilityOptions,
  stateSchema,
  submittedSchema,
} from './wire.ts';

const ACCEPT_BYTES = { accept: 'image/*' };
const FILTERED = 'CONTENT_FILTERED';
/** The vendor allows one poll in ten seconds. */
const POLL_MS = 10_000;
/** After too many requests the vendor refuses all requests for a minute; no header says so. */
const LOCKED_OUT_MS = 60_000;

export const stability = defineProvider({
  about,
  baseUrl: 'https://api.stability.ai',
  models,
  masks: whiteMaskFeature,
  defaultModel,
  tiers,
  defaultModels,

  optionsSchema,
  toRequest: (args) => send(args, fieldsOf(args)),
  toEdit: (args) => send(args, { ...fieldsOf(args), ...imageFieldsOf(args) }),
  check,

  repliesHoldImages: true,
  responseSchema,
  toImages: (response, { headers }): readonly ImageItem[] => {
    const isRaw = response instanceof Uint8Array;
    const reason = isRaw ? headers['finish-reason'] : response.finish_reason;
    if (reason === FILTERED) return [{ refused: 'the content filter blurred the image' }];
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
    feature: jobFeature,
    isJob: ({ model }) => JOBS.includes(model),
    submittedSchema,
    toHandle: ({ id }) => ({ id }),
    toPoll: ({ id }) => ({ ...get(`v2beta/results/${jobSegment(id)}`), headers: ACCEPT_BYTES }),
    stateSchema,
    /** The response contains the image, except while the job is running. */
    toState: (state) =>
      state instanceof Uint8Array || state.status !== 'in-progress'
        ? { kind: 'done' }
        : { kind: 'running', retryAfterMs: POLL_MS },
  },
  health: get('v1/user/balance'),
});

/** Creates the provider. @throws AiImageError `not_configured`: a setting is missing or wrong */
export const createStability = stability.create;

/** Reads the seed from a header. */
function readSeed(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function send(args: RequestArgs<StabilityOptions>, fields: Parameters<typeof postForm>[1]) {
  const request = postForm(`v2beta/stable-image/${routeOf(args.model)}`, fields);
  return JOBS.includes(args.model) ? request : { ...request, headers: ACCEPT_BYTES };
}

function fieldsOf(args: RequestArgs<StabilityOptions>) {
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

function imageFieldsOf({ model, inputs: [first, second], mask }: EditArgs<StabilityOptions>) {
  switch (model) {
    case 'style-transfer':
      return { init_image: first, style_image: second };
    case 'replace-background-and-relight':
      return { subject_image: first };
    default:
      return { image: first, mask };
  }
}
