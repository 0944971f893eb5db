/** `search_images`: finds stored images. */
import * as z from 'zod/mini';
import { imageSchema } from '../results/result-schemas.ts';
import { toToolImage } from '../results/to-tool-image.ts';
import { toName } from '../results/words.ts';
import { defineTool, READ_ONLY } from './tool-definition.ts';

const MAX_IMAGES = 20;
const DEFAULT_IMAGES = 10;
const MAX_TEXT_LENGTH = 500;
/** Characters of each prompt in the answer. */
const SHOWN_PROMPT_LENGTH = 300;

export const searchImages = defineTool({
  name: 'search_images',
  title: 'Search images',
  description:
    'Lists stored images, the latest first: all, or those whose prompt, model, provider or tags have these words. Free.',
  annotations: READ_ONLY,
  args: z.strictObject({
    text: z.optional(
      z
        .string()
        .check(
          z.maxLength(MAX_TEXT_LENGTH),
          z.describe('Words that must all occur, in any order. Leave it out for the latest images.'),
        ),
    ),
    kept: z.optional(
      z
        .boolean()
        .check(z.describe('true: only images that were kept with select_image. false: all but rejected ones.')),
    ),
    limit: z.optional(
      z.int().check(z.minimum(1), z.maximum(MAX_IMAGES), z.describe(`How many images. Default ${DEFAULT_IMAGES}.`)),
    ),
  }),
  data: z.object({
    images: z.array(
      z.extend(imageSchema, {
        prompt: z.string(),
        created_at: z.string(),
        provider: z.string(),
        model: z.string(),
        selection: z.nullable(z.string()),
      }),
    ),
  }),
  async run({ text, kept, limit = DEFAULT_IMAGES }, { set: { store, settings } }) {
    const found = await store.search({
      limit,
      ...(text !== undefined && { text }),
      ...(kept !== undefined && { kept }),
    });
    const images = found.map((image) => ({
      ...toToolImage(image, settings),
      prompt: image.prompt.slice(0, SHOWN_PROMPT_LENGTH),
      created_at: image.createdAt,
      provider: image.provider,
      model: toName(image.model),
      selection: image.selection ?? null,
    }));
    return { success: true, data: { images } };
  },
});
