/**
 * Ideogram API v2: the model is part of the route. Requests are JSON for a prompt alone and a form with images. The vendor bills unsafe images
 * and withholds them. With `async` or `webhook_url`, and always on some routes, the response is a job. Source: developer.ideogram.ai, v2 reference (2026-11).
 */
import {
  defineProvider,
  type EditArgs,
  get,
  type ImageItem,
  jobFeature,
  jobSegment,
  jsonText,
  maskFeature,
  post,
  postForm,
  type RequestArgs,
  sizeText,
} from '../kit/index.ts';
import { about } from './about.ts';
import { check } from './check.ts';
import { defaultModel, defaultModels, JOBS, models, routeOf, tiers } from './models.ts';
import { webhook } from './webhook.ts';
import {
  errorSchema,
  type IdeogramOptions,
  optionsSchema,
  quoteSchema,
  responseSchema,
  settingsSchema,
  stateSchema,
  submittedSchema,
} from './wire.ts';

const MICROS = 1_000_000;
/** The vendor answers 429 to faster polls. */
const POLL_MS = 2_500;
const DRY_RUN = { dry_run: 'true' };
const GENERATE = 'v2/image/generate/';
/** Other routes may ignore `dry_run`, and generate and bill the image. */
const QUOTE_ROUTES = [GENERATE, 'v2/image/upscale/'];
const UNSAFE = /safety|unsafe|moderation|copyright/i;
const QUOTA_REASONS = ['daily_limit', 'priority_credit_required', 'feature_limit'];

export const ideogram = defineProvider({
  about,
  settingsSchema,
  baseUrl: 'https://api.ideogram.ai',
  models,
  masks: maskFeature,
  defaultModel,
  tiers,
  defaultModels,

  optionsSchema,
  toRequest: (args) => post(pathOf(args), fieldsOf(args)),
  toEdit: (args) => postForm(pathOf(args), { ...toTexts(fieldsOf(args)), ...imageFieldsOf(args) }),
  check,

  responseSchema,
  toImages: ({ data }) =>
    (data ?? []).flatMap(({ url, prompt: revisedPrompt, is_image_safe: isSafe, seed }): readonly ImageItem[] => {
      if (isSafe === false) return [{ refused: 'the vendor found the image unsafe, and bills it anyway' }];
      return url ? [{ link: url, revisedPrompt, seed }] : [];
    }),
  toUsage: ({ usage_cost_usd_micros: micros }) => (typeof micros === 'number' ? { usd: micros / MICROS } : undefined),

  errorSchema,
  toError: ({ error, reject_reason: reason, message }, { status }) => {
    const text = [error ?? message, reason && `(${reason})`].filter(Boolean).join(' ');
    if (status === 422 && UNSAFE.test(text)) return { message: text, code: 'content_refused', charged: 'no' };
    return { message: text, code: reason && QUOTA_REASONS.includes(reason) ? 'quota_exhausted' : undefined };
  },

  job: {
    feature: jobFeature,
    isJob: ({ model, options }) => options.async === true || options.webhook_url !== undefined || JOBS.includes(model),
    submittedSchema,
    toHandle: ({ generation_id: id, data }) => ({ id, isDone: (data ?? []).length > 0 }),
    toPoll: ({ id }) => get(`v2/generations/${jobSegment(id)}`),
    stateSchema,
    toState: ({ status, failure_reason: reason }) => {
      if (!status) return { kind: 'unclear' };
      if (status === 'completed') return { kind: 'done' };
      if (status !== 'failed') return { kind: 'running', retryAfterMs: POLL_MS };
      const message = reason ?? 'the job failed, no reason given';
      return { kind: 'failed', message, code: UNSAFE.test(message) ? 'content_refused' : undefined };
    },
  },
  webhook,
  quote: {
    toRequest: (submit) =>
      QUOTE_ROUTES.some((route) => submit.url.startsWith(route)) ? { ...submit, query: DRY_RUN } : undefined,
    responseSchema: quoteSchema,
    toUsd: ({ usd_micros: estimate, qualifier, upper_bound_usd_micros: max }) =>
      (qualifier === 'exact' ? estimate : (max ?? estimate)) / MICROS,
  },
  /** Asks for the price of a small image, which is the only request known to be free. */
  health: { ...post(`${GENERATE}${defaultModel}`, { prompt: 'a', quality: 'low' }), query: DRY_RUN },
});

/** Creates the provider. @throws AiImageError `not_configured`: a setting is missing or wrong */
export const createIdeogram = ideogram.create;

type Args = RequestArgs<IdeogramOptions> | EditArgs<IdeogramOptions>;

const operationOf = (args: Args) => ('inputs' in args ? args.operation : undefined);
const pathOf = (args: Args) => `v2/image/${routeOf(args.model, operationOf(args))}`;

function fieldsOf(args: Args) {
  const { model, prompt, negativePrompt, n, size, aspectRatio, style, quality, seed, options } = args;
  const isLater = !/^(?:ideogram-3|ideogram-4$|ideogram-4-[a-z]|replace-background$)/.test(model);
  const isGenerate = pathOf(args).startsWith(GENERATE);
  const pixels = size && sizeText(size);
  const sizeOf = () => {
    if (aspectRatio !== undefined) return { aspect_ratio: aspectRatio.replace(':', 'x') };
    return isLater
      ? { size: pixels ?? (isGenerate && 'inputs' in args ? 'source' : undefined) }
      : { resolution: pixels };
  };
  return {
    prompt: prompt === '' ? undefined : prompt,
    negative_prompt: negativePrompt,
    num_images: n > 1 ? n : undefined,
    ...sizeOf(),
    [isLater ? 'quality' : 'rendering_speed']: quality,
    style_type: style,
    seed,
    // Without it the vendor decides, and may rewrite the prompt.
    ...(isGenerate && { magic_prompt: 'off' }),
    ...options,
  };
}

function imageFieldsOf(args: EditArgs<IdeogramOptions>) {
  const [first, ...others] = args.inputs;
  if (args.model === 'ideogram-3-character')
    return { character_reference_images: first, style_reference_images: others };
  if (pathOf(args).startsWith(GENERATE)) return { images: args.inputs };
  return { image: first, mask: args.mask, reference_images: others };
}

/** Encodes fields for a form: a list repeats its name, and an object becomes JSON. */
function toTexts(fields: Readonly<Record<string, unknown>>): Parameters<typeof postForm>[1] {
  type Value = Parameters<typeof postForm>[1][string];
  const toText = (value: unknown) =>
    typeof value === 'object' && !Array.isArray(value) && value !== null ? jsonText(value) : (value as Value);
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, toText(value)]));
}
