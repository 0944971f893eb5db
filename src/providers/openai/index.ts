/** OpenAI Images: JSON for generations, a form for edits; base64 in the response or in events. Source: npm openai 7.59.0, "Images". */
import * as z from 'zod/mini';
import {
  openaiAccept,
  openaiEvent,
  openaiFields,
  openaiImages,
  openaiResponse,
  toOpenAiEvent,
  toOpenAiImages,
  toOpenAiUsage,
} from '../kit/families/openai-images.ts';
import {
  defineProvider,
  type EditArgs,
  get,
  maskFeature,
  post,
  postForm,
  streamFeature,
  svgFeature,
} from '../kit/index.ts';
import { about } from './about.ts';
import { check } from './check.ts';
import { defaultModel, models, tiers } from './models.ts';
import { errorSchema, type OpenAiOptions, optionsSchema } from './wire.ts';

export const openai = defineProvider({
  about,
  baseUrl: 'https://api.openai.com/v1',
  models,
  masks: maskFeature,
  svg: svgFeature,
  defaultModel,
  tiers,

  settingsSchema: z.strictObject({ organization: z.optional(z.string()), project: z.optional(z.string()) }),
  toHeaders: ({ organization, project }) => ({ 'openai-organization': organization, 'openai-project': project }),

  optionsSchema,
  toRequest: (args) => post('images/generations', openaiFields(args), openaiAccept(args)),
  toEdit: (args) => ({ ...postForm('images/edits', editFieldsOf(args)), headers: openaiAccept(args) }),
  check,

  repliesHoldImages: true,
  responseSchema: openaiResponse,
  toImages: toOpenAiImages,
  toUsage: ({ usage }) => toOpenAiUsage(usage),

  toPricedQuality: ({ options: { quality } }) => (quality === 'auto' ? undefined : quality),

  errorSchema,
  toError: ({ error }, { status }) => ({ message: error.message, ...meaningOf(error.code, status) }),

  stream: { feature: streamFeature, eventSchema: openaiEvent, toEvent: (event) => toOpenAiEvent(event, meaningOf) },
  health: get('models'),
});

/** Creates the provider. @throws AiImageError `not_configured`: a setting is missing or wrong */
export const createOpenAI = openai.create;

function editFieldsOf(args: EditArgs<OpenAiOptions>) {
  const { svg, ...fields } = openaiFields(args);
  const { options, inputs } = args;
  const markup =
    options.markup &&
    ({ ...inputs[0], bytes: options.markup, format: 'png', mediaType: 'image/png', fileName: 'markup.png' } as const);
  /** The form encoding of nested fields in the vendor's own client. */
  const svgFields = { 'svg[model]': svg?.model, 'svg[reasoning][effort]': svg?.reasoning?.effort };
  return { ...fields, ...svgFields, ...openaiImages(args), markup };
}

function meaningOf(code: string | null | undefined, status: number) {
  switch (code) {
    case 'moderation_blocked':
    case 'content_policy_violation':
      return { code: 'content_refused', hint: 'Change the prompt or the inputs.' } as const;
    case 'insufficient_quota':
    case 'credit_balance_exhausted':
    case 'billing_hard_limit_reached':
      return { code: 'quota_exhausted' } as const;
    case 'model_not_found':
      return { code: 'invalid_request', hint: 'Check the model id, and that the key may use this model.' } as const;
    default:
      return status === 403 ? ({ hint: 'GPT Image models may need a verified organization.' } as const) : {};
  }
}
