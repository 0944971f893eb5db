/** Schemas of options, settings, responses and errors. Sources: GitHub `lumalabs/luma-agents-typescript` 0.3.0; OpenAPI document of `lumalabs/lumaai-api`. */
import * as z from 'zod/mini';
import { apiUrl } from '../kit/index.ts';
import { webhookUrl } from '../kit/request/webhook-settings.ts';

export const settingsSchema = z.strictObject({
  /** The key for Dream Machine, which serves the Photon models. */
  photonApiKey: z.optional(z.string().check(z.regex(/^[\x21-\x7e]+$/, { error: 'must be a key without spaces' }))),
  /** The base URL of Dream Machine. */
  photonUrl: z._default(apiUrl(), 'https://api.lumalabs.ai/dream-machine/v1'),
});
export type LumaSettings = z.output<typeof settingsSchema>;

const name = z.string().check(z.minLength(1), z.maxLength(200));
/** A reference image by URL; the vendor fetches it. */
const reference = z.strictObject({
  url: webhookUrl(),
  weight: z.optional(z.number().check(z.minimum(0), z.maximum(1))),
});
/** An image that the vendor generated before. Uni only. */
const earlier = z.strictObject({ generation_id: name });

/** Strict: a misspelt key is refused before any cost. `check.ts` lists the options of each product. */
export const optionsSchema = z.strictObject({
  /** Reference images by URL; `weight`: Photon only. */
  image_ref: z.optional(z.array(z.union([reference, earlier])).check(z.minLength(1), z.maxLength(9))),
  /** Lets the model search the web and use images from it. @default false, set by the vendor */
  web_search: z.optional(z.boolean()),
  /** An id of the end user, passed on to the makers of the models. Must not contain personal data. */
  user_id: z.optional(name),
  /** Photon only, as are the following options. */
  style_ref: z.optional(z.array(reference).check(z.minLength(1), z.maxLength(4))),
  /** One character in up to four images. */
  character_ref: z.optional(
    z.strictObject({
      identity0: z.strictObject({ images: z.array(webhookUrl()).check(z.minLength(1), z.maxLength(4)) }),
    }),
  ),
  /** The image to change. */
  modify_image_ref: z.optional(reference),
  /** Calls to it are unsigned, so treat each one only as a hint to poll the job. */
  callback_url: z.optional(webhookUrl()),
});
export type LumaOptions = z.infer<typeof optionsSchema>;

export const UNI_OPTIONS = ['image_ref', 'web_search', 'user_id'] as const satisfies readonly (keyof LumaOptions)[];
export const PHOTON_OPTIONS = [
  'image_ref',
  'style_ref',
  'character_ref',
  'modify_image_ref',
  'callback_url',
] as const satisfies readonly (keyof LumaOptions)[];

/** A job of either product: Uni's images are in `output`, Photon's in `assets`. */
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

/** Dream Machine uses `detail`; the error shape of the Agents API is not published. */
export const errorSchema = z.object({
  detail: z.nullish(z.union([z.string(), z.array(z.object({ msg: z.string() }))])),
  message: z.nullish(z.string()),
  error: z.nullish(z.union([z.string(), z.object({ message: z.string() })])),
});
