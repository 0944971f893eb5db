/** The request: its schema, from which the JSON Schema in `contracts/` is derived, and its types, whose docs editors show. */
import * as z from 'zod/mini';
import { isPlainObject } from './input/is-plain-object.ts';
import {
  BACKGROUNDS,
  type Background,
  IMAGE_FORMATS,
  type ImageFormat,
  type ImageSize,
  ON_UNSUPPORTED,
  type OnUnsupported,
  OPERATIONS,
  type Operation,
  QUALITIES,
  type Quality,
  SAFETY_LEVELS,
  type SafetyLevel,
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

const size = z.union(
  [z.enum(SIZE_WORDS), z.string().check(z.regex(/^[1-9]\d{0,4}x[1-9]\d{0,4}$/, { error: SIZE_MESSAGE }))],
  { error: SIZE_MESSAGE },
);

const aspectRatio = z.string().check(z.regex(/^[1-9]\d{0,2}:[1-9]\d{0,2}$/, { error: 'must be "WIDTH:HEIGHT"' }));

/** An input image: its bytes, or an https or data: link that is fetched under the same rules as a result link. */
const imageInput = z.union(
  [bytes, z.string().check(z.regex(/^(https?:\/\/|data:image\/)/i, { error: INPUT_MESSAGE }))],
  { error: INPUT_MESSAGE },
);

const prompt = z.string().check(
  z.refine((text) => text.trim() !== '', { error: 'must not be blank' }),
  z.maxLength(MAX_PROMPT_LENGTH),
);

/** Copies and freezes a plain object with any fields. Not `z.record`, whose code for other kinds of keys is 2 kB of every bundle. */
const fields = z.readonly(
  z
    .custom<Record<string, unknown>>(isPlainObject, { error: 'must be an object', abort: true })
    .check(z.overwrite(({ ['__proto__']: _, ...copy }) => copy)),
);

/** Without descriptions: only the JSON Schema in `contracts/` has them, and they would be in every bundle. */
const shape = {
  prompt,
  negativePrompt: z.optional(z.string()),
  model: z.optional(z.string().check(z.minLength(1))),
  n: z.optional(z.int().check(z.minimum(1), z.maximum(MAX_IMAGES))),
  size: z.optional(size),
  aspectRatio: z.optional(aspectRatio),
  style: z.optional(z.string().check(z.minLength(1))),
  quality: z.optional(z.enum(QUALITIES)),
  seed: z.optional(z.int().check(z.minimum(0))),
  format: z.optional(z.enum(IMAGE_FORMATS)),
  background: z.optional(z.enum(BACKGROUNDS)),
  inputImages: z.optional(z.readonly(z.array(imageInput).check(z.minLength(1)))),
  mask: z.optional(imageInput),
  operation: z.optional(z.enum(OPERATIONS)),
  safety: z.optional(z.enum(SAFETY_LEVELS)),
  options: z.optional(fields),
  metadata: z.optional(fields),
  onUnsupported: z.optional(z.enum(ON_UNSUPPORTED)),
};

export const imageRequestSchema = z.strictObject(shape);
/** Like `ImageRequest`, but the prompt is optional: the model card says which operations need one (amendment 3). */
export const editRequestSchema = z.strictObject({ ...shape, prompt: z.optional(prompt) });

/** A request to generate images. A test compares it with the schema. */
export interface ImageRequest {
  /** What to generate. Not blank, and at most 100000 characters; a model's own limit is on its card. */
  readonly prompt: string;
  /** What to leave out of the image. Few models have such a field; the others refuse it or, with `onUnsupported: 'adapt'`, do without. */
  readonly negativePrompt?: string | undefined;
  /** The vendor's model id; `best` or `light` selects a tier. @default the provider's default model */
  readonly model?: string | undefined;
  /** How many images, from 1 to 100. A provider sends several requests if a model makes fewer at once. @default 1 */
  readonly n?: number | undefined;
  /**
   * Pixels as `'WIDTHxHEIGHT'`, or `'square' | 'landscape' | 'portrait'`.
   * @default the model's own
   */
  readonly size?: ImageSize | undefined;
  /** Width to height, e.g. `'16:9'`. Instead of `size`. */
  readonly aspectRatio?: string | undefined;
  /** A style by the vendor's name; with a manager also the name of a style preset. */
  readonly style?: string | undefined;
  /** Each model card maps it to the vendor's own word. @default the vendor's own */
  readonly quality?: Quality | undefined;
  /** Reproduces an image, if the model can. A whole number from 0; 0 is a seed too. @default random */
  readonly seed?: number | undefined;
  /** The requested file format. @default the model's own */
  readonly format?: ImageFormat | undefined;
  /** Whether the background is transparent. @default the vendor's own */
  readonly background?: Background | undefined;
  /** At least one image to start from: its bytes, an `https:` link or a `data:image/` link. */
  readonly inputImages?: readonly (Uint8Array | string)[] | undefined;
  /** Which part of the first input to change, as a PNG of its size: white = repaint, black = keep. Bytes or a link, like an input. */
  readonly mask?: Uint8Array | string | undefined;
  /** What to do with the input images. @default 'inpaint' with a mask, 'edit' with input images alone */
  readonly operation?: Operation | undefined;
  /** How strictly the vendor filters content, if it offers a choice. @default 'default' */
  readonly safety?: SafetyLevel | undefined;
  /** The vendor's own options, checked against the vendor's schema: an unknown key is refused before the call. */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  /** Your own notes about the call. Never sent. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** What happens to a field that the model does not support: the call is refused, or the field is adapted with a warning. @default 'refuse' */
  readonly onUnsupported?: OnUnsupported | undefined;
}

/** A request to generate images from images. */
export interface EditRequest extends Omit<ImageRequest, 'prompt' | 'inputImages'> {
  /** What to generate. Omit it for an operation that takes none, e.g. `remove-background`: the model card says so (amendment 3). */
  readonly prompt?: string | undefined;
  /** At least one image to start from: its bytes, an `https:` link or a `data:image/` link. */
  readonly inputImages: readonly (Uint8Array | string)[];
}
