/** A finished picture in other forms. */
import type { AiImageResult } from '../providers/protocol/index.ts';

const MEDIA_TYPES: Readonly<Record<AiImageResult['format'], string>> = {
  png: 'image/png',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  avif: 'image/avif',
  svg: 'image/svg+xml',
};

/** A multiple of three keeps groups whole; longer steps would pass the argument limit of `fromCharCode`. */
const STEP = 24_573;

export function toBase64({ imageBytes }: Pick<AiImageResult, 'imageBytes'>): string {
  let text = '';
  for (let start = 0; start < imageBytes.length; start += STEP) {
    text += btoa(String.fromCharCode(...imageBytes.subarray(start, start + STEP)));
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
