/** Checks image bytes from vendors and callers: they must be a complete image of an allowed format and size. */

import { applyImageRules, type CheckedImage, type ImageRules, rejectImage } from './image-rules.ts';
import { inspectImage } from './inspect-image.ts';
import { findActiveContent } from './svg/active-content.ts';
import { readSvgText } from './svg/svg.ts';

/**
 * Decides whether bytes are accepted as an image. Reads headers only; see `inspectImage`.
 * An SVG is accepted only if it is inert: no scripts, event handlers, embedded HTML, or references outside the file.
 * @param bytes the whole file
 * @param rules allowed formats, and limits that default to `DEFAULT_IMAGE_LIMITS`; with a limit of NaN, everything is refused
 * @returns what the bytes are, which may differ from what was requested or declared; or why they are refused
 */
export function checkImage(bytes: Uint8Array, rules: ImageRules): CheckedImage {
  const checked = applyImageRules(rules, bytes, inspectImage);
  if (!checked.ok || checked.image.format !== 'svg') return checked;
  const activeContent = findActiveContent(readSvgText(bytes) ?? '');
  return activeContent ? rejectImage(`is an SVG file that ${activeContent}; only inert drawings are allowed`) : checked;
}
