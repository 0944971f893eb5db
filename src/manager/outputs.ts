/** Converts an image to base64, a data: link or a Blob. */
import type { AiImageResult } from '../providers/protocol/index.ts';
import { MEDIA_TYPES } from '../providers/protocol/vocabulary.ts';

/** A multiple of three, so that base64 groups stay whole. Longer steps would exceed the argument limit of `fromCharCode`. */
const STEP_BYTES = 24_573;

/**
 * The bytes of an image as base64, without a prefix.
 * @example toBase64(await getProvider().generateImage('a red fox'))
 */
export function toBase64({ imageBytes }: Pick<AiImageResult, 'imageBytes'>): string {
  let text = '';
  for (let start = 0; start < imageBytes.length; start += STEP_BYTES) {
    text += btoa(String.fromCharCode(...imageBytes.subarray(start, start + STEP_BYTES)));
  }
  return text;
}

/** The image as a link that holds it, `data:image/png;base64,…`, e.g. for the `src` of an `<img>`. */
export function toDataUrl(image: Pick<AiImageResult, 'imageBytes' | 'format'>): string {
  return `data:${MEDIA_TYPES[image.format]};base64,${toBase64(image)}`;
}

/** The image as a Blob with its media type, e.g. for `URL.createObjectURL` or a form. */
export function toBlob({ imageBytes, format }: Pick<AiImageResult, 'imageBytes' | 'format'>): Blob {
  return new Blob([imageBytes], { type: MEDIA_TYPES[format] });
}
