/** Loads and checks the input images and the mask of an edit. */
import { isAiImageError, type ManagerRequest } from '../../../../index.ts';
import { inspectImage } from '../../../../providers/kit/image/inspect-image.ts';
import { MaskError } from '../../../../providers/kit/image/mask/check-mask.ts';
import { maskFromAlpha } from '../../../../providers/kit/image/mask/convert-mask.ts';
import { quoteName } from '../../../../providers/protocol/input/hide-keys.ts';
import type { Store } from '../../../../store/index.ts';
import { invalidField } from '../../http/invalid-field.ts';
import type { ImageSource } from './image-source.ts';
import type { ImageBody } from './read-image-body.ts';

/** OpenAI's limit. */
const MAX_IMAGES = 16;

export type LoadedInputs = Pick<ManagerRequest, 'parents' | 'mask'> & {
  readonly inputImages: readonly (Uint8Array | string)[];
};

/** @throws HttpFault 400: an image is missing, unreadable or unknown */
export async function loadInputs(
  { images, masks }: Pick<ImageBody, 'images' | 'masks'>,
  store: Pick<Store, 'open'>,
): Promise<LoadedInputs> {
  if (images.length === 0) throw invalidField('image', 'is missing. Send at least one image file to edit.');
  if (images.length > MAX_IMAGES)
    throw invalidField('image', `was sent ${images.length} times; at most ${MAX_IMAGES}.`);
  if (masks.length > 1) throw invalidField('mask', 'was sent several times. Send one.');
  const [mask] = masks;
  const inputImages: (Uint8Array | string)[] = [];
  for (const image of images) inputImages.push(await load(image, 'image', store));
  const parents = images.flatMap((image) => (image.kind === 'stored' ? image.id : []));
  return {
    inputImages,
    ...(parents.length > 0 && { parents }),
    ...(mask !== undefined && { mask: await loadMask(mask, store) }),
  };
}

/** A link is fetched by the library, which refuses addresses of private networks. */
async function load(source: ImageSource, field: string, store: Pick<Store, 'open'>): Promise<Uint8Array | string> {
  switch (source.kind) {
    case 'link':
      return source.link;
    case 'bytes':
      return checked(source.bytes, field);
    case 'stored':
      return openStored(source.id, field, store);
  }
}

function checked(bytes: Uint8Array, field: string): Uint8Array {
  const found = inspectImage(bytes);
  if (found.kind === 'image') return bytes;
  const what = found.kind === 'broken' ? `is a broken ${found.format} file: it ${found.reason}` : found.reason;
  const sentence = found.kind === 'broken' ? what : `is not an image that this server knows: it ${what}`;
  throw invalidField(field, `${sentence}. Send a complete PNG, JPEG or WebP file.`);
}

async function openStored(id: string, field: string, store: Pick<Store, 'open'>): Promise<Uint8Array> {
  try {
    return await store.open(id);
  } catch (error) {
    if (!isAiImageError(error) || error.code !== 'invalid_request') throw error;
    throw invalidField(field, `names the stored image ${quoteName(id)}, which does not exist. Send its bytes instead.`);
  }
}

/** OpenAI's masks are transparent where the image is to be repainted; the library's are white. */
async function loadMask(source: ImageSource, store: Pick<Store, 'open'>): Promise<Uint8Array> {
  const bytes = await load(source, 'mask', store);
  if (typeof bytes === 'string') throw invalidField('mask', 'must be a file or a data link, not an https link.');
  try {
    return await maskFromAlpha(bytes);
  } catch (error) {
    if (!(error instanceof MaskError)) throw error;
    throw invalidField('mask', `cannot be used. ${error.message}`);
  }
}
