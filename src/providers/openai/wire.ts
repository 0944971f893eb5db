/** What goes over the wire. Source: types of the `openai` npm package 7.59.0; recorded requests of that client. */
import * as z from 'zod/mini';
import { openaiOptions } from '../kit/families/openai-images.ts';

/** Strict: a misspelt key fails before any money is spent. The vendor's spelling, since these are the vendor's own. */
export const optionsSchema = z.strictObject({
  /** Instead of the canonical `quality`, for the vendor's further steps. `xhigh` and `max`: 2.5 and later. */
  quality: z.optional(z.enum(['auto', 'low', 'medium', 'high', 'xhigh', 'max'])),
  /** Effort of planning the picture. 2.6 only. */
  complexity: z.optional(z.enum(['low', 'medium', 'high'])),
  ...openaiOptions,
  /** GIF only; 9 by default. */
  frame_count: z.optional(z.int().check(z.minimum(2), z.maximum(16))),
  /** GIF only, milliseconds; 200 by default, rounded to 10. */
  frame_duration_ms: z.optional(z.int().check(z.minimum(10), z.maximum(655_350))),
  /** SVG only: the model that writes it, for accounts that may choose one. Others leave it out. */
  svg: z.optional(
    z.strictObject({
      /** Generations need it; edits take the vendor's own without it. */
      model: z.optional(z.string().check(z.minLength(1))),
      reasoning: z.optional(
        z.strictObject({ effort: z.optional(z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'])) }),
      ),
    }),
  ),
  /** Edits on gpt-image-1.5 (`high`, `low`) and mini (`low`) only; later models always work at the highest. */
  input_fidelity: z.optional(z.enum(['high', 'low'])),
  /** Edits on 2.5 and later: a PNG with transparency laid over the first input to point at regions. Not together with a mask. */
  markup: z.optional(z.instanceof(Uint8Array)),
  /** A hash of the end user's name, at most 128 characters. */
  safety_identifier: z.optional(z.string().check(z.minLength(1), z.maxLength(128))),
});
export type Options = z.infer<typeof optionsSchema>;

export const errorSchema = z.object({
  error: z.object({
    message: z.string(),
    type: z.nullish(z.string()),
    param: z.nullish(z.string()),
    code: z.nullish(z.string()),
  }),
});
