/** Turns the input images of a request into what the manager takes: bytes of stored images, and links. */
import type { ApiPlanRequest } from '../../../../client/schemas/generate.ts';
import { isAiImageError, type ManagerRequest } from '../../../../index.ts';
import { inspectImage } from '../../../../providers/kit/image/inspect-image.ts';
import type { Store } from '../../../../store/index.ts';
import { readDataLink } from '../../http/body/data-link.ts';
import { imageNotFound } from './find-image.ts';
import { fieldFault } from './input-fault.ts';

/** Stored ids have no colon. */
const isLink = (input: string): boolean => input.includes(':');

/** Stored images become parents of the new image. @throws HttpFault 400: an id names no stored image, or a data: link has no image */
export async function resolveInputs(request: ApiPlanRequest, store: Store): Promise<ManagerRequest> {
  const { inputImages, mask, parents = [], ...others } = request;
  const bytesOf = async (input: string, param: string) => {
    if (!isLink(input)) return readImage(store, input, param);
    return /^https:/i.test(input) ? input : checkImage(readDataLink(input, param), param);
  };
  const inputs: (string | Uint8Array)[] = [];
  // One after the other: several large images at once would need memory for all of them twice.
  for (const [at, input] of (inputImages ?? []).entries()) inputs.push(await bytesOf(input, `inputImages[${at}]`));
  const allParents = [...new Set([...parents, ...(inputImages ?? []).filter((input) => !isLink(input))])];
  const resolved = {
    ...others,
    ...(inputImages && { inputImages: inputs }),
    ...(mask !== undefined && { mask: await bytesOf(mask, 'mask') }),
    ...(allParents.length > 0 && { parents: allParents }),
  };
  // The schema of the route says that there is a prompt or an input image.
  return resolved as ManagerRequest;
}

async function readImage(store: Store, id: string, param: string): Promise<Uint8Array> {
  try {
    return await store.open(id);
  } catch (error) {
    if (isAiImageError(error) && error.code === 'invalid_request') throw imageNotFound(id, 400, param);
    throw error;
  }
}

/** @throws HttpFault 400 */
function checkImage(bytes: Uint8Array, param: string): Uint8Array {
  const found = inspectImage(bytes);
  if (found.kind === 'image') return bytes;
  throw fieldFault(
    param,
    `\`${param}\` is not a complete image file: it ${found.reason}. Send a PNG, JPEG or WebP file.`,
  );
}
