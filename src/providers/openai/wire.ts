/** Schemas of options, settings, responses and errors. Source: types of the `openai` npm package 7.59.0; recorded requests of that client. */
import * as z from 'zod/mini';
import { openaiOptions } from '../kit/families/openai-images.ts';

/** Strict: a misspelt key is refused before any cost. These are the vendor's own options, in the vendor's spelling. */
export const optionsSchema = z.strictObject({
  /** Replaces `quality`, for the vendor's additional levels. `xhigh` and `max`: 2.5 and later. */
  quality: z.optional(z.enum(['auto', 'low', 'medium', 'high', 'xhigh', 'max'])),
  /** How much effort goes into planning the image. 2.6 only. */
  complexity: z.optional(z.enum(['low', 'medium', 'high'])),
  ...openaiOptions,
  /** GIF only; 9 by default. */
  frame_count: z.optional(z.int().check(z.minimum(2), z.maximum(16))),
  /** GIF only, milliseconds; 200 by default, rounded to 10. */
  frame_duration_ms: z.optional(z.int().check(z.minimum(10), z.maximum(655_350))),
  /** SVG only: the model that writes it, for accounts that may choose one. */
  svg: z.optional(
    z.strictObject({
      /** Required for generations; edits default to the vendor's choice. */
      model: z.optional(z.string().check(z.minLength(1))),
      reasoning: z.optional(
        z.strictObject({ effort: z.optional(z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'])) }),
      ),
    }),
  ),
  /** Edits on gpt-image-1.5 (`high`, `low`) and mini (`low`) only; later models always work at the highest. */
  input_fidelity: z.optional(z.enum(['high', 'low'])),
  /** Edits on 2.5 and later: a transparent PNG that overlays the first input and marks regions. Excludes a mask. */
  markup: z.optional(z.instanceof(Uint8Array)),
  /** A hash of the end user's name, at most 128 characters. */
  safety_identifier: z.optional(z.string().check(z.minLength(1), z.maxLength(128))),
});
export type OpenAiOptions = z.infer<typeof optionsSchema>;

export const errorSchema = z.object({
  error: z.object({
    message: z.string(),
    type: z.nullish(z.string()),
    param: z.nullish(z.string()),
    code: z.nullish(z.string()),
  }),
});
