/** Real files of every format, written by sharp. */
import sharp from 'sharp';

/** Coloured noise: something to compress that differs everywhere. Always the same for the same size. */
export function noise(width: number, height: number, channels: 1 | 3 | 4): Uint8Array {
  const data = new Uint8Array(width * height * channels);
  let state = 1;
  for (let i = 0; i < data.length; i++) {
    state = (state * 48_271) % 0x7fff_ffff;
    data[i] = state >> 8;
  }
  return data;
}

export const image = (width = 37, height = 23, channels: 3 | 4 = 3) =>
  sharp(noise(width, height, channels), { raw: { width, height, channels } });

/** An animation of `frames` frames that all differ. */
const animation = (frames: number) =>
  sharp(noise(16, 8 * frames, 4), { raw: { width: 16, height: 8 * frames, channels: 4, pageHeight: 8 } });

export const files = {
  png: await image().png().toBuffer(),
  pngAlpha: await image(37, 23, 4).png().toBuffer(),
  pngPalette: await image().png({ palette: true, colours: 16 }).toBuffer(),
  pngInterlaced: await image().png({ progressive: true }).toBuffer(),
  jpeg: await image().jpeg().toBuffer(),
  jpegProgressive: await image().jpeg({ progressive: true }).toBuffer(),
  jpegGrey: await image().grayscale().jpeg().toBuffer(),
  jpegRotated: await image().withMetadata({ orientation: 6 }).jpeg().toBuffer(),
  jpegRestarts: await image(64, 64).jpeg({ mozjpeg: true, quality: 100 }).toBuffer(),
  webp: await image().webp().toBuffer(),
  webpLossless: await image().webp({ lossless: true }).toBuffer(),
  webpAlpha: await image(37, 23, 4).webp().toBuffer(),
  webpAnimated: await animation(3).webp().toBuffer(),
  gif: await image().gif().toBuffer(),
  gifAnimated: await animation(3).gif().toBuffer(),
  avif: await image().avif({ effort: 0 }).toBuffer(),
  avifAlpha: await image(37, 23, 4).avif({ effort: 0 }).toBuffer(),
};

export const text = (value: string) => new TextEncoder().encode(value);

export const svg = (inside = '<path d="M0 0h10v10z"/>', attributes = 'width="40" height="30"') =>
  text(
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ${attributes}>${inside}</svg>`,
  );
