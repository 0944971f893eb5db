/** The arguments that several tools take. The texts are for models: short, plain, and the same for every vendor. */
import * as z from 'zod/mini';
import { QUALITIES } from '../../providers/protocol/index.ts';
import { MAX_REFERENCES } from '../files/check-reference.ts';

export const MAX_PROMPT_LENGTH = 32_000;
export const MAX_IMAGES_PER_CALL = 4;
const MAX_WAIT_SECONDS = 300;
const MAX_ID_LENGTH = 200;
/** A reference can be a `data:` link, with 15 MB of an image. */
const MAX_REFERENCE_LENGTH = 20_000_000;
const MAX_SEED = 4_294_967_295;

const text = (maxLength: number, description: string) =>
  z.string().check(z.minLength(1), z.maxLength(maxLength), z.describe(description));

export const promptArgument = text(
  MAX_PROMPT_LENGTH,
  'What the image shows: subject, style, mood, light and composition, in detail.',
);

/** The id of an image or of a call. */
export const idArgument = (description: string) => text(MAX_ID_LENGTH, description);

export const referenceArgument = (description: string) => text(MAX_REFERENCE_LENGTH, description);

/** What `generate_image`, `edit_image` and `estimate_image` take besides the prompt and the images. */
export const imageArguments = {
  model: z.optional(
    text(
      200,
      'A model from list_models, as provider/model or by its own name; or best, or light. Leave it out for the default.',
    ),
  ),
  n: z.optional(
    z
      .int()
      .check(z.minimum(1), z.maximum(MAX_IMAGES_PER_CALL), z.describe('How many images. Each one costs. Default 1.')),
  ),
  size: z.optional(
    text(
      20,
      'Pixels as WIDTHxHEIGHT, such as 1024x1024, or square, landscape or portrait. Not together with aspect_ratio.',
    ),
  ),
  aspect_ratio: z.optional(text(9, 'Width to height, such as 16:9. Not together with size.')),
  quality: z.optional(
    z
      .enum(QUALITIES)
      .check(z.describe('draft is the cheapest, hd the best. Leave it out for the default of the model.')),
  ),
  style: z.optional(text(100, 'The name of a style, such as photo, illustration or 3d.')),
  provider: z.optional(text(100, 'The name of a provider from list_models. Leave it out unless the user names one.')),
  seed: z.optional(
    z
      .int()
      .check(
        z.minimum(0),
        z.maximum(MAX_SEED),
        z.describe('The same seed makes a similar image again, where the model can.'),
      ),
  ),
};

export const referenceImagesArgument = z.optional(
  z
    .array(referenceArgument('One image.'))
    .check(
      z.minLength(1),
      z.maxLength(MAX_REFERENCES),
      z.describe(
        'Images to start from: ids of stored images, last, paths in allowed folders, or https links to allowed hosts.',
      ),
    ),
);

const waitSeconds = z.optional(
  z
    .number()
    .check(
      z.minimum(0),
      z.maximum(MAX_WAIT_SECONDS),
      z.describe('How long to wait for the images, in seconds. Then the answer is a job_id for get_image.'),
    ),
);

/** For every tool that waits. */
export const waitArgument = { wait_seconds: waitSeconds };

/** For every tool that costs money. */
export const paidCallArguments = {
  ...waitArgument,
  confirm_cost_usd: z.optional(
    z
      .number()
      .check(
        z.minimum(0),
        z.maximum(10_000),
        z.describe('The price that the user has agreed to, in US dollars. Only after a tool has asked for it.'),
      ),
  ),
};

/** The arguments that describe an image, as they are after parsing. */
export interface ImageArguments {
  readonly prompt: string;
  readonly model?: string | undefined;
  readonly n?: number | undefined;
  readonly size?: string | undefined;
  readonly aspect_ratio?: string | undefined;
  readonly quality?: (typeof QUALITIES)[number] | undefined;
  readonly style?: string | undefined;
  readonly provider?: string | undefined;
  readonly seed?: number | undefined;
}
