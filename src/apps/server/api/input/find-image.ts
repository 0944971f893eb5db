/** Finds stored images by their ids. */
import { isAiImageError } from '../../../../index.ts';
import type { Artifact, Store } from '../../../../store/index.ts';
import { HttpFault } from '../../http/http-fault.ts';

/** @param param the field that has the id @throws HttpFault 404 */
export async function findImage(store: Store, id: string, param = 'id'): Promise<Artifact> {
  return orNotFound(store.get(id), id, param);
}

/** @throws HttpFault 404: the store says that there is no such image */
export async function orNotFound<T>(reading: Promise<T>, id: string, param = 'id'): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (isAiImageError(error) && error.code === 'invalid_request') throw imageNotFound(id, 404, param);
    throw error;
  }
}

export const imageNotFound = (id: string, status: number, param: string): HttpFault =>
  new HttpFault(status, 'image_not_found', `There is no image ${id} in the store. GET /api/images lists its images.`, {
    param,
  });
