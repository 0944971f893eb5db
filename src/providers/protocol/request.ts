/** The request schema, from which the TypeScript type and the JSON Schema in `contracts/` are derived. */
import * as z from 'zod/mini';
import {
  BACKGROUNDS,
  IMAGE_FORMATS,
  ON_UNSUPPORTED,
  OPERATIONS,
  QUALITIES,
  SAFETY_LEVELS,
  SIZE_WORDS,
} from './vocabulary.ts';

/** Maximum number of images per call. */
export const MAX_IMAGES = 100;
/** Maximum prompt length of any request, in characters; a model's own limit is on its card. */
export const MAX_PROMPT_LENGTH = 100_000;

// Set on the union and on its string: zod reports the string's message if only the pattern is wrong.
const SIZE_MESSAGE = 'must be "WIDTHxHEIGHT", "square", "landscape" or "portrait"';
const INPUT_MESSAGE = 'must be the bytes of an image (Uint8Array), an https: link or a data:image/ link';

/** Not `z.instanceof`: its type rejects a `Uint8Array` over a shared buffer, so a result could not be used as an input. */
const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, { error: INPUT_MESSAGE });

const size = z
  .union([z.enum(SIZE_WORDS), z.string().check(z.regex(/^[1-9]\d{0,4}x[1-9]\d{0,4}$/, { error: SIZE_MESSAGE }))], {
    error: SIZE_MESSAGE,
  })
  .register(z.globalRegistry, {
    description: "Pixels as 'WIDTHxHEIGHT', or square, landscape, portrait. Default: the model's own.",
  });

const aspectRatio = z
  .string()
  .check(z.regex(/^[1-9]\d{0,2}:[1-9]\d{0,2}$/, { error: 'must be "WIDTH:HEIGHT"' }))
  .register(z.globalRegistry, { description: 'Width to height, e.g. 16:9. Instead of size.' });

/** An input image: its bytes, or an https or data: link that is fetched under the same rules as a result link. */
const imageInput = (description: string) =>
  z
    .union([bytes, z.string().check(z.regex(/^(https?:\/\/|data:image\/)/i, { error: INPUT_MESSAGE }))], {
      error: INPUT_MESSAGE,
    })
    .register(z.globalRegistry, { description });

const prompt = z
  .string()
  .check(
    z.refine((text) => text.trim() !== '', { error: 'must not be blank' }),
    z.maxLength(MAX_PROMPT_LENGTH),
  )
  .register(z.globalRegistry, { description: 'What to generate.' });

const shape = {
  prompt,
  negativePrompt: z.optional(z.string().register(z.globalRegistry, { description: 'What to leave out.' })),
  model: z.optional(
    z
      .string()
      .check(z.minLength(1))
      .register(z.globalRegistry, { description: "The vendor's model id. Default: the provider's." }),
  ),
  n: z.optional(
    z
      .int()
      .check(z.minimum(1), z.maximum(MAX_IMAGES))
      .register(z.globalRegistry, { description: 'How many images. Default 1.' }),
  ),
  size: z.optional(size),
  aspectRatio: z.optional(aspectRatio),
  style: z.optional(
    z.string().check(z.minLength(1)).register(z.globalRegistry, { description: "A style by the vendor's name." }),
  ),
  quality: z.optional(z.enum(QUALITIES)),
  seed: z.optional(
    z
      .int()
      .check(z.minimum(0))
      .register(z.globalRegistry, { description: 'Reproduces an image, if the model can. 0 is a seed.' }),
  ),
  format: z.optional(z.enum(IMAGE_FORMATS)),
  background: z.optional(z.enum(BACKGROUNDS)),
  inputImages: z.optional(
    z.readonly(
      z.array(imageInput('The bytes of an image, an https: link or a data:image/ link.')).check(z.minLength(1)),
    ),
  ),
  mask: z.optional(imageInput('A PNG: white = repaint, black = keep, of the size of the first input.')),
  operation: z.optional(z.enum(OPERATIONS)),
  safety: z.optional(z.enum(SAFETY_LEVELS)),
  options: z.optional(
    z
      .readonly(z.record(z.string(), z.unknown()))
      .register(z.globalRegistry, { description: "The vendor's own settings, checked strictly." }),
  ),
  metadata: z.optional(
    z
      .readonly(z.record(z.string(), z.unknown()))
      .register(z.globalRegistry, { description: "The caller's own notes; never sent." }),
  ),
  onUnsupported: z.optional(z.enum(ON_UNSUPPORTED)),
};

export const imageRequestSchema = z.strictObject(shape);
/** Like `ImageRequest`, but the prompt is optional: the model card says which operations need one (amendment 3). */
export const editRequestSchema = z.strictObject({ ...shape, prompt: z.optional(prompt) });

/** A request to generate images. */
export type ImageRequest = z.infer<typeof imageRequestSchema>;

/**
 * A request to generate images from images. `operation` defaults to `inpaint` with a mask and to `edit` without one. Omit `prompt` for an
 * operation that takes none (e.g. `remove-background`).
 */
export type EditRequest = z.infer<typeof editRequestSchema> & {
  readonly inputImages: NonNullable<ImageRequest['inputImages']>;
};
