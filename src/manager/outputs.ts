/** Converts an image to base64, a data: link or a Blob. */
import type { AiImageResult } from '../providers/protocol/index.ts';
import { MEDIA_TYPES } from '../providers/protocol/vocabulary.ts';

/** A multiple of three, so that base64 groups stay whole. Longer steps would exceed the argument limit of `fromCharCode`. */
const STEP_BYTES = 24_573;

export function toBase64({ imageBytes }: Pick<AiImageResult, 'imageBytes'>): string {
  let text = '';
  for (let start = 0; start < imageBytes.length; start += STEP_BYTES) {
    text += btoa(String.fromCharCode(...imageBytes.subarray(start, start + STEP_BYTES)));
  }
  return text;
}

/** `data:image/png;base64,…` */
export function toDataUrl(image: Pick<AiImageResult, 'imageBytes' | 'format'>): string {
  return `data:${MEDIA_TYPES[image.format]};base64,${toBase64(image)}`;
}

export function toBlob({ imageBytes, format }: Pick<AiImageResult, 'imageBytes' | 'format'>): Blob {
  return new Blob([new Uint8Array(imageBytes)], { type: MEDIA_TYPES[format] });
}
