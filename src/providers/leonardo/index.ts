/**
 * Leonardo.Ai: jobs are created on v2 of its REST API, files uploaded and jobs followed on v1. An error may come with status 200. Pictures
 * that the vendor marks as `nsfw` are there and paid for, and are handed out. Left out: inpainting on a v1 canvas, whose mask's polarity is
 * not published, and taking away backgrounds, which works on Leonardo's own pictures only.
 * Sources: docs.leonardo.ai, model guides (2026-07); OpenAPI document of REST v1 (2026-05-21); npm `@leonardo-ai/sdk` 4.21.3.
 */
import {
  defineProvider,
  type EditArgs,
  get,
  jobSegment,
  post,
  type ReadJobState,
  type RequestArgs,
  storeForm,
} from '../kit/index.ts';
import { about } from './about.ts';
import { check } from './check.ts';
import { toError } from './failures.ts';
import { defaultModel, guidancesOf, isUpscaler, models, qualityFieldOf, tiers } from './models.ts';
import { STYLE_IDS } from './styles.ts';
import {
  errorSchema,
  isUltra,
  type Options,
  optionsSchema,
  refusalSchema,
  type Submitted,
  stateSchema,
  submittedSchema,
  uploadSchema,
} from './wire.ts';

type Args = RequestArgs<Options> | EditArgs<Options>;

export const leonardo = defineProvider({
  about,
  baseUrl: 'https://cloud.leonardo.ai/api/rest',
  models,
  defaultModel,
  tiers,
  defaultModels: { upscale: 'universal-upscaler' },

  optionsSchema,
  toRequest: (args) => post('v2/generations', bodyOf(args)),
  toEdit: (args) =>
    isUpscaler(args.model)
      ? post('v1/variations/universal-upscaler', upscaleOf(args))
      : post('v2/generations', bodyOf(args, guidanceOf(args))),
  check,
  upload: {
    toRequest: ({ format }) => post('v1/init-image', { extension: format === 'jpeg' ? 'jpg' : format }),
    answerSchema: uploadSchema,
    toTarget: ({ uploadInitImage: { url, fields } }, file) => storeForm(url, fields, file),
    toReference: ({ uploadInitImage: { id } }) => id,
  },

  responseSchema: stateSchema,
  toImages: ({ generations_by_pk: job, generated_image_variation_generic: variations }) =>
    [...(job?.generated_images ?? []), ...(variations ?? [])].flatMap(({ url }) =>
      url ? [{ link: url, seed: job?.seed }] : [],
    ),

  errorSchema,
  refusalSchema,
  toError,

  job: {
    submittedSchema,
    toHandle: (submitted) => {
      const { id, cost } = jobOf(submitted);
      return { id, state: { usd: cost?.unit === 'DOLLARS' ? usdOf(cost.amount) : undefined } };
    },
    toUsage: ({ state }) => state as { readonly usd?: number }, // what `toHandle` gave
    toPoll: ({ id }, { model }) => get(`v1/${isUpscaler(model) ? 'variations' : 'generations'}/${jobSegment(id)}`),
    stateSchema,
    toJobId: ({ generations_by_pk: job }) => job?.id,
    toState: ({ generations_by_pk: job, generated_image_variation_generic: variations }): ReadJobState => {
      const status = job?.status ?? variations?.[0]?.status;
      if (status === 'COMPLETE') return { kind: 'done' };
      if (status === 'FAILED') return { kind: 'failed', message: 'the vendor gives no reason' };
      if (status) return { kind: 'running', message: status };
      // Not there yet, or in words that cannot be read.
      return job || variations?.length ? { kind: 'unclear' } : { kind: 'running', message: 'PENDING' };
    },
  },
  /** As often as the vendor advises. */
  limits: { minPollIntervalMs: 2_000 },
  health: get('v1/me'),
});

/** @throws AiImageError `not_configured`: a setting is missing or wrong */
export const createLeonardo = leonardo.create;

/** What is not said here, the vendor fills in: four pictures, a rewritten prompt, a place in the community's feed. */
function bodyOf({ model, prompt, negativePrompt, n, size, style, quality, seed, options }: Args, guidances?: object) {
  const styleId = style === undefined ? options.style_id : STYLE_IDS[style];
  return {
    model,
    public: options.public ?? false,
    parameters: {
      prompt,
      negative_prompt: negativePrompt,
      width: size?.width,
      height: size?.height,
      quantity: n,
      seed,
      [qualityFieldOf(model)]: quality,
      style_ids: styleId === undefined ? undefined : [styleId],
      prompt_enhance: options.prompt_enhance ?? 'OFF',
      contrast: options.contrast,
      tiling: options.tiling,
      guidances,
    },
  };
}

function guidanceOf({ model, inputs, options: { guidance, strength } }: EditArgs<Options>) {
  return {
    [guidance ?? guidancesOf(model)[0]]: inputs.map(({ reference }) => ({
      image: { id: reference, type: 'UPLOADED' },
      strength,
    })),
  };
}

function upscaleOf({ prompt, inputs: [{ reference }], options }: EditArgs<Options>) {
  const { upscaleStyle, ...others } = options;
  const style = { [isUltra(upscaleStyle) ? 'ultraUpscaleStyle' : 'upscalerStyle']: upscaleStyle };
  return { initImageId: reference, prompt: prompt === '' ? undefined : prompt, ...style, ...others };
}

/** @returns undefined for what is no amount */
function usdOf(amount: string | number | null | undefined): number | undefined {
  const usd = Number(amount ?? Number.NaN);
  return Number.isFinite(usd) ? usd : undefined;
}

function jobOf(submitted: Submitted) {
  if ('universalUpscaler' in submitted) return submitted.universalUpscaler;
  const { generationId: id, cost } =
    'generate' in submitted
      ? submitted.generate
      : 'sdGenerationJob' in submitted
        ? submitted.sdGenerationJob
        : submitted;
  return { id, cost };
}
