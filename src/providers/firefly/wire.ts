/** What goes over the wire. Source: Adobe's OpenAPI document "Firefly API" 3.0.0 (mid-2026). */
import * as z from 'zod/mini';
import { apiUrl, type TokenSupplier } from '../kit/index.ts';

const word = z.string().check(z.minLength(1), z.maxLength(200));

const settings = z.strictObject({
  /** Sent with every request as `x-api-key`; it is no secret. */
  clientId: z.optional(z.string().check(z.regex(/^[\x21-\x7e]{1,200}$/, { error: 'must be one word, as ids are' }))),
  /** A token of the same client, or a function that gives one, in the place of the secret. */
  accessToken: z.optional(
    z.union([
      z.string().check(z.regex(/^[\x21-\x7e]+$/, { error: 'must be one word, as tokens are' })),
      z.custom<TokenSupplier>((value) => typeof value === 'function', { error: 'must be a token or a function' }),
    ]),
  ),
  /** Where the secret is exchanged for tokens. */
  tokenUrl: z._default(apiUrl(), 'https://ims-na1.adobelogin.com/ims/token/v3'),
  scope: z._default(word, 'openid,AdobeID,session,additional_info,read_organizations,firefly_api,ff_apis'),
});
export const settingsSchema = settings.check(
  z.refine(({ clientId }) => clientId !== undefined, {
    error: 'must have clientId; pass it, or set FIREFLY_SERVICES_CLIENT_ID and use getProvider',
  }),
);
export type Settings = z.output<typeof settingsSchema>;

const percent = (least: number) => z.optional(z.int().check(z.minimum(least), z.maximum(100)));
const pixels = z.optional(z.int().check(z.minimum(0), z.maximum(3999)));

/** Strict: a misspelt key fails before any money is spent. What goes with which model and operation: `check.ts`. */
export const optionsSchema = z.strictObject({
  /** What the input picture of an `edit` is for, on every model but Image 5. `composite`: a thing to draw a scene around. */
  reference: z.optional(z.enum(['style', 'structure', 'composite'])),
  /** Ids of the vendor's list "Styles". */
  presets: z.optional(z.array(word).check(z.minLength(1), z.maxLength(10))),
  styleStrength: percent(1),
  structureStrength: percent(0),
  visualIntensity: z.optional(z.int().check(z.minimum(2), z.maximum(10))),
  /** Which part of the world the picture is to look like. */
  locale: z.optional(
    z
      .string()
      .check(z.regex(/^[a-z]{2}(?:-[A-Z]{2})?$/, { error: 'must be like en-US' }))
      .register(z.globalRegistry, { examples: ['en-US'] }),
  ),
  customModelId: z.optional(word),
  upsamplerType: z.optional(z.enum(['default', 'low_creativity'])),
  /** How long Image 5 thinks about the prompt. */
  promptReasoner: z.optional(z.enum(['speed', 'quality'])),
  /** Where the picture lies on the larger one. Outpainting and composites only. */
  alignment: z.optional(
    z.strictObject({
      horizontal: z.optional(z.enum(['center', 'left', 'right'])),
      vertical: z.optional(z.enum(['center', 'top', 'bottom'])),
    }),
  ),
  /** The same in pixels. */
  inset: z.optional(z.strictObject({ left: pixels, top: pixels, right: pixels, bottom: pixels })),
  /** Upscaling only. */
  upscaleFactor: z.optional(z.literal([2, 3, 4, 6])),
});
export type Options = z.infer<typeof optionsSchema>;

const link = z.object({ href: z.string() });
/** v3 answers with the first, v4 and the upscaler with the second. */
export const submittedSchema = z.union([
  z.object({ jobId: z.string(), statusUrl: z.nullish(z.string()), cancelUrl: z.nullish(z.string()) }),
  z.object({ links: z.object({ result: link, cancel: z.nullish(link) }) }),
]);
export type Submitted = z.infer<typeof submittedSchema>;

const output = z.object({
  seed: z.nullish(z.number()),
  image: z.nullish(z.object({ url: z.nullish(z.string()) })),
  /** In the place of `image`, by the upscaler. */
  presignedUrl: z.nullish(z.string()),
});
export const stateSchema = z.object({
  status: z.nullish(z.string()),
  progress: z.nullish(z.number()),
  error_code: z.nullish(z.string()),
  message: z.nullish(z.string()),
  result: z.nullish(
    z.object({
      outputs: z.nullish(z.array(output)),
      /** With pictures beside them, words were left out of the prompt; without, nothing was drawn for them. */
      promptHasDeniedWords: z.nullish(z.boolean()),
      promptHasBlockedArtists: z.nullish(z.boolean()),
    }),
  ),
});
export type State = z.infer<typeof stateSchema>;

export const uploadSchema = z.object({ images: z.array(z.object({ id: z.string() })).check(z.minLength(1)) });

export const errorSchema = z.object({
  error_code: z.string(),
  message: z.nullish(z.string()),
  validation_errors: z.nullish(z.array(z.object({ loc: z.nullish(z.array(z.unknown())), msg: z.nullish(z.string()) }))),
});

/** Codes that are a refusal of what the picture would show. */
export const REFUSED = [
  'prompt_unsafe',
  'prompt_entity_denied',
  'image_unsafe',
  'reference_image_unsafe_error',
  'input_media_unsafe',
  'legal_error',
];
