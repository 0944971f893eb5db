/** `edit_image`: makes new images from an image, all of it or a part. */
import * as z from 'zod/mini';
import { inspectImage } from '../../providers/kit/image/inspect-image.ts';
import { runPaidCall } from '../calls/run-paid-call.ts';
import { referenceError } from '../files/reference-error.ts';
import { createRegionMask, type ImageRegion } from '../files/region-mask.ts';
import { type ReferenceSources, resolveReference, resolveReferences } from '../files/resolve-references.ts';
import {
  imageArguments,
  MAX_PROMPT_LENGTH,
  paidCallArguments,
  referenceArgument,
  referenceImagesArgument,
} from '../request/argument-schemas.ts';
import { referenceSources } from '../request/reference-sources.ts';
import { type RequestImages, toManagerRequest } from '../request/to-request.ts';
import { callSchema } from '../results/result-schemas.ts';
import { defineTool, GENERATES } from './tool-definition.ts';

const part = (description: string) => z.number().check(z.minimum(0), z.maximum(1), z.describe(description));

const regionArgument = z
  .strictObject({
    x: part('The left edge: 0 is the left of the image, 1 its right.'),
    y: part('The upper edge: 0 is the top of the image, 1 its bottom.'),
    width: part('The width, as a part of that of the image.'),
    height: part('The height, as a part of that of the image.'),
  })
  .check(z.describe('The part to repaint, as a rectangle; the rest stays. Not together with mask.'));

const promptArgument = z
  .string()
  .check(
    z.minLength(1),
    z.maxLength(MAX_PROMPT_LENGTH),
    z.describe('What to change, and what must stay as it is, in detail.'),
  );

const ARGUMENT_NAMES = { inputImages: 'image', aspectRatio: 'aspect_ratio' };

export const editImage = defineTool({
  name: 'edit_image',
  title: 'Edit an image',
  description:
    'Makes new images from an image and a prompt, and stores them; the image itself is not changed. Costs money. Answers as generate_image: with the images, or with a job_id for get_image. After a timeout, do not call it again for the same image: use get_image or search_images.',
  annotations: GENERATES,
  args: z.strictObject({
    image: referenceArgument(
      'The image to edit: the id of a stored image, last for the newest one, a path in an allowed folder, or an https link to an allowed host.',
    ),
    prompt: promptArgument,
    mask_region: z.optional(regionArgument),
    mask: z.optional(
      referenceArgument(
        'A PNG as large as the image, as an id, path or link: white is repainted, black stays. Not together with mask_region.',
      ),
    ),
    ...imageArguments,
    reference_images: referenceImagesArgument,
    ...paidCallArguments,
  }),
  data: callSchema,
  run({ wait_seconds, confirm_cost_usd, ...wanted }, call) {
    return runPaidCall(
      {
        identity: wanted,
        async toRequest() {
          const { image, mask, mask_region, reference_images, ...described } = wanted;
          const images = await resolveImages(
            { image, mask, mask_region, reference_images },
            referenceSources(call.set),
          );
          return toManagerRequest(described, call, images);
        },
        waitSeconds: wait_seconds,
        confirmCostUsd: confirm_cost_usd,
        argumentNames: ARGUMENT_NAMES,
      },
      call,
    );
  },
});

interface EditImages {
  readonly image: string;
  readonly mask?: string | undefined;
  readonly mask_region?: ImageRegion | undefined;
  readonly reference_images?: readonly string[] | undefined;
}

/** @throws AiImageError `invalid_request`, `storage_failed` */
async function resolveImages(
  { image, mask, mask_region, reference_images = [] }: EditImages,
  sources: ReferenceSources,
): Promise<RequestImages> {
  if (mask !== undefined && mask_region !== undefined) {
    throw referenceError('mask', 'and mask_region cannot be used together.', 'Give one of them.');
  }
  const first = await resolveReference(image, 'image', sources);
  const others = await resolveReferences(reference_images, sources);
  const parents = first.id === undefined ? others.parents : [...new Set([first.id, ...others.parents])];
  const images = { inputImages: [first.input, ...others.inputImages], parents };
  if (mask_region !== undefined) return { ...images, mask: await maskOf(first.input, mask_region) };
  return mask === undefined ? images : { ...images, mask: (await resolveReference(mask, 'mask', sources)).input };
}

async function maskOf(image: Uint8Array | string, region: ImageRegion): Promise<Uint8Array> {
  const found = typeof image === 'string' ? undefined : inspectImage(image);
  if (found?.kind === 'image' && found.format !== 'svg') return createRegionMask(region, found);
  throw referenceError(
    'mask_region',
    'needs an image whose size is known here, and this one is a link or a drawing.',
    'Give the id of a stored image or the path of a file.',
  );
}
