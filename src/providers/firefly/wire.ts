/** Schemas of options, settings, responses and errors. Source: Adobe's OpenAPI document "Firefly API" 3.0.0 (mid-2026). */
import * as z from 'zod/mini';
import { apiUrl, type TokenSupplier } from '../kit/index.ts';

const word = z.string().check(z.minLength(1), z.maxLength(200));

const settings = z.strictObject({
  /** Sent with every request as `x-api-key`; not secret. */
  clientId: z.optional(z.string().check(z.regex(/^[\x21-\x7e]{1,200}$/, { error: 'must be an id without spaces' }))),
  /** An access token of the same client, or a function that returns one, instead of the client secret. */
  accessToken: z.optional(
    z.union([
      z.string().check(z.regex(/^[\x21-\x7e]+$/, { error: 'must be a token without spaces' })),
      z.custom<TokenSupplier>((value) => typeof value === 'function', { error: 'must be a token or a function' }),
    ]),
  ),
  /** The server that exchanges the client secret for tokens. */
  tokenUrl: z._default(apiUrl(), 'https://ims-na1.adobelogin.com/ims/token/v3'),
  scope: z._default(word, 'openid,AdobeID,session,additional_info,read_organizations,firefly_api,ff_apis'),
});
export const settingsSchema = settings.check(
  z.refine(({ clientId }) => clientId !== undefined, {
    error: 'must have clientId: pass it, or set FIREFLY_SERVICES_CLIENT_ID and use getProvider',
  }),
);
export type FireflySettings = z.output<typeof settingsSchema>;

const percent = (min: number) => z.optional(z.int().check(z.minimum(min), z.maximum(100)));
const pixels = z.optional(z.int().check(z.minimum(0), z.maximum(3999)));

/** Strict: a misspelt key is refused before any cost. `check.ts` lists the options of each model and operation. */
export const optionsSchema = z.strictObject({
  /** What the input image of an `edit` is used for, on every model except Image 5. `composite`: an object to generate a scene around. */
  reference: z.optional(z.enum(['style', 'structure', 'composite'])),
  /** Ids from the vendor's list "Styles". */
  presets: z.optional(z.array(word).check(z.minLength(1), z.maxLength(10))),
  styleStrength: percent(1),
  structureStrength: percent(0),
  visualIntensity: z.optional(z.int().check(z.minimum(2), z.maximum(10))),
  /** The locale that influences the content of the image. */
  locale: z.optional(
    z
      .string()
      .check(z.regex(/^[a-z]{2}(?:-[A-Z]{2})?$/, { error: 'must be like en-US' }))
      .register(z.globalRegistry, { examples: ['en-US'] }),
  ),
  customModelId: z.optional(word),
  upsamplerType: z.optional(z.enum(['default', 'low_creativity'])),
  /** How much reasoning Image 5 spends on the prompt. */
  promptReasoner: z.optional(z.enum(['speed', 'quality'])),
  /** Position of the image on the larger canvas. Outpainting and composites only. */
  alignment: z.optional(
    z.strictObject({
      horizontal: z.optional(z.enum(['center', 'left', 'right'])),
      vertical: z.optional(z.enum(['center', 'top', 'bottom'])),
    }),
  ),
  /** The position in pixels. */
  inset: z.optional(z.strictObject({ left: pixels, top: pixels, right: pixels, bottom: pixels })),
  /** Upscaling only. */
  upscaleFactor: z.optional(z.literal([2, 3, 4, 6])),
});
export type FireflyOptions = z.infer<typeof optionsSchema>;

const link = z.object({ href: z.string() });
/** v3 returns the first shape; v4 and the upscaler return the second. */
export const submittedSchema = z.union([
  z.object({ jobId: z.string(), statusUrl: z.nullish(z.string()), cancelUrl: z.nullish(z.string()) }),
  z.object({ links: z.object({ result: link, cancel: z.nullish(link) }) }),
]);
export type SubmittedJob = z.infer<typeof submittedSchema>;

const output = z.object({
  seed: z.nullish(z.number()),
  image: z.nullish(z.object({ url: z.nullish(z.string()) })),
  /** Returned by the upscaler instead of `image`. */
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
      /** With images: the vendor dropped words from the prompt. Without images: it refused the prompt. */
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

/** Error codes of content refusals. */
export const REFUSED = [
  'prompt_unsafe',
  'prompt_entity_denied',
  'image_unsafe',
  'reference_image_unsafe_error',
  'input_media_unsafe',
  'legal_error',
];
