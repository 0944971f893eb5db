import type { ImageFormat } from '../vocabulary.ts';

/** The file extension of each format, without the dot. */
export const FILE_EXTENSIONS: Readonly<Record<ImageFormat, string>> = {
  png: 'png',
  jpeg: 'jpg',
  webp: 'webp',
  gif: 'gif',
  avif: 'avif',
  svg: 'svg',
};
