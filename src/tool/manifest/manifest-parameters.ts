/** The arguments of `generate_image` as a manifest lists them. The tool takes further arguments. */
import { QUALITIES } from '../../providers/protocol/index.ts';
import type { JsonSchema } from '../json-schema.ts';
import { MAX_IMAGES_PER_CALL } from '../request/argument-schemas.ts';

/** @param sizes the sizes to choose from; if it is empty, the argument `size` is any text */
export function createManifestParameters(sizes: readonly string[]): JsonSchema {
  return {
    type: 'object',
    properties: {
      prompt: { type: 'string', minLength: 1, description: 'What the image shows, in detail.' },
      model: { type: 'string', description: 'The model. Leave it out for the default model.' },
      n: {
        type: 'integer',
        ...{ minimum: 1, maximum: MAX_IMAGES_PER_CALL, default: 1 },
        description: 'How many images. Each one is charged.',
      },
      size: {
        type: 'string',
        ...(sizes.length > 0 && { enum: sizes }),
        description: 'Width and height in pixels.',
      },
      aspect_ratio: { type: 'string', description: 'Width to height, for example 16:9. Instead of size.' },
      style: { type: 'string', description: 'The name of a style, for example photo.' },
      quality: { type: 'string', enum: [...QUALITIES], description: 'A higher quality costs more.' },
      provider: { type: 'string', description: 'The provider. Leave it out for the default provider.' },
      reference_images: {
        type: 'array',
        items: { type: 'string' },
        description: 'Images to work from: ids of stored images, paths in allowed folders, or links.',
      },
    },
    required: ['prompt'],
    additionalProperties: false,
  };
}
