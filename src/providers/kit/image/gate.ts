/** The one door for image bytes that come from outside: nothing passes that is not a whole image of an allowed kind and size. */
import { inspectImage } from './inspect.ts';
import { bad, type CheckedImage, holdAgainst, type ImageRules } from './rules.ts';
import { findActiveContent } from './svg/active-content.ts';
import { readSvgText } from './svg/svg.ts';

/**
 * Decides whether bytes may be handed over as an image. Reads headers only; see `inspectImage`.
 * SVG passes only when it is inert: no scripts, event handlers, embedded HTML, or references outside the file.
 * @param bytes the whole file
 * @param rules allowed formats, and limits that default to `DEFAULT_IMAGE_LIMITS`; a limit that is not a number refuses
 * everything
 * @returns what the bytes are, which may differ from what was asked for or declared; or why they are refused
 */
export function checkImage(bytes: Uint8Array, rules: ImageRules): CheckedImage {
  const checked = holdAgainst(rules, bytes, inspectImage);
  if (!checked.ok || checked.image.format !== 'svg') return checked;
  const active = findActiveContent(readSvgText(bytes) ?? '');
  return active ? bad(`is an SVG file that ${active}; only inert drawings are allowed`) : checked;
}
