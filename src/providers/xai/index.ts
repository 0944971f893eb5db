/**
 * xAI: one POST; pictures come back as base64 in the reply, and every reply reports its cost. Alike to OpenAI for generations only: edits are
 * JSON. A refusal arrives with status 200, as an item that does not respect moderation. Sources: docs.x.ai, REST reference and "Debugging".
 */
import { dataUrl, defineProvider, type EditArgs, get, type ImageItem, post, type RequestArgs } from '../kit/index.ts';
import { about } from './about.ts';
import { defaultModel, models, tiers } from './models.ts';
import { errorSchema, type Options, optionsSchema, responseSchema } from './wire.ts';

const TICKS_PER_USD = 10_000_000_000;

export const xai = defineProvider({
  about,
  baseUrl: 'https://api.x.ai/v1',
  models,
  defaultModel,
  tiers,

  optionsSchema,
  toRequest: (args) => post('images/generations', fieldsOf(args)),
  toEdit: (args) => post('images/edits', { ...fieldsOf(args), ...picturesOf(args) }),
  check: (args) =>
    'inputs' in args && args.inputs.length === 1 && args.aspectRatio !== undefined
      ? [
          {
            field: 'size',
            message: 'the picture that comes has the shape of the one that is edited',
            hint: 'Leave size and aspectRatio out, or pass several pictures.',
          },
        ]
      : [],

  responseSchema,
  toImages: ({ data, model }) =>
    (data ?? []).flatMap(
      ({ b64_json: bytes, url, revised_prompt: revisedPrompt, respect_moderation }): readonly ImageItem[] => {
        if (respect_moderation === false) return [{ refused: 'it does not respect the content policy' }];
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

/** @throws AiImageError `not_configured`: a setting is missing or wrong */
export const createXai = xai.create;

/**
 * A model that has qualities always gets one: without it the vendor generates at `auto`, which is `low` (edits: `medium`) since August 2026.
 * Source: docs.x.ai, "Release notes".
 */
function fieldsOf({ model, card, prompt, n, aspectRatio, tier, quality, options }: RequestArgs<Options>) {
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

/** As data: links, since the vendor fetches others without a cache and gives up after five seconds. */
function picturesOf({ inputs }: EditArgs<Options>) {
  const [first, ...others] = inputs.map((file) => ({ url: dataUrl(file), type: 'image_url' }));
  return others.length === 0 ? { image: first } : { images: [first, ...others] };
}

/** A wrong key is answered with 400 too. The words of a refused prompt are not documented: unverified. */
function codeOf(status: number, words: string) {
  if (status === 400 && /api key/i.test(words)) return 'authentication';
  if (status === 400 && /moderation|content policy|safety|guideline/i.test(words)) return 'content_refused';
  return status === 403 && /credit|spending|balance/i.test(words) ? 'quota_exhausted' : undefined;
}
