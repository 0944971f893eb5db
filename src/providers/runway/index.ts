/**
 * Runway: every image is a task, polled every five seconds or slower. The field `ratio` holds a size in pixels.
 * Source: npm `@runwayml/sdk` 4.20.1; failure codes from GitHub `runwayml/skills` (2026-04-21) and docs.dev.runwayml.com.
 */
import {
  dataUrl,
  defineProvider,
  type EditArgs,
  get,
  type InputFile,
  jobFeature,
  jobSegment,
  post,
  type ReadError,
  type ReadJobState,
  type RequestArgs,
  storeForm,
  uploadFeature,
} from '../kit/index.ts';
import { about } from './about.ts';
import { check } from './check.ts';
import { defaultModel, defaultRatio, models, tiers, USD_PER_CREDIT } from './models.ts';
import { errorSchema, optionsSchema, type RunwayOptions, submittedSchema, taskSchema, uploadSchema } from './wire.ts';

type Args = RequestArgs<RunwayOptions> | EditArgs<RunwayOptions>;

/** The API version; the vendor requires the header. */
const VERSION = '2024-11-06';
/** A data URL may have five million characters; 64 are reserved for its prefix. */
const INLINE_BYTES = Math.floor(((5_000_000 - 64) * 3) / 4);

export const runway = defineProvider({
  about,
  /** The production host of the developer platform, despite `dev` in its name. */
  baseUrl: 'https://api.dev.runwayml.com/v1',
  toHeaders: () => ({ 'x-runway-version': VERSION }),
  models,
  defaultModel,
  tiers,
  defaultModels: { upscale: 'magnific_precision_upscaler_v2' },

  optionsSchema,
  toRequest: (args) => post('text_to_image', fieldsOf(args)),
  toEdit: (args) =>
    args.operation === 'upscale'
      ? post('image_upscale', { model: args.model, imageUri: uriOf(args.inputs[0]), ...args.options })
      : post('text_to_image', { ...fieldsOf(args), ...referencesOf(args) }),
  check,
  upload: {
    feature: uploadFeature,
    isNeeded: ({ bytes }) => bytes.length > INLINE_BYTES,
    toRequest: ({ fileName }) => post('uploads', { filename: fileName, type: 'ephemeral' }),
    responseSchema: uploadSchema,
    toTarget: ({ uploadUrl, fields }, file) => storeForm(uploadUrl, fields, file),
    toReference: ({ runwayUri }) => runwayUri,
  },

  responseSchema: taskSchema,
  toImages: ({ output }) => (output ?? []).map((link) => ({ link })),
  toUsage: ({ cost }) => ({ usd: typeof cost?.credits === 'number' ? cost.credits * USD_PER_CREDIT : undefined }),

  errorSchema,
  toError: ({ error, issues }, { status }): ReadError => {
    const details = (issues ?? []).map(({ path, message }) => [path?.join('.'), message].filter(Boolean).join(': '));
    const message = [error, ...details].join('; ');
    // The text for an empty account is verified; its status is not.
    if (status === 400 && /\bcredits\b/i.test(error)) return { message, code: 'quota_exhausted' };
    return { message, code: status === 429 && /\bdaily\b/i.test(error) ? 'quota_exhausted' : undefined };
  },

  job: {
    feature: jobFeature,
    submittedSchema,
    toHandle: ({ id }) => ({ id }),
    toPoll: ({ id }) => get(`tasks/${jobSegment(id)}`),
    stateSchema: taskSchema,
    toJobId: ({ id }) => id,
    toState: ({ status, progress, failure, failureCode }): ReadJobState => {
      switch (status) {
        case 'SUCCEEDED':
          return { kind: 'done' };
        case 'PENDING':
        case 'THROTTLED': // the account is at its concurrency limit; the task starts later by itself
          return { kind: 'queued' };
        case 'FAILED':
          return {
            kind: 'failed',
            message: [failureCode, failure].filter(Boolean).join(': ') || 'no reason given',
            code: codeOf(failureCode ?? ''),
          };
        case 'CANCELLED':
          return { kind: 'failed', message: 'cancelled' };
        case null:
        case undefined:
        case '':
          return { kind: 'unclear' };
        default:
          return { kind: 'running', fraction: progress ?? undefined, message: status };
      }
    },
    /** Deletes the images of a finished task, so the task is polled first. */
    toCancel: ({ id }) => ({ method: 'DELETE', url: `tasks/${jobSegment(id)}` }),
    looksBeforeCancel: true,
  },
  /** The vendor does not update a task more often. */
  limits: { minPollIntervalMs: 5_000 },
  health: get('organization'),
});

/** Creates the provider. @throws AiImageError `not_configured`: a setting is missing or wrong */
export const createRunway = runway.create;

function fieldsOf({ model, card, prompt, n, size, quality, seed, safety, format, background, options }: Args) {
  return {
    model,
    promptText: prompt,
    ratio: options.ratio ?? (size === undefined ? defaultRatio(card) : `${size.width}:${size.height}`),
    seed,
    contentModeration: safety === undefined ? undefined : { publicFigureThreshold: safety },
    outputCount: n > 1 ? n : undefined,
    quality: quality ?? options.quality,
    background,
    outputFormat: format,
    grounding: options.grounding,
  };
}

function referencesOf({ model, inputs, options: { tags, subjects, edit } }: EditArgs<RunwayOptions>) {
  return {
    referenceImages: inputs.map((file, at) => ({ uri: uriOf(file), tag: tags?.[at], subject: subjects?.[at] })),
    edit: edit ?? (model.startsWith('grok') || undefined),
  };
}

const uriOf = (file: InputFile) => file.reference ?? dataUrl(file);

/** Maps a failure code by its parts, because the vendor adds and removes codes. */
function codeOf(failureCode: string): Extract<ReadJobState, { kind: 'failed' }>['code'] {
  if (failureCode.includes('SAFETY')) return 'content_refused';
  return failureCode.startsWith('ASSET') ? 'invalid_request' : undefined;
}
