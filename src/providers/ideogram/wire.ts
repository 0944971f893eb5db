/** Schemas of options, settings, responses and errors. Source: developer.ideogram.ai, v2 reference (2026-11). Enums are lower case, unlike in v1. */
import * as z from 'zod/mini';
import { apiUrl } from '../kit/index.ts';
import { webhookUrl } from '../kit/request/webhook-settings.ts';

const flag = z.optional(z.boolean());
const text = z.optional(z.string().check(z.minLength(1), z.maxLength(200)));
const colour = z
  .string()
  .check(z.regex(/^#[0-9A-Fa-f]{6}$/, { error: 'must be like #1A2B3C' }))
  .register(z.globalRegistry, { examples: ['#1A2B3C'] });

/** Strict: a misspelt key is refused before any cost. `check.ts` lists the options of each route. */
export const optionsSchema = z.strictObject({
  /** Runs the request as a job, which can be resumed and reports its cost. */
  async: flag,
  webhook_url: z.optional(webhookUrl()),
  /** @default true, set by the vendor */
  private: flag,
  target_collection_id: text,
  enable_copyright_detection: flag,
  /** Whether the vendor rewrites the prompt first. Without the field the vendor would decide. @default 'off' */
  magic_prompt: z.optional(z.enum(['auto', 'on', 'off']).register(z.globalRegistry, { examples: ['on'] })),
  /** Model 3 only, instead of `style`; the vendor has 62 presets. */
  style_preset: text,
  /** Eight hex digits each; instead of `style`. Model 3 only. */
  style_codes: z.optional(
    z
      .array(z.string().check(z.regex(/^[0-9A-Fa-f]{8}$/, { error: 'must be eight hex digits' })))
      .check(z.minLength(1))
      .register(z.globalRegistry, { examples: [['0123abcd']] }),
  ),
  /** Model 3 only. */
  color_palette: z.optional(
    z.union([
      z.strictObject({ name: z.string() }),
      z.strictObject({
        members: z
          .array(
            z.strictObject({
              color_hex: colour,
              color_weight: z.optional(z.number().check(z.minimum(0.05), z.maximum(1))),
            }),
          )
          .check(z.minLength(1)),
      }),
    ]),
  ),
  /** Similarity to the input image, in percent. Variations only. */
  image_weight: z.optional(z.int().check(z.minimum(1), z.maximum(100))),
  /** Inpainting with 4.5 and later only; its values are not documented in detail. */
  context_window: z.optional(z.union([z.string(), z.number()])),
  /** The factor of an upscaler. */
  upscale_factor: z.optional(z.enum(['x2', 'x4', 'x8'])),
  /** `topaz-wonder-3-5` only. */
  enhancement_strength: z.optional(z.enum(['low', 'medium', 'high'])),
});
export type IdeogramOptions = z.output<typeof optionsSchema>;

export const settingsSchema = z.strictObject({
  /** The URL of the public keys that verify webhooks. */
  keysUrl: z._default(apiUrl(), 'https://api.ideogram.ai/v1/.well-known/jwks.json'),
});
export type IdeogramSettings = z.output<typeof settingsSchema>;

const item = z.object({
  /** `null` for an unsafe image. */
  url: z.nullish(z.string()),
  /** The rewritten prompt, if the vendor rewrote it. */
  prompt: z.nullish(z.string()),
  is_image_safe: z.nullish(z.boolean()),
  seed: z.nullish(z.number()),
});

export const responseSchema = z.object({
  data: z.nullish(z.array(item)),
  usage_cost_usd_micros: z.nullish(z.number()),
});

export const submittedSchema = z.object({ generation_id: z.string(), data: z.nullish(z.array(item)) });

export const stateSchema = z.object({
  ...responseSchema.shape,
  status: z.nullish(z.string()),
  failure_reason: z.nullish(z.string()),
});

/** Sent when all images of a job are ready. */
export const webhookSchema = z.object({ generation_id: z.string() });

export const errorSchema = z
  .object({
    error: z.nullish(z.string()),
    reject_reason: z.nullish(z.string()),
    /** From older documentation. */
    message: z.nullish(z.string()),
  })
  .check(z.refine(({ error, message }) => (error ?? message ?? '') !== '', { error: 'has no message' }));

export const quoteSchema = z.object({
  usd_micros: z.number(),
  qualifier: z.nullish(z.string()),
  upper_bound_usd_micros: z.nullish(z.number()),
});
