/** What goes over the wire. Sources: docs.leonardo.ai, model guides for REST v2; OpenAPI document of REST v1 (2026-05-21). */
import * as z from 'zod/mini';
import { parseJson } from '../kit/index.ts';
import { takesStrength } from './models.ts';

const whole = (least: number, most: number) => z.optional(z.int().check(z.minimum(least), z.maximum(most)));

/** Strict: a misspelt key fails before any money is spent. Which model has which: `check.ts`. */
export const optionsSchema = z.strictObject({
  /** Lets the vendor rewrite the prompt. @default 'OFF', other than the vendor's own */
  prompt_enhance: z.optional(z.enum(['ON', 'AUTO'])),
  /** By its UUID, in the place of `style`. */
  style_id: z.optional(
    z
      .string()
      .check(z.regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, { error: 'must be a UUID in lower case' }))
      .register(z.globalRegistry, { examples: ['111dc692-d470-4eec-b791-3475abac4c46'] }),
  ),
  /** What is taken over from the input pictures. @default the closest there is to an edit */
  guidance: z.optional(
    z
      .enum(['image_to_image', 'content', 'style', 'character', 'image_reference'])
      .register(z.globalRegistry, { examples: ['style'] }),
  ),
  /** How much of it. The last two for styles only. @default 'MID', the vendor's own */
  strength: z.optional(z.enum(['LOW', 'MID', 'HIGH', 'ULTRA', 'MAX'])),
  /** Phoenix only, as the next. */
  contrast: z.optional(z.enum(['LOW', 'MEDIUM', 'HIGH'])),
  tiling: z.optional(z.boolean()),
  /** Shows the pictures to everyone. @default false, also where the account says otherwise */
  public: z.optional(z.literal(true)),
  /** Upscaler only, as the rest. The last two are the vendor's "ultra" styles. @default 'GENERAL', the vendor's own */
  upscaleStyle: z.optional(
    z.enum(['GENERAL', 'CINEMATIC', '2D ART & ILLUSTRATION', 'CG ART & GAME ASSETS', 'ARTISTIC', 'REALISTIC']),
  ),
  upscaleMultiplier: z.optional(z.number().check(z.minimum(1), z.maximum(2))),
  creativityStrength: whole(1, 10),
  /** With an ultra style, as the next. */
  similarity: whole(1, 10),
  detailContrast: whole(1, 10),
});
export type Options = z.infer<typeof optionsSchema>;

const UPSCALER = ['upscaleStyle', 'upscaleMultiplier', 'creativityStrength', 'similarity', 'detailContrast'] as const;
const ANY = ['prompt_enhance', 'guidance', 'strength', 'public'] as const;

export function optionsOf(model: string): readonly (keyof Options)[] {
  if (model === 'universal-upscaler') return UPSCALER;
  if (model.startsWith('phoenix')) return [...ANY, 'style_id', 'contrast', 'tiling'];
  const any = takesStrength(model) ? ANY : ANY.filter((name) => name !== 'strength');
  return /^(?:flux|gpt-image|microsoft\/)/.test(model) ? any : [...any, 'style_id'];
}

/** These go under another name on the wire. */
export const isUltra = (style: Options['upscaleStyle']): boolean => style === 'ARTISTIC' || style === 'REALISTIC';

const cost = z.nullish(z.object({ amount: z.nullish(z.union([z.string(), z.number()])), unit: z.nullish(z.string()) }));
const generation = z.object({ generationId: z.string(), cost });
const variation = z.object({ id: z.string(), cost });

/** The guides differ in how deep it lies. */
export const submittedSchema = z.union([
  z.object({ generate: generation }),
  z.object({ sdGenerationJob: generation }),
  z.object({ universalUpscaler: variation }),
  generation,
]);
export type Submitted = z.infer<typeof submittedSchema>;

const picture = z.object({ url: z.nullish(z.string()) });
export const stateSchema = z.object({
  /** `null` while the job is not there yet. */
  generations_by_pk: z.nullish(
    z.object({
      id: z.nullish(z.string()),
      status: z.nullish(z.string()),
      seed: z.nullish(z.number()),
      generated_images: z.nullish(z.array(picture)),
    }),
  ),
  generated_image_variation_generic: z.nullish(z.array(z.extend(picture, { status: z.nullish(z.string()) }))),
});

/** The form is a text of JSON inside the JSON. */
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
/** What v2 answers, also under a status of success. */
export const refusalSchema = z.union([
  z.array(graphError).check(z.minLength(1)),
  z.object({ errors: z.array(graphError).check(z.minLength(1)) }),
]);
/** v1 answers with a text. */
export const errorSchema = z.union([refusalSchema, z.object({ error: z.string(), code: z.nullish(z.string()) })]);
export type Failure = z.infer<typeof errorSchema>;

function readJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined; // then it is no form, which the schema says
  }
}
