/** What goes over the wire. Source: developer.ideogram.ai, v2 reference (2026-11); enums are in lower case here, unlike in v1. */
import * as z from 'zod/mini';
import { apiUrl, webhookUrl } from '../kit/index.ts';

const flag = z.optional(z.boolean());
const text = z.optional(z.string().check(z.minLength(1), z.maxLength(200)));
const colour = z
  .string()
  .check(z.regex(/^#[0-9A-Fa-f]{6}$/, { error: 'must be like #1A2B3C' }))
  .register(z.globalRegistry, { examples: ['#1A2B3C'] });

/** Strict: a misspelt key fails before any money is spent. Which route has which: `check.ts`. */
export const optionsSchema = z.strictObject({
  /** A job, which can be resumed, instead of one long answer. It tells its cost. */
  async: flag,
  webhook_url: z.optional(webhookUrl()),
  /** The vendor's default is true. */
  private: flag,
  target_collection_id: text,
  enable_copyright_detection: flag,
  /** Whether the prompt is written anew before drawing. The vendor's own default is that it decides. @default 'off' */
  magic_prompt: z.optional(z.enum(['auto', 'on', 'off']).register(z.globalRegistry, { examples: ['on'] })),
  /** 3 only, and instead of `style`; the vendor has 62 of them. */
  style_preset: text,
  /** Eight hex digits each; instead of `style`. 3 only. */
  style_codes: z.optional(
    z
      .array(z.string().check(z.regex(/^[0-9A-Fa-f]{8}$/, { error: 'must be eight hex digits' })))
      .check(z.minLength(1))
      .register(z.globalRegistry, { examples: [['0123abcd']] }),
  ),
  /** 3 only. */
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
  /** How much of the picture stays, in percent. Variations only. */
  image_weight: z.optional(z.int().check(z.minimum(1), z.maximum(100))),
  /** Inpainting since 4.5 only; what it takes is not published in detail. */
  context_window: z.optional(z.union([z.string(), z.number()])),
  /** How much an upscaler enlarges. */
  upscale_factor: z.optional(z.enum(['x2', 'x4', 'x8'])),
  /** `topaz-wonder-3-5` only. */
  enhancement_strength: z.optional(z.enum(['low', 'medium', 'high'])),
});
export type Options = z.output<typeof optionsSchema>;

export const settingsSchema = z.strictObject({
  /** Where the keys are published that webhooks are signed with. */
  keysUrl: z._default(apiUrl(), 'https://api.ideogram.ai/v1/.well-known/jwks.json'),
});
export type Settings = z.output<typeof settingsSchema>;

const item = z.object({
  /** `null` where the picture is not safe. */
  url: z.nullish(z.string()),
  /** As it was written anew, where it was. */
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

/** Sent when every image of a job is there. */
export const webhookSchema = z.object({ generation_id: z.string() });

export const errorSchema = z
  .object({
    error: z.nullish(z.string()),
    reject_reason: z.nullish(z.string()),
    /** On older pages. */
    message: z.nullish(z.string()),
  })
  .check(z.refine(({ error, message }) => (error ?? message ?? '') !== '', { error: 'says nothing' }));

export const quoteSchema = z.object({
  usd_micros: z.number(),
  qualifier: z.nullish(z.string()),
  upper_bound_usd_micros: z.nullish(z.number()),
});
