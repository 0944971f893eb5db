/** Generates one image of an order: reads its inputs, renders it and encodes it in the requested format. */
import { inspectRaster } from '../kit/image/inspect-raster.ts';
import { decodePng } from '../kit/image/png.ts';
import { encodeJpeg, encodeStubPng, encodeWebp, type Raster, renderImage } from './image/index.ts';
import type { EditOrder, Order } from './order.ts';

const MAX_INPUT_PIXELS = 50_000_000;

/** @param progress from 0 to 1; below 1 the image is unfinished @returns one complete image file */
export async function generateBytes(order: EditOrder, progress: number): Promise<Uint8Array> {
  const { prompt, width, height, seed, model, background, format, style, quality } = order;
  const input = order.input && (await readInput(order.input));
  const mask = order.mask && (await decodePng(order.mask, { maxPixels: MAX_INPUT_PIXELS }));
  const note = [order.note ?? input?.note, style, quality].filter((word) => word !== undefined).join(', ');
  const image = { prompt, width, height, seed, model, transparent: background === 'transparent', progress };
  const raster = await renderImage({
    ...image,
    ...(note && { note }),
    ...(input && { input: input.raster }),
    ...(mask && { mask }),
  });
  return encode(raster, format, { seed: String(seed), model });
}

/** Encodes pixels. @param facts are written into a PNG; the prompt is not among them */
function encode(raster: Raster, format: Order['format'], facts: Record<string, string>): Promise<Uint8Array> {
  if (format === 'jpeg') return encodeJpeg(raster);
  if (format === 'webp') return encodeWebp(raster);
  return encodeStubPng(raster, facts);
}

/** Decodes a PNG input. Other formats are not decoded; the caption shows their format and size. */
async function readInput(bytes: Uint8Array): Promise<{ raster: Raster; note: string }> {
  const inspected = inspectRaster(bytes);
  if (inspected.kind === 'image' && inspected.format === 'png') {
    return { raster: await decodePng(bytes, { maxPixels: MAX_INPUT_PIXELS }), note: 'edit' };
  }
  const what = inspected.kind === 'image' ? `${inspected.width} x ${inspected.height} ${inspected.format}` : 'file';
  return { raster: { width: 1, height: 1, data: new Uint8Array([190, 190, 190, 255]) }, note: `edit of a ${what}` };
}
