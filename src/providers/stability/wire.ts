/** Schemas of options, settings, responses and errors. Source: OpenAPI of the platform, as generated into `Comfy-Org/ComfyUI`. */
import * as z from 'zod/mini';
import { growMask, stabilityOptions } from '../kit/families/stability.ts';
import { blob } from '../kit/index.ts';

const share = z.optional(z.number().check(z.minimum(0), z.maximum(1)));
const text = z.optional(z.string().check(z.minLength(1), z.maxLength(10_000)));

/** Strict: a misspelt key is refused before any cost. `check.ts` lists the options of each service. */
export const optionsSchema = z.strictObject({
  ...stabilityOptions,
  /** How closely the image follows the prompt. */
  cfg_scale: z.optional(z.number().check(z.minimum(1), z.maximum(10))),
  /** Pixels by which a mask, or the part that was found, grows. */
  grow_mask: growMask(100),
  foreground_prompt: text,
  preserve_original_subject: share,
  original_background_depth: share,
  keep_original_background: z.optional(z.boolean()),
  light_source_direction: z.optional(z.enum(['above', 'below', 'left', 'right'])),
  light_source_strength: share,
});
export type StabilityOptions = z.infer<typeof optionsSchema>;

/** Raw bytes, with seed and finish reason in headers; or JSON with the same as fields. */
export const responseSchema = z.union([
  z.instanceof(Uint8Array),
  z.object({
    image: z.nullish(blob()),
    /** From older documentation. */
    result: z.nullish(blob()),
    finish_reason: z.nullish(z.string()),
    seed: z.nullish(z.number()),
  }),
]);

export const submittedSchema = z.object({ id: z.string() });

export const stateSchema = z.union([
  z.instanceof(Uint8Array),
  z.object({
    image: z.nullish(blob()),
    result: z.nullish(blob()),
    finish_reason: z.nullish(z.string()),
    seed: z.nullish(z.number()),
    status: z.nullish(z.string()),
  }),
]);

export const errorSchema = z.object({ name: z.nullish(z.string()), errors: z.nullish(z.array(z.string())) });
