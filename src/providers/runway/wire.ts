/** What goes over the wire. Source: generated types of npm `@runwayml/sdk` 4.20.1; OpenAPI document of the API, snapshot 2026-08-08. */
import * as z from 'zod/mini';

const percent = z.optional(z.int().check(z.minimum(0), z.maximum(100)));

/** Strict: a misspelt key fails before any money is spent. Which model has which: `models.ts`. */
export const optionsSchema = z.strictObject({
  /** One for each input picture, to be spoken of as `@tag` in the prompt. */
  tags: z.optional(
    z
      .array(
        z.string().check(
          z.regex(/^[A-Za-z]\w{2,15}$/, {
            error: 'must be 3 to 16 letters, digits and underscores and begin with a letter',
          }),
        ),
      )
      .check(z.minLength(1), z.maxLength(16))
      .register(z.globalRegistry, { examples: [['hero']] }),
  ),
  /** One for each input picture: at most five people and nine things. */
  subjects: z.optional(z.array(z.enum(['human', 'object'])).check(z.minLength(1), z.maxLength(14))),
  /** The model chooses the shape. In the place of a size. */
  ratio: z.optional(z.enum(['auto', 'auto_1k', 'auto_2k'])),
  /** The qualities beyond `hd`. */
  quality: z.optional(z.enum(['xhigh', 'max'])),
  /** Looks things up on the web. @default false */
  grounding: z.optional(z.boolean()),
  /** Changes the one input picture itself; false: it is something to lean on. @default true */
  edit: z.optional(z.boolean().register(z.globalRegistry, { examples: [false] })),
  /** Upscaler only, as the rest. @default 2 */
  scaleFactor: z.optional(z.literal([2, 4, 8, 16])),
  flavor: z.optional(z.enum(['sublime', 'photo', 'photo_denoiser'])),
  sharpen: percent,
  smartGrain: percent,
  ultraDetail: percent,
});
export type Options = z.infer<typeof optionsSchema>;

const cost = z.nullish(z.object({ credits: z.nullish(z.number()) }));

export const submittedSchema = z.object({ id: z.string(), estimatedCost: cost });

export const taskSchema = z.object({
  id: z.nullish(z.string()),
  status: z.nullish(z.string()),
  output: z.nullish(z.array(z.string())),
  cost,
  progress: z.nullish(z.number()),
  failure: z.nullish(z.string()),
  failureCode: z.nullish(z.string()),
});

/** Where a file is to be put, and what it is then called. */
export const uploadSchema = z.object({
  uploadUrl: z.string(),
  fields: z.record(z.string(), z.string()),
  runwayUri: z.string(),
});

export const errorSchema = z.object({
  error: z.string(),
  issues: z.nullish(z.array(z.object({ message: z.nullish(z.string()), path: z.nullish(z.array(z.unknown())) }))),
});
