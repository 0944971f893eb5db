/** Shared by the tests of references: images, and a store that holds some. */
import { encodePng } from '../../src/providers/kit/image/png.ts';
import { AiImageError } from '../../src/providers/protocol/index.ts';
import type { ReferenceSources } from '../../src/tool/files/resolve-references.ts';

/** A PNG of one colour. */
export async function plainPng(width: number, height: number, grey = 128): Promise<Uint8Array<ArrayBuffer>> {
  const data = new Uint8Array(width * height).fill(grey);
  return new Uint8Array(await encodePng({ width, height, data, channels: 1 }));
}

/** @param images the stored images, the newest first */
export function storeOf(images: Readonly<Record<string, Uint8Array<ArrayBuffer>>>): ReferenceSources['store'] {
  return {
    open: async (id) => {
      const bytes = images[id];
      if (bytes === undefined) throw new AiImageError('invalid_request', `store: no image has the id ${id}`);
      return bytes;
    },
    // Only ids are read.
    search: async ({ limit } = {}) =>
      Object.keys(images)
        .slice(0, limit)
        .map((id) => ({ id })) as never,
  };
}

/** The error of a promise. */
export async function errorOf(promise: Promise<unknown>): Promise<AiImageError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof AiImageError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
