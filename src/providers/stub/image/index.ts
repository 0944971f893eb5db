export { encodeJpeg } from './codec/jpeg.ts';
export { encodeStubPng } from './codec/png.ts';
export { encodeWebp } from './codec/webp.ts';
export type { Raster } from './raster.ts';
export { type RenderInput, renderImage } from './render-image.ts';
