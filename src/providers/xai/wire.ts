/** What goes over the wire. Sources: docs.x.ai, REST reference; schemas of npm `@ai-sdk/xai` 5.0.12 for the shapes of errors. */
import * as z from 'zod/mini';
import { blob } from '../kit/index.ts';

/** Strict: a misspelt key fails before any money is spent. */
export const optionsSchema = z.strictObject({
  /** An opaque id of the end user. */
  user: z.optional(z.string()),
  service_tier: z.optional(z.enum(['default', 'priority'])),
});
export type Options = z.infer<typeof optionsSchema>;

export const responseSchema = z.object({
  data: z.nullish(
    z.array(
      z.object({
        b64_json: z.nullish(blob()),
        url: z.nullish(z.string()),
        revised_prompt: z.nullish(z.string()),
        /** False: the picture is empty or a placeholder. */
        respect_moderation: z.nullish(z.boolean()),
      }),
    ),
  ),
  /** The one that really drew it: retired names are served by others. */
  model: z.nullish(z.string()),
  usage: z.nullish(z.object({ cost_in_usd_ticks: z.nullish(z.number()) })),
});

/** Three shapes are in use. */
export const errorSchema = z.object({
  error: z.union([z.string(), z.object({ message: z.string() })]),
  code: z.nullish(z.string()),
});
