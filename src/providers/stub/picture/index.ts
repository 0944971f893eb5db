export { encodeJpeg } from './codec/jpeg.ts';
export { encodeWebp } from './codec/webp.ts';
export { drawPicture, type PictureInput } from './draw.ts';
export type { Raster } from './raster.ts';
