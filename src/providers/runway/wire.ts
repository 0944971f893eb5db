/** Schemas of options, settings, responses and errors. Source: generated types of npm `@runwayml/sdk` 4.20.1; OpenAPI document of the API, snapshot 2026-08-08. */
import * as z from 'zod/mini';

const percent = z.optional(z.int().check(z.minimum(0), z.maximum(100)));

/** Strict: a misspelt key is refused before any cost. `models.ts` lists the options of each model. */
export const optionsSchema = z.strictObject({
  /** One for each input image, to refer to it as `@tag` in the prompt. */
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
  /** One for each input image: at most five humans and nine objects. */
  subjects: z.optional(z.array(z.enum(['human', 'object'])).check(z.minLength(1), z.maxLength(14))),
  /** Lets the model choose the aspect ratio. Replaces a size. */
  ratio: z.optional(z.enum(['auto', 'auto_1k', 'auto_2k'])),
  /** The quality levels above `hd`. */
  quality: z.optional(z.enum(['xhigh', 'max'])),
  /** Lets the model search the web. @default false */
  grounding: z.optional(z.boolean()),
  /** True: changes the input image itself. False: uses it as a reference. @default true */
  edit: z.optional(z.boolean().register(z.globalRegistry, { examples: [false] })),
  /** Upscaler only, as are the following options. @default 2 */
  scaleFactor: z.optional(z.literal([2, 4, 8, 16])),
  flavor: z.optional(z.enum(['sublime', 'photo', 'photo_denoiser'])),
  sharpen: percent,
  smartGrain: percent,
  ultraDetail: percent,
});
export type RunwayOptions = z.infer<typeof optionsSchema>;

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

/** Where to upload a file, and the URI that refers to it afterwards. */
export const uploadSchema = z.object({
  uploadUrl: z.string(),
  fields: z.record(z.string(), z.string()),
  runwayUri: z.string(),
});

export const errorSchema = z.object({
  error: z.string(),
  issues: z.nullish(z.array(z.object({ message: z.nullish(z.string()), path: z.nullish(z.array(z.unknown())) }))),
});
