/**
 * xAI: one POST; the response has base64 images and reports its cost. Generations are similar to OpenAI's; edits are JSON. A refusal arrives
 * with status 200, as an item with `respect_moderation: false`. Sources: docs.x.ai, REST reference and "Debugging".
 */
import { dataUrl, defineProvider, type EditArgs, get, type ImageItem, post, type RequestArgs } from '../kit/index.ts';
import { about } from './about.ts';
import { defaultModel, models, tiers } from './models.ts';
import { errorSchema, optionsSchema, responseSchema, type XAiOptions } from './wire.ts';

const TICKS_PER_USD = 10_000_000_000;

export const xai = defineProvider({
  about,
  baseUrl: 'https://api.x.ai/v1',
  models,
  defaultModel,
  tiers,

  optionsSchema,
  toRequest: (args) => post('images/generations', fieldsOf(args)),
  toEdit: (args) => post('images/edits', { ...fieldsOf(args), ...imageFieldsOf(args) }),
  check: (args) =>
    'inputs' in args && args.inputs.length === 1 && args.aspectRatio !== undefined
      ? [
          {
            field: 'size',
            message: 'the result of an edit has the aspect ratio of the input image, so it cannot be chosen',
            hint: 'Leave out size and aspectRatio, or pass several images.',
          },
        ]
      : [],

  repliesHoldImages: true,
  responseSchema,
  toImages: ({ data, model }) =>
    (data ?? []).flatMap(
      ({ b64_json: bytes, url, revised_prompt: revisedPrompt, respect_moderation }): readonly ImageItem[] => {
        if (respect_moderation === false) return [{ refused: 'the image violates the content policy' }];
        if (bytes) return [{ bytes, revisedPrompt, model }];
        return url ? [{ link: url, revisedPrompt, model }] : [];
      },
    ),
  toUsage: ({ usage }) => ({ usd: usage?.cost_in_usd_ticks && usage.cost_in_usd_ticks / TICKS_PER_USD }),

  errorSchema,
  toError: ({ error, code }, { status }) => {
    const message = typeof error === 'string' ? error : error.message;
    return { message, code: codeOf(status, `${code ?? ''} ${message}`) };
  },
  health: get('image-generation-models'),
});

/** Creates the provider. @throws AiImageError `not_configured`: a setting is missing or wrong */
export const createXai = xai.create;

/**
 * Sends a quality to every model that has them: the vendor's default `auto` means `low` (edits: `medium`) since August 2026.
 * Source: docs.x.ai, "Release notes".
 */
function fieldsOf({ model, card, prompt, n, aspectRatio, tier, quality, options }: RequestArgs<XAiOptions>) {
  return {
    model,
    prompt,
    n: n > 1 ? n : undefined,
    response_format: 'b64_json',
    aspect_ratio: aspectRatio,
    resolution: tier,
    quality: quality ?? card.qualities?.standard,
    ...options,
  };
}

/** Sends data URLs, because the vendor fetches other URLs without a cache and with a timeout of five seconds. */
function imageFieldsOf({ inputs }: EditArgs<XAiOptions>) {
  const [first, ...others] = inputs.map((file) => ({ url: dataUrl(file), type: 'image_url' }));
  return others.length === 0 ? { image: first } : { images: [first, ...others] };
}

/** The vendor answers 400 to a wrong key too. The texts for a refused prompt are not documented (unverified). */
function codeOf(status: number, text: string) {
  if (status === 400 && /api key/i.test(text)) return 'authentication';
  if (status === 400 && /moderation|content policy|safety|guideline/i.test(text)) return 'content_refused';
  return status === 403 && /credit|spending|balance/i.test(text) ? 'quota_exhausted' : undefined;
}
