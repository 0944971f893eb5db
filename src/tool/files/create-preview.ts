/** Makes small versions of images. With the package `sharp` of all formats, without it of PNG. */
import { inspectImage } from '../../providers/kit/image/inspect-image.ts';
import type { InspectedImage } from '../../providers/kit/image/inspection.ts';
import { decodePng, encodePng, type RgbaImage } from '../../providers/kit/image/png.ts';
import { fitInside, shrink } from '../../providers/kit/image/shrink.ts';
import { MEDIA_TYPES } from '../../providers/protocol/index.ts';
import type { ToolPreview } from './preview.ts';

/** Pixels. Larger images cost more tokens, and models scale them down anyway. */
export const MAX_PREVIEW_SIDE = 1024;
/** 683 kB in base64. Claude Desktop takes results of at most 1 MB. */
const MAX_BYTES = 512_000;
/** What models take. */
const FORMATS: readonly string[] = ['png', 'jpeg', 'webp', 'gif'];
const QUALITIES = [80, 60, 40, 20];
/** A decoded pixel takes four bytes: these limits are 400 MB in sharp, which decodes in parts, and 200 MB here. */
const MAX_SHARP_PIXELS = 100_000_000;
const MAX_PNG_PIXELS = 50_000_000;
const SHARP_SECONDS = 30;
/** A PNG of this size always fits. */
const MIN_SIDE = 128;

type Sharp = typeof import('sharp')['default'];

const importSharp = async (): Promise<Sharp> => (await import('sharp')).default;

/**
 * @param bytes a complete image file
 * @param loadSharp rejects if the package is not installed
 * @returns the image itself if it is small; `undefined`: a preview cannot be made. Never rejects: the image is there without it
 */
export async function createPreview(bytes: Uint8Array, loadSharp = importSharp): Promise<ToolPreview | undefined> {
  const image = inspectImage(bytes);
  if (image.kind !== 'image') return undefined;
  const { format, mediaType, width, height } = image;
  if (isSmall(bytes, image) && FORMATS.includes(format)) return { bytes, mediaType, width, height };
  const sharp = await loadSharp().catch(() => undefined);
  if (sharp !== undefined) {
    // A file that sharp cannot read may still be a PNG that can be read here.
    const preview = await shrinkWithSharp(sharp, bytes).catch(() => undefined);
    if (preview !== undefined) return preview;
  }
  return format === 'png' ? shrinkPng(bytes).catch(() => undefined) : undefined;
}

const isSmall = (bytes: Uint8Array, { width, height }: Pick<InspectedImage, 'width' | 'height'>): boolean =>
  bytes.length <= MAX_BYTES && Math.max(width, height) <= MAX_PREVIEW_SIDE;

/** Of an animation, the first frame. */
async function shrinkWithSharp(sharp: Sharp, bytes: Uint8Array): Promise<ToolPreview | undefined> {
  const small = sharp(bytes, { failOn: 'error', limitInputPixels: MAX_SHARP_PIXELS, pages: 1 })
    .timeout({ seconds: SHARP_SECONDS })
    .autoOrient()
    .resize({ width: MAX_PREVIEW_SIDE, height: MAX_PREVIEW_SIDE, fit: 'inside', withoutEnlargement: true });
  for (const quality of QUALITIES) {
    const { data, info } = await small.clone().webp({ quality }).toBuffer({ resolveWithObject: true });
    if (data.length > MAX_BYTES) continue;
    return { bytes: new Uint8Array(data), mediaType: MEDIA_TYPES.webp, width: info.width, height: info.height };
  }
  return undefined;
}

/** Halves the size until the file fits. */
async function shrinkPng(bytes: Uint8Array): Promise<ToolPreview | undefined> {
  let image = await decodePng(bytes, { maxPixels: MAX_PNG_PIXELS });
  for (let side = MAX_PREVIEW_SIDE; side >= MIN_SIDE; side /= 2) {
    image = await shrink(image, fitInside(image, { width: side, height: side }));
    const { width, height } = image;
    const small = await encodePng({ width, height, ...pixelsOf(image) });
    if (small.length <= MAX_BYTES) return { bytes: small, mediaType: MEDIA_TYPES.png, width, height };
  }
  return undefined;
}

/** An opaque image takes three bytes a pixel. */
function pixelsOf({ data }: RgbaImage): { readonly data: Uint8Array; readonly channels: 3 | 4 } {
  const pixels = data.length / 4;
  const opaque = new Uint8Array(pixels * 3);
  for (let pixel = 0; pixel < pixels; pixel++) {
    if (data[pixel * 4 + 3] !== 255) return { data, channels: 4 };
    opaque[pixel * 3] = data[pixel * 4]!;
    opaque[pixel * 3 + 1] = data[pixel * 4 + 1]!;
    opaque[pixel * 3 + 2] = data[pixel * 4 + 2]!;
  }
  return { data: opaque, channels: 3 };
}
