/** Loads the image check for results. The check of PNG is always loaded, because it is the default format; the others load on demand. */
import { inspectPng } from './formats/png.ts';
import { applyImageRules, type CheckedImage, type ImageRules } from './image-rules.ts';
import { isPng } from './png/structure.ts';

export type CheckImage = (bytes: Uint8Array, rules: ImageRules) => CheckedImage;

const checkPng: CheckImage = (bytes, rules) => applyImageRules(rules, bytes, inspectPng);

/** Loads the checks for a format before the request, so that a load error costs nothing. */
export async function preloadImageCheck(format: string | undefined): Promise<void> {
  if (format !== undefined && format !== 'png') await import('./check-image.ts');
}

/** Returns the check for these images. Never rejects: the images have been paid for and must be kept. */
export async function loadImageCheck(images: readonly Uint8Array[]): Promise<CheckImage> {
  if (images.every(isPng)) return checkPng;
  return import('./check-image.ts').then(
    ({ checkImage }) => checkImage,
    () => failedToLoad,
  );
}

/** In a browser, loading fails if the server was updated or shut down in the meantime. */
const failedToLoad: CheckImage = () => ({
  ok: false,
  code: 'internal',
  reason: 'is in a format whose checks could not be loaded',
});
