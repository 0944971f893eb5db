/** Schemas of options, settings, responses and errors. Sources: npm `@fal-ai/client` 1.10.1, docs.fal.ai (errors, webhooks). */
import * as z from 'zod/mini';
import { openApiSchema } from '../kit/families/model-inputs.ts';
import { apiUrlOrPath, blobOrLink } from '../kit/index.ts';
import { webhookUrl } from '../kit/request/webhook-settings.ts';

const flag = z.optional(z.boolean());
const number = (min: number, max: number) => z.optional(z.number().check(z.minimum(min), z.maximum(max)));
const whole = (min: number, max: number) => z.optional(z.int().check(z.minimum(min), z.maximum(max)));
const channel = z.int().check(z.minimum(0), z.maximum(255));

/** Strict: a misspelt key is refused before any cost. `model-inputs.ts` lists the options of each model. */
export const optionsSchema = z.strictObject({
  /** Fields of a model without a card, named as on the model's page; checked against its published schema before the call. */
  input: z.optional(z.record(z.string(), z.unknown())),
  webhook_url: z.optional(webhookUrl()),
  priority: z.optional(z.enum(['normal', 'low'])),
  /** How long the job may wait to start before the vendor cancels it. */
  start_timeout_seconds: whole(2, 86_400),
  /** How long the vendor keeps the files. Without it the vendor keeps them, and anyone with the link can read them. */
  file_lifetime_seconds: whole(60, 31_536_000),
  enable_safety_checker: flag,
  num_inference_steps: whole(1, 100),
  guidance_scale: number(0, 30),
  acceleration: z.optional(z.enum(['none', 'regular', 'high'])),
  raw: flag,
  /** A link to a reference image. Ultra only. */
  image_url: z.optional(
    z
      .string()
      .check(z.startsWith('https://'))
      .register(z.globalRegistry, { examples: ['https://images.example/a.png'] }),
  ),
  image_prompt_strength: number(0, 1),
  enhance_prompt: flag,
  enable_prompt_expansion: flag,
  thinking_level: z.optional(z.enum(['minimal', 'high'])),
  enable_web_search: flag,
  limit_generations: flag,
  system_prompt: z.optional(z.string()),
  style_preset: z.optional(z.string()),
  style_codes: z.optional(z.array(z.string())),
  expand_prompt: flag,
  style_id: z.optional(z.string()),
  colors: z.optional(z.array(z.strictObject({ r: channel, g: channel, b: channel }))),
  model: z.optional(z.string()),
  operating_resolution: z.optional(z.string()),
  refine_foreground: flag,
  mask_only: flag,
  scale: number(1, 8),
  upscale_factor: number(1, 4),
  creativity: number(0, 1),
  resemblance: number(0, 1),
});
export type FalOptions = z.infer<typeof optionsSchema>;

export const settingsSchema = z.strictObject({
  /** Where large inputs are uploaded. */
  storageUrl: z._default(apiUrlOrPath(), 'https://rest.fal.ai'),
  /** Where models publish their schemas. */
  catalogueUrl: z._default(apiUrlOrPath(), 'https://api.fal.ai/v1'),
});
export type FalSettings = z.output<typeof settingsSchema>;

export const submittedSchema = z.object({
  request_id: z.string(),
  status_url: z.nullish(z.string()),
  response_url: z.nullish(z.string()),
  cancel_url: z.nullish(z.string()),
});

const file = z.object({ url: z.nullish(blobOrLink()) });
/** By position: an unreadable entry must not shift the others. */
const flags = z.nullish(z.array(z.nullish(z.boolean())));

export const responseSchema = z.object({
  images: z.nullish(z.array(file)),
  /** Tools return a single image. */
  image: z.nullish(file),
  seed: z.nullish(z.number()),
  /** The vendor replaces a flagged image by a black one. */
  has_nsfw_concepts: flags,
  nsfw_content_detected: flags,
});

export const stateSchema = z.object({
  ...responseSchema.shape,
  request_id: z.nullish(z.string()),
  status: z.nullish(z.string()),
  queue_position: z.nullish(z.number()),
  response_url: z.nullish(z.string()),
});

const detail = z.object({
  loc: z.nullish(z.array(z.unknown())),
  msg: z.nullish(z.string()),
  type: z.nullish(z.string()),
});
export type Detail = z.infer<typeof detail>;

export const errorSchema = z.object({
  detail: z.nullish(z.union([z.string(), z.array(detail)])),
  message: z.nullish(z.string()),
  error: z.nullish(z.union([z.string(), z.object({ message: z.nullish(z.string()) })])),
});

export const uploadSchema = z.object({ upload_url: z.string(), file_url: z.string() });

/** The catalogue's response, reduced to the fields that are read. */
export const catalogueSchema = z.object({
  models: z.array(
    z.object({
      endpoint_id: z.string(),
      openapi: openApiSchema,
    }),
  ),
});

export const webhookSchema = z.object({
  request_id: z.string(),
  status: z.enum(['OK', 'ERROR']),
  error: z.nullish(z.string()),
});
