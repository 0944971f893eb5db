/** Schemas of options, settings, responses and errors. Source: OpenAPI document of api.replicate.com (1.0.0-a1, 2026-03-16); npm `replicate` 1.4.0. */
import * as z from 'zod/mini';
import { openApiSchema } from '../kit/families/model-inputs.ts';
import { blobOrLink } from '../kit/index.ts';
import { webhookSecrets, webhookUrl } from '../kit/request/webhook-settings.ts';

const flag = z.optional(z.boolean());
const number = (min: number, max: number) => z.optional(z.number().check(z.minimum(min), z.maximum(max)));
const whole = (min: number, max: number) => z.optional(z.int().check(z.minimum(min), z.maximum(max)));

export const settingsSchema = z.strictObject({
  /** The secret that signs webhooks: `whsec_…`, from `GET /webhooks/default/secret`. */
  webhookSecret: webhookSecrets(/^whsec_[A-Za-z0-9+/=]+$/, 'must be the secret from the vendor, whsec_…'),
});
export type ReplicateSettings = z.output<typeof settingsSchema>;

/** Strict: a misspelt key is refused before any cost. `model-inputs.ts` lists the options of each model. */
export const optionsSchema = z.strictObject({
  /** Further inputs, under the model's own names; checked against its published schema before the call. */
  input: z.optional(z.record(z.string(), z.unknown())),
  webhook: z.optional(webhookUrl()),
  webhook_events_filter: z.optional(z.array(z.enum(['start', 'output', 'logs', 'completed'])).check(z.minLength(1))),
  /** Seconds that the submit response may wait for the image. If the connection breaks meanwhile, the id of the job is lost. */
  wait: whole(1, 60),
  /** Seconds after which the vendor cancels the job. */
  cancel_after: whole(5, 86_400),
  num_inference_steps: whole(1, 100),
  guidance: number(0, 10),
  go_fast: flag,
  megapixels: z.optional(z.enum(['1', '0.25'])),
  output_quality: whole(0, 100),
  disable_safety_checker: flag,
  /** How far the result may differ from the input image. */
  prompt_strength: number(0, 1),
  prompt_upsampling: flag,
  raw: flag,
  /** Lets the model search the web. FLUX 3 only. @default true, set by the vendor */
  grounding: flag,
  resolution: z.optional(z.string().check(z.minLength(1))),
  safety_filter_level: z.optional(z.string().check(z.minLength(1))),
  magic_prompt_option: z.optional(z.enum(['Auto', 'On', 'Off'])),
  style_preset: z.optional(z.string().check(z.minLength(1))),
});
export type ReplicateOptions = z.infer<typeof optionsSchema>;

const image = blobOrLink();

/** A job in any state. `output` depends on the model: a link, several links, or lists and objects that contain links. */
export const predictionSchema = z.object({
  id: z.nullish(z.string()),
  status: z.nullish(z.string()),
  output: z.nullish(z.union([image, z.array(image), z.unknown()])),
  error: z.nullish(z.unknown()),
  /** True an hour after the end of the job. */
  data_removed: z.nullish(z.boolean()),
  urls: z.nullish(z.object({ get: z.nullish(z.string()), cancel: z.nullish(z.string()) })),
});
export type Prediction = z.output<typeof predictionSchema>;

export const submittedSchema = z.extend(predictionSchema, { id: z.string() });

export const errorSchema = z
  .object({ detail: z.nullish(z.string()), title: z.nullish(z.string()) })
  .check(z.refine(({ detail, title }) => (detail ?? title ?? '') !== '', { error: 'has no message' }));

export const uploadSchema = z.object({ urls: z.object({ get: z.string() }) });

const described = z.object({ openapi_schema: openApiSchema });
/** A model with its latest version, or a single version. */
export const modelSchema = z.object({ ...described.shape, latest_version: z.nullish(described) });
