/** What goes over the wire. Sources: GitHub `lumalabs/luma-agents-typescript` 0.3.0; OpenAPI document of `lumalabs/lumaai-api`. */
import * as z from 'zod/mini';
import { apiUrl, webhookUrl } from '../kit/index.ts';

export const settingsSchema = z.strictObject({
  /** The key of Dream Machine, for the Photon models. */
  photonApiKey: z.optional(z.string().check(z.regex(/^[\x21-\x7e]+$/, { error: 'must be one word, as keys are' }))),
  /** Where Dream Machine is. */
  photonUrl: z._default(apiUrl(), 'https://api.lumalabs.ai/dream-machine/v1'),
});
export type Settings = z.output<typeof settingsSchema>;

const name = z.string().check(z.minLength(1), z.maxLength(200));
/** Both products fetch references themselves. */
const reference = z.strictObject({
  url: webhookUrl(),
  weight: z.optional(z.number().check(z.minimum(0), z.maximum(1))),
});
/** Or a picture that the vendor drew before, for Uni. */
const earlier = z.strictObject({ generation_id: name });

/** Strict: a misspelt key fails before any money is spent. Which product has which: `check.ts`. */
export const optionsSchema = z.strictObject({
  /** Pictures to lean on, by their addresses; `weight` is Photon's. */
  image_ref: z.optional(z.array(z.union([reference, earlier])).check(z.minLength(1), z.maxLength(9))),
  /** Lets the model look things up and take pictures from the web. @default false, the vendor's own */
  web_search: z.optional(z.boolean()),
  /** The caller's own user, handed on to the makers of the models; no personal data. */
  user_id: z.optional(name),
  /** Photon only, as the rest. */
  style_ref: z.optional(z.array(reference).check(z.minLength(1), z.maxLength(4))),
  /** One character in up to four pictures. */
  character_ref: z.optional(
    z.strictObject({
      identity0: z.strictObject({ images: z.array(webhookUrl()).check(z.minLength(1), z.maxLength(4)) }),
    }),
  ),
  /** The picture to change. */
  modify_image_ref: z.optional(reference),
  /** Unsigned: what arrives there is a hint to ask for the job. */
  callback_url: z.optional(webhookUrl()),
});
export type Options = z.infer<typeof optionsSchema>;

export const UNI_OPTIONS = ['image_ref', 'web_search', 'user_id'] as const satisfies readonly (keyof Options)[];
export const PHOTON_OPTIONS = [
  'image_ref',
  'style_ref',
  'character_ref',
  'modify_image_ref',
  'callback_url',
] as const satisfies readonly (keyof Options)[];

/** Of both products: Uni's pictures are in `output`, Photon's in `assets`. */
export const generationSchema = z.object({
  id: z.nullish(z.string()),
  state: z.nullish(z.string()),
  failure_code: z.nullish(z.string()),
  failure_reason: z.nullish(z.string()),
  output: z.nullish(z.array(z.object({ type: z.nullish(z.string()), url: z.nullish(z.string()) }))),
  assets: z.nullish(z.object({ image: z.nullish(z.string()) })),
});
export type Generation = z.infer<typeof generationSchema>;

export const submittedSchema = z.extend(generationSchema, { id: z.string() });

/** Dream Machine answers with `detail`; what the Agents API does is not published. */
export const errorSchema = z.object({
  detail: z.nullish(z.union([z.string(), z.array(z.object({ msg: z.string() }))])),
  message: z.nullish(z.string()),
  error: z.nullish(z.union([z.string(), z.object({ message: z.string() })])),
});
