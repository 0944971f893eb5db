/** OpenAI: one POST; pictures come back as base64 in the reply or in its events. Source: npm openai 7.55.0, "Images". */
import * as z from 'zod/mini';
import {
  defineProvider,
  type EditArgs,
  get,
  type ImageItem,
  post,
  postForm,
  type RequestArgs,
  sizeText,
} from '../kit/index.ts';
import { about } from './about.ts';
import { check } from './check.ts';
import { defaultModel, models } from './models.ts';
import { errorSchema, eventSchema, optionsSchema, responseSchema, toUsage } from './wire.ts';

type Options = z.infer<typeof optionsSchema>;

export const openai = defineProvider({
  about,
  baseUrl: 'https://api.openai.com/v1',
  models,
  defaultModel,

  settingsSchema: z.strictObject({ organization: z.optional(z.string()), project: z.optional(z.string()) }),
  toHeaders: ({ organization, project }) => ({ 'openai-organization': organization, 'openai-project': project }),

  optionsSchema,
  toRequest: (args) => post('images/generations', fieldsOf(args), acceptOf(args)),
  toEdit: (args) => ({ ...postForm('images/edits', editFieldsOf(args)), headers: acceptOf(args) }),
  check,

  responseSchema,
  toImages: ({ data }) =>
    (data ?? []).flatMap(({ b64_json, url, revised_prompt: revisedPrompt }): readonly ImageItem[] => {
      if (b64_json) return [{ bytes: b64_json, revisedPrompt }];
      return url ? [{ link: url, revisedPrompt }] : [];
    }),
  toUsage: ({ usage }) => toUsage(usage),

  errorSchema,
  toError: ({ error }, { status }) => ({ message: error.message, ...meaningOf(error.code, status) }),

  stream: {
    eventSchema,
    toEvent: ({ type, b64_json: bytes, partial_image_index: index, usage, error }) => {
      if (error) return { kind: 'failed', message: error.message, ...meaningOf(error.code, 400) };
      if (!bytes) return undefined;
      if (type?.endsWith('.completed')) return { kind: 'image', item: { bytes }, usage: toUsage(usage) };
      return { kind: 'partial', index: index ?? 0, bytes };
    },
  },
  health: get('models'),
});

/** @throws AiImageError `not_configured`: a setting is missing or wrong */
export const createOpenAI = openai.create;

/** Only what was asked for is sent: the vendor's defaults stay the vendor's. `response_format` is refused by every GPT Image model. */
function fieldsOf({
  model,
  prompt,
  n,
  size,
  quality,
  format,
  background,
  safety,
  options,
  partials,
  isStreaming,
}: RequestArgs<Options>) {
  const { markup: _, partial_images = partials, ...own } = options;
  return {
    model,
    prompt,
    n: n > 1 ? n : undefined,
    size: size && sizeText(size),
    quality,
    output_format: format,
    background,
    moderation: safety,
    ...own,
    ...(isStreaming && { stream: true, partial_images }),
  };
}

/** Several inputs are `image[]`, a single one is `image`: so the vendor's own client sends them. */
function editFieldsOf(args: EditArgs<Options>) {
  const { inputs, mask, options } = args;
  const { svg: _, ...fields } = fieldsOf(args);
  const [first, ...others] = inputs;
  const markup =
    options.markup &&
    ({ ...first, bytes: options.markup, format: 'png', mediaType: 'image/png', fileName: 'markup.png' } as const);
  return { ...fields, ...(others.length > 0 ? { 'image[]': inputs } : { image: first }), mask, markup };
}

function acceptOf({ isStreaming }: RequestArgs<Options>) {
  return { accept: isStreaming ? 'text/event-stream' : 'application/json' };
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
      return { code: 'invalid_request', hint: 'There is no such model, or the key has no access to it.' } as const;
    default:
      return status === 403 ? ({ hint: 'GPT Image models may need a verified organization.' } as const) : {};
  }
}
