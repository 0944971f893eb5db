/** What goes over the wire. Source: OpenAPI document of api.replicate.com (1.0.0-a1, 2026-03-16); npm `replicate` 1.4.0. */
import * as z from 'zod/mini';
import { blobOrLink, webhookSecrets, webhookUrl } from '../kit/index.ts';

const flag = z.optional(z.boolean());
const number = (least: number, most: number) => z.optional(z.number().check(z.minimum(least), z.maximum(most)));
const whole = (least: number, most: number) => z.optional(z.int().check(z.minimum(least), z.maximum(most)));

export const settingsSchema = z.strictObject({
  /** What the vendor signs webhooks with: `whsec_…`, from `GET /webhooks/default/secret`. */
  webhookSecret: webhookSecrets(/^whsec_[A-Za-z0-9+/=]+$/, 'must be the secret as it was given, whsec_…'),
});
export type Settings = z.output<typeof settingsSchema>;

/** Strict: a misspelt key fails before any money is spent. Which model has which: `inputs.ts`. */
export const optionsSchema = z.strictObject({
  /** Inputs under the model's own names, for what has none here; held against its published schema before the call. */
  input: z.optional(z.record(z.string(), z.unknown())),
  webhook: z.optional(webhookUrl()),
  webhook_events_filter: z.optional(z.array(z.enum(['start', 'output', 'logs', 'completed'])).check(z.minLength(1))),
  /** Seconds for which the answer to the submit may wait for the picture. A connection that breaks meanwhile leaves a job that nobody knows. */
  wait: whole(1, 60),
  /** Seconds after which the vendor gives the job up. */
  cancel_after: whole(5, 86_400),
  num_inference_steps: whole(1, 100),
  guidance: number(0, 10),
  go_fast: flag,
  megapixels: z.optional(z.enum(['1', '0.25'])),
  output_quality: whole(0, 100),
  disable_safety_checker: flag,
  /** How far from the input picture. */
  prompt_strength: number(0, 1),
  prompt_upsampling: flag,
  raw: flag,
  /** Whether the model may look at the web first. FLUX 3 only. @default true, the vendor's own */
  grounding: flag,
  resolution: z.optional(z.string().check(z.minLength(1))),
  safety_filter_level: z.optional(z.string().check(z.minLength(1))),
  magic_prompt_option: z.optional(z.enum(['Auto', 'On', 'Off'])),
  style_preset: z.optional(z.string().check(z.minLength(1))),
});
export type Options = z.infer<typeof optionsSchema>;

const picture = blobOrLink();

/** A job at any time; `output` is what the model makes of it: a link, several, or lists and objects with links in them. */
export const predictionSchema = z.object({
  id: z.nullish(z.string()),
  status: z.nullish(z.string()),
  output: z.nullish(z.union([picture, z.array(picture), z.unknown()])),
  error: z.nullish(z.unknown()),
  /** An hour after its end. */
  data_removed: z.nullish(z.boolean()),
  urls: z.nullish(z.object({ get: z.nullish(z.string()), cancel: z.nullish(z.string()) })),
});
export type Prediction = z.output<typeof predictionSchema>;

export const submittedSchema = z.extend(predictionSchema, { id: z.string() });

export const errorSchema = z
  .object({ detail: z.nullish(z.string()), title: z.nullish(z.string()) })
  .check(z.refine(({ detail, title }) => (detail ?? title ?? '') !== '', { error: 'says nothing' }));

export const uploadSchema = z.object({ urls: z.object({ get: z.string() }) });

const described = z.object({
  openapi_schema: z.nullish(
    z.object({ components: z.nullish(z.object({ schemas: z.nullish(z.record(z.string(), z.unknown())) })) }),
  ),
});
/** A model with its latest version, or one version. */
export const modelSchema = z.object({ ...described.shape, latest_version: z.nullish(described) });
