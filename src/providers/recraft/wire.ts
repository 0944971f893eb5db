/** Schemas of options, settings, responses and errors. Source: OpenAPI document of external.api.recraft.ai (2026-08-21). */
import * as z from 'zod/mini';
import { blob } from '../kit/index.ts';

const flag = z.optional(z.boolean());
const channel = z.int().check(z.minimum(0), z.maximum(255));
const rgb = z.tuple([channel, channel, channel]);
const share = z.number().check(z.minimum(0), z.maximum(1));
const corner = z.tuple([share, share]);
const pixels = z.optional(z.int().check(z.minimum(0), z.maximum(4096)));

/** Strict: a misspelt key is refused before any cost. `check.ts` lists the options of each route. */
export const optionsSchema = z.strictObject({
  /** How far the result may differ from the input image: 0 copies it. */
  strength: z.optional(share),
  substyle: z.optional(z.string()),
  /** The id of the customer's own style. */
  style_id: z.optional(z.string()),
  /** URLs of images whose style to use, instead of `style_id` or input images. Styles models only; the vendor also bills a style. */
  style_reference_urls: z.optional(
    z
      .array(z.string().check(z.startsWith('https://')))
      .check(z.minLength(1), z.maxLength(10))
      .register(z.globalRegistry, { examples: [['https://images.example/a.png']] }),
  ),
  style_match: z.optional(z.enum(['regular', 'precise', 'flexible'])),
  controls: z.optional(
    z.strictObject({
      artistic_level: z.optional(z.int().check(z.minimum(0), z.maximum(5))),
      colors: z.optional(z.array(z.strictObject({ rgb, weight: z.optional(share) }))),
      background_color: z.optional(z.strictObject({ rgb })),
      no_text: flag,
    }),
  ),
  /** Texts and their positions, as fractions of the image. Recraft 3 only. */
  text_layout: z.optional(
    z.array(z.strictObject({ text: z.string(), bbox: z.tuple([corner, corner, corner, corner]) })),
  ),
  /** Leaves unsafe images out of the response. */
  block_nsfw: flag,
  creativity: z.optional(z.enum(['simple', 'standard', 'eccentric'])),
  upscale: z.optional(z.enum(['upscale4mp', 'upscale16mp'])),
  /** Pixels to add on each side. Outpainting only. */
  expand_left: pixels,
  expand_right: pixels,
  expand_top: pixels,
  expand_bottom: pixels,
  zoom_out_percentage: z.optional(z.number().check(z.minimum(0), z.maximum(100))),
});
export type RecraftOptions = z.infer<typeof optionsSchema>;

const item = z.object({
  b64_json: z.nullish(blob()),
  url: z.nullish(z.string()),
  revised_prompt: z.nullish(z.string()),
});

export const responseSchema = z.object({
  data: z.nullish(z.array(item)),
  /** Tools return a single image. */
  image: z.nullish(item),
  /** 1000 credits are one dollar. */
  credits: z.nullish(z.number()),
});

/** Not in the OpenAPI document (unverified). */
export const errorSchema = z.object({ message: z.string(), code: z.nullish(z.string()) });
