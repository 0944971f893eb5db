/**
 * Recraft: generations are JSON requests similar to OpenAI's; each operation on an image is a form with its own route. Every response reports
 * its cost. Source: OpenAPI document of external.api.recraft.ai (2026-08-21); recraft.ai documentation of 2026-10.
 */
import {
  defineProvider,
  type EditArgs,
  get,
  type ImageItem,
  jsonText,
  post,
  postForm,
  type RequestArgs,
  sizeText,
  svgFeature,
  whiteMaskFeature,
} from '../kit/index.ts';
import { about } from './about.ts';
import { check } from './check.ts';
import { defaultModel, defaultModels, isStyled, isTool, models, tiers } from './models.ts';
import { errorSchema, optionsSchema, type RecraftOptions, responseSchema } from './wire.ts';

const CREDITS_PER_USD = 1000;

export const recraft = defineProvider({
  about,
  baseUrl: 'https://external.api.recraft.ai/v1',
  models,
  masks: whiteMaskFeature,
  svg: svgFeature,
  defaultModel,
  tiers,
  defaultModels,

  optionsSchema,
  toRequest: (args) => post('images/generations', fieldsOf(args)),
  toEdit: (args) =>
    isStyled(args.model)
      ? postForm('images/generations', { ...toTexts(fieldsOf(args)), style_references: args.inputs })
      : postForm(`images/${routeOf(args)}`, { ...toTexts(fieldsOf(args)), image: args.inputs[0], mask: args.mask }),
  check,

  responseSchema,
  toImages: ({ data, image }) =>
    [...(data ?? []), ...(image ? [image] : [])].flatMap(
      ({ b64_json, url, revised_prompt: revisedPrompt }): readonly ImageItem[] => {
        if (b64_json) return [{ bytes: b64_json, revisedPrompt }];
        return url ? [{ link: url, revisedPrompt }] : [];
      },
    ),
  toUsage: ({ credits }) => (typeof credits === 'number' ? { usd: credits / CREDITS_PER_USD } : undefined),

  errorSchema,
  toError: ({ message, code }, { status }) => ({ message, code: codeOf(status, `${code ?? ''} ${message}`) }),
  health: get('users/me'),
});

/** Creates the provider. @throws AiImageError `not_configured`: a setting is missing or wrong */
export const createRecraft = recraft.create;

function routeOf({ model, operation }: EditArgs<RecraftOptions>): string {
  if (isTool(model)) return model;
  return operation === 'edit' ? 'imageToImage' : operation;
}

/** The vendor defaults to a link to a WebP: the adapter keeps that format, and requests base64 instead of a link. */
function fieldsOf(args: RequestArgs<RecraftOptions>) {
  const { model, prompt, negativePrompt, n, size, aspectRatio, style, seed, format, options } = args;
  return {
    model: isTool(model) ? undefined : model,
    prompt: prompt === '' ? undefined : prompt,
    negative_prompt: negativePrompt,
    n: n > 1 ? n : undefined,
    size: aspectRatio ?? (size && sizeText(size)),
    style,
    random_seed: seed,
    response_format: 'b64_json',
    image_format: format === 'svg' ? undefined : format,
    ...options,
  };
}

/** Encodes fields for a form; lists and objects become JSON. */
function toTexts(
  fields: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string | number | boolean | undefined>> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'object' && value !== null ? jsonText(value) : (value as string | number | boolean | undefined),
    ]),
  );
}

/** The texts of refusals are not documented (unverified). */
function codeOf(status: number, text: string) {
  if (/not.enough.credits|insufficient.credits/i.test(text)) return 'quota_exhausted';
  return status === 400 && /moderat|nsfw|content.policy/i.test(text) ? 'content_refused' : undefined;
}
