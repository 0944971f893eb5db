/** What goes over the wire. Source: OpenAPI of the platform, as generated into `Comfy-Org/ComfyUI`. */
import * as z from 'zod/mini';
import { blob } from '../kit/index.ts';

const share = z.optional(z.number().check(z.minimum(0), z.maximum(1)));
const pixels = z.optional(z.int().check(z.minimum(0), z.maximum(2000)));
const text = z.optional(z.string().check(z.minLength(1), z.maxLength(10_000)));

/** Strict: a misspelt key fails before any money is spent. Which service has which: `check.ts`. */
export const optionsSchema = z.strictObject({
  /** How far from the input picture: 0 is a copy of it, 1 ignores it. */
  strength: share,
  /** How closely the prompt is followed. */
  cfg_scale: z.optional(z.number().check(z.minimum(1), z.maximum(10))),
  /** Pixels that a mask, or what was found, grows by. */
  grow_mask: z.optional(z.int().check(z.minimum(0), z.maximum(100))),
  left: pixels,
  right: pixels,
  up: pixels,
  down: pixels,
  creativity: share,
  /** What to look for and replace. */
  search_prompt: text,
  /** What to look for and recolour. */
  select_prompt: text,
  control_strength: share,
  fidelity: share,
  style_strength: share,
  composition_fidelity: share,
  change_strength: z.optional(z.number().check(z.minimum(0.1), z.maximum(1))),
  foreground_prompt: text,
  preserve_original_subject: share,
  original_background_depth: share,
  keep_original_background: z.optional(z.boolean()),
  light_source_direction: z.optional(z.enum(['above', 'below', 'left', 'right'])),
  light_source_strength: share,
});
export type Options = z.infer<typeof optionsSchema>;

/** Asked for as bytes; seed and reason come in headers then. A JSON answer says the same in fields. */
export const responseSchema = z.union([
  z.instanceof(Uint8Array),
  z.object({
    image: z.nullish(blob()),
    /** On older pages of the documentation. */
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
