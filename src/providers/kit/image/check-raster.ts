/** Checks bytes that must be an image of pixels. The formats except PNG load with this file. */
import { applyImageRules, type CheckedImage, type ImageRules } from './image-rules.ts';
import { inspectRaster } from './inspect-raster.ts';

/** As `checkImage`, without the code that reads SVG: every SVG is refused. */
export function checkRaster(bytes: Uint8Array, rules: ImageRules): CheckedImage {
  return applyImageRules(rules, bytes, inspectRaster);
}
