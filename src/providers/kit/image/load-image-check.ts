/**
 * Loads the image check for results. The check of PNG is always loaded, because it is the default format; the others load on demand. The
 * code that reads SVG comes with the adapters that have the format.
 */
import type { FeatureLoader } from '../adapter/feature-loader.ts';
import { inspectPng } from './formats/png.ts';
import { applyImageRules, type CheckedImage, type ImageRules } from './image-rules.ts';
import { isPng } from './png/structure.ts';

export type CheckImage = (bytes: Uint8Array, rules: ImageRules) => CheckedImage;

/** The checks for the images of one call. */
export interface ImageChecks {
  /** Loads the checks for these formats before the request, so that a load error costs nothing. */
  readonly preload: (formats: readonly string[]) => Promise<unknown>;
  /** Returns the check for these images. Never rejects: the images have been paid for and must be kept. */
  readonly load: (images: readonly Uint8Array[]) => Promise<CheckImage>;
}

const checkPng: CheckImage = (bytes, rules) => applyImageRules(rules, bytes, inspectPng);

/**
 * @param format the requested format
 * @param svg the adapter's code for SVG
 */
export function createImageChecks(format: string | undefined, svg: FeatureLoader<'svg'> | undefined): ImageChecks {
  const loadOthers = async (): Promise<CheckImage> => {
    // `loaders.ts`, which makes all values of `FeatureLoader`, checks what they load.
    if (format === 'svg' && svg) return ((await svg.load()) as { readonly checkImage: CheckImage }).checkImage;
    return (await import('./check-raster.ts')).checkRaster;
  };
  return {
    preload: async (formats) => formats.every((each) => each === 'png') || loadOthers(),
    load: async (images) => (images.every(isPng) ? checkPng : loadOthers().catch(() => failedToLoad)),
  };
}

/** In a browser, loading fails if the server was updated or shut down in the meantime. */
const failedToLoad: CheckImage = () => ({
  ok: false,
  code: 'internal',
  reason: 'is in a format whose checks could not be loaded',
});
