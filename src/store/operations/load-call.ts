/** Reads the stored images of a call, so that a repeated call gets them instead of new ones. */
import { isAiImageError } from '../../providers/protocol/errors.ts';
import type { GeneratedImage, ImageGeneration } from '../../providers/protocol/index.ts';
import { describeHashedPrompt } from '../artifacts/prompt-placeholder.ts';
import type { Sidecar } from '../artifacts/sidecar.ts';
import type { PathOf } from '../catalog/artifact-rows.ts';
import { sha256 } from '../files/sha256.ts';
import type { LoadedCall } from '../interfaces/manager-store.ts';
import type { StoreResources } from '../open/resources.ts';
import type { ArtifactFinder, FoundArtifact } from './find-artifacts.ts';

/** A call makes a few images. More with one id have another origin, for example a copied folder. */
const MAX_IMAGES = 1_000;

/**
 * @param call images whose sidecar names this call id are found
 * @param artifacts ids of further images; they come first
 * @returns the images that are as they were saved; `undefined` if there are none
 * @throws AiImageError `storage_failed`: an image cannot be read
 */
export async function loadCall(
  call: string,
  artifacts: readonly string[],
  { withCatalog }: Pick<StoreResources, 'withCatalog'>,
  { find, readImage }: Pick<ArtifactFinder, 'find' | 'readImage'>,
  pathOf: PathOf,
): Promise<LoadedCall | undefined> {
  const ofCall = await withCatalog(({ catalog }) => catalog.search({ call, limit: MAX_IMAGES }));
  const ids = [...new Set([...artifacts, ...ofCall.map(({ id }) => id).reverse()])];
  const loaded = (await Promise.all(ids.map(load))).flat();
  const byPosition =
    artifacts.length > 0 ? loaded : loaded.sort((one, other) => one.sidecar.index - other.sidecar.index);
  const [first, ...others] = byPosition;
  if (first === undefined) return undefined;
  const missing = ids.length - byPosition.length;
  return {
    generation: toGeneration([first, ...others]),
    notes: [
      ...new Set(byPosition.flatMap(({ sidecar }) => sidecar.warnings)),
      ...(missing > 0 ? [`${missing} of ${ids.length} images of the call were deleted or changed since`] : []),
    ],
  };

  async function load(id: string): Promise<readonly LoadedImage[]> {
    const found = await find(id).catch((error: unknown) => {
      if (isAiImageError(error) && error.code === 'invalid_request') return undefined; // it was deleted
      throw error;
    });
    if (found === undefined) return [];
    const bytes = await readImage(found);
    if (sha256(bytes) !== found.sidecar.sha256) return [];
    return [{ ...found, bytes: new Uint8Array(bytes), path: pathOf(found.folder, found.sidecar.file) }];
  }
}

interface LoadedImage extends FoundArtifact {
  readonly path: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

function toGeneration(loaded: readonly [LoadedImage, ...LoadedImage[]]): LoadedCall['generation'] {
  const [first, ...others] = loaded;
  const { provider, model, applied, timing, requestId } = first.sidecar;
  return {
    images: [toImage(first), ...others.map(toImage)],
    failures: [],
    provider,
    model,
    warnings: [],
    applied: { model, n: loaded.length, ...applied },
    timing,
    cost: sumOf(loaded.map(({ sidecar }) => sidecar.cost)),
    ...(requestId !== undefined && { requestId }),
    saved: loaded.map(({ sidecar: { id }, path }) => ({ id, path })),
  };
}

function toImage({ sidecar, bytes }: LoadedImage): GeneratedImage {
  const { id, format, mediaType, width, height, model, promptUsed, revisedPrompt, seed, trailingBytes } = sidecar;
  return {
    id,
    imageBytes: bytes,
    format,
    mediaType: mediaType as GeneratedImage['mediaType'], // the sidecar has it from an image
    width,
    height,
    model,
    promptUsed: promptUsed ?? describeHashedPrompt(sidecar),
    ...(revisedPrompt !== undefined && { revisedPrompt }),
    ...(seed !== undefined && { seed }),
    ...(trailingBytes !== undefined && { trailingBytes }),
  };
}

/** The sidecar of each image has its share of the cost. */
function sumOf(costs: readonly Sidecar['cost'][]): ImageGeneration['cost'] {
  const known = costs.flatMap(({ usd }) => usd ?? []);
  const isReported = costs.every(({ basis }) => basis === 'reported');
  if (known.length < costs.length) return { basis: 'unknown' };
  const usd = Math.round(known.reduce((sum, each) => sum + each, 0) * 1e6) / 1e6;
  const { asOf } = costs[0] ?? {};
  return { usd, basis: isReported ? 'reported' : 'estimated', ...(asOf !== undefined && { asOf }) };
}
