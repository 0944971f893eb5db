/** Schemas of options, settings, responses and errors. Sources: docs.leonardo.ai, model guides for REST v2; OpenAPI document of REST v1 (2026-05-21). */
import * as z from 'zod/mini';
import { parseJson } from '../kit/index.ts';
import { takesStrength } from './models.ts';

const whole = (min: number, max: number) => z.optional(z.int().check(z.minimum(min), z.maximum(max)));

/** Strict: a misspelt key is refused before any cost. `check.ts` lists the options of each model. */
export const optionsSchema = z.strictObject({
  /** Lets the vendor rewrite the prompt. If it is left out, the library sends `OFF`: the vendor would rewrite the prompt otherwise. */
  prompt_enhance: z.optional(z.enum(['ON', 'AUTO'])),
  /** The UUID of a style, instead of `style`. */
  style_id: z.optional(
    z
      .string()
      .check(z.regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, { error: 'must be a UUID in lower case' }))
      .register(z.globalRegistry, { examples: ['111dc692-d470-4eec-b791-3475abac4c46'] }),
  ),
  /** What the model takes from the input images. @default the guidance closest to an edit */
  guidance: z.optional(
    z
      .enum(['image_to_image', 'content', 'style', 'character', 'image_reference'])
      .register(z.globalRegistry, { examples: ['style'] }),
  ),
  /** The strength of the guidance. ULTRA and MAX: styles only. @default 'MID', set by the vendor */
  strength: z.optional(z.enum(['LOW', 'MID', 'HIGH', 'ULTRA', 'MAX'])),
  /** Phoenix only, as is `tiling`. */
  contrast: z.optional(z.enum(['LOW', 'MEDIUM', 'HIGH'])),
  tiling: z.optional(z.boolean()),
  /** Publishes the images. @default false, whatever the account's setting */
  public: z.optional(z.literal(true)),
  /** Upscaler only, as are the following options. ARTISTIC and REALISTIC are "ultra" styles. @default 'GENERAL', set by the vendor */
  upscaleStyle: z.optional(
    z.enum(['GENERAL', 'CINEMATIC', '2D ART & ILLUSTRATION', 'CG ART & GAME ASSETS', 'ARTISTIC', 'REALISTIC']),
  ),
  upscaleMultiplier: z.optional(z.number().check(z.minimum(1), z.maximum(2))),
  creativityStrength: whole(1, 10),
  /** Ultra styles only, as is `detailContrast`. */
  similarity: whole(1, 10),
  detailContrast: whole(1, 10),
});
export type LeonardoOptions = z.infer<typeof optionsSchema>;

const UPSCALER = ['upscaleStyle', 'upscaleMultiplier', 'creativityStrength', 'similarity', 'detailContrast'] as const;
const COMMON_OPTIONS = ['prompt_enhance', 'guidance', 'strength', 'public'] as const;

export function optionsOf(model: string): readonly (keyof LeonardoOptions)[] {
  if (model === 'universal-upscaler') return UPSCALER;
  if (model.startsWith('phoenix')) return [...COMMON_OPTIONS, 'style_id', 'contrast', 'tiling'];
  const common = takesStrength(model) ? COMMON_OPTIONS : COMMON_OPTIONS.filter((name) => name !== 'strength');
  return /^(?:flux|gpt-image|microsoft\/)/.test(model) ? common : [...common, 'style_id'];
}

/** The vendor takes ultra styles in a separate field. */
export const isUltra = (style: LeonardoOptions['upscaleStyle']): boolean =>
  style === 'ARTISTIC' || style === 'REALISTIC';

const cost = z.nullish(z.object({ amount: z.nullish(z.union([z.string(), z.number()])), unit: z.nullish(z.string()) }));
const generation = z.object({ generationId: z.string(), cost });
const variation = z.object({ id: z.string(), cost });

/** The guides show the id at different depths. */
export const submittedSchema = z.union([
  z.object({ generate: generation }),
  z.object({ sdGenerationJob: generation }),
  z.object({ universalUpscaler: variation }),
  generation,
]);
export type SubmittedGeneration = z.infer<typeof submittedSchema>;

const image = z.object({ url: z.nullish(z.string()) });
export const stateSchema = z.object({
  /** `null` until the job exists. */
  generations_by_pk: z.nullish(
    z.object({
      id: z.nullish(z.string()),
      status: z.nullish(z.string()),
      seed: z.nullish(z.number()),
      generated_images: z.nullish(z.array(image)),
    }),
  ),
  generated_image_variation_generic: z.nullish(z.array(z.extend(image, { status: z.nullish(z.string()) }))),
});

/** The form fields arrive as a JSON string. */
const formText = z.pipe(
  z.pipe(z.string().check(z.maxLength(50_000)), z.transform(readJson)),
  z.record(z.string(), z.string()),
);
export const uploadSchema = z.object({
  uploadInitImage: z.object({ id: z.string(), url: z.string(), fields: formText }),
});

const details = z.nullish(z.object({ message: z.nullish(z.string()) }));
const graphError = z.object({
  message: z.string(),
  extensions: z.nullish(z.object({ code: z.nullish(z.string()), details: z.nullish(z.union([details, z.string()])) })),
});
/** An error of v2; it may come with a 2xx status. */
export const refusalSchema = z.union([
  z.array(graphError).check(z.minLength(1)),
  z.object({ errors: z.array(graphError).check(z.minLength(1)) }),
]);
/** An error of v1 is a string. */
export const errorSchema = z.union([refusalSchema, z.object({ error: z.string(), code: z.nullish(z.string()) })]);
export type GenerationFailure = z.infer<typeof errorSchema>;

function readJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined; // the schema then reports the field
  }
}
