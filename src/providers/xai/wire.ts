/** Schemas of options, settings, responses and errors. Sources: docs.x.ai, REST reference; schemas of npm `@ai-sdk/xai` 5.0.12 for the shapes of errors. */
import * as z from 'zod/mini';
import { blob } from '../kit/index.ts';

/** Strict: a misspelt key is refused before any cost. */
export const optionsSchema = z.strictObject({
  /** An opaque id of the end user. */
  user: z.optional(z.string()),
  service_tier: z.optional(z.enum(['default', 'priority'])),
});
export type XAiOptions = z.infer<typeof optionsSchema>;

export const responseSchema = z.object({
  data: z.nullish(
    z.array(
      z.object({
        b64_json: z.nullish(blob()),
        url: z.nullish(z.string()),
        revised_prompt: z.nullish(z.string()),
        /** False for a refusal: the image is then empty or a placeholder. */
        respect_moderation: z.nullish(z.boolean()),
      }),
    ),
  ),
  /** The model that was used: other models serve retired ids. */
  model: z.nullish(z.string()),
  usage: z.nullish(z.object({ cost_in_usd_ticks: z.nullish(z.number()) })),
});

/** The vendor uses three shapes. */
export const errorSchema = z.object({
  error: z.union([z.string(), z.object({ message: z.string() })]),
  code: z.nullish(z.string()),
});
