import { randomBytes } from 'node:crypto';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { inspectImage } from '../../src/providers/kit/image/inspect-image.ts';
import { decodePng, encodePng } from '../../src/providers/kit/image/png.ts';
import { createPreview } from '../../src/tool/files/create-preview.ts';
import { plainPng } from './files-support.ts';

const absent = () => Promise.reject(new Error("Cannot find package 'sharp'"));
/** Noise does not compress: the worst case. */
const noise = (width: number, height: number, channels: 3 | 4 = 3) =>
  encodePng({ width, height, data: randomBytes(width * height * channels), channels });
const gradient = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: { r: 200, g: 80, b: 10 } } });

async function expectSmall(bytes: Uint8Array, load?: () => Promise<typeof sharp>) {
  const preview = await createPreview(bytes, load);
  expect(preview).toBeDefined();
  const { width, height, mediaType } = preview!;
  expect(inspectImage(preview!.bytes)).toMatchObject({ kind: 'image', mediaType, width, height, frames: 1 });
  expect(preview!.bytes.length).toBeLessThanOrEqual(512_000);
  expect(Math.max(width, height)).toBeLessThanOrEqual(1024);
  return preview!;
}

describe.each([
  ['with sharp', undefined],
  ['without sharp', absent],
])('%s, a preview', (_, load) => {
  it('of a small PNG, JPEG, WebP or GIF is the image itself', async () => {
    for (const format of ['png', 'jpeg', 'webp', 'gif'] as const) {
      const bytes = new Uint8Array(await gradient(1024, 600).toFormat(format).toBuffer());
      const preview = await createPreview(bytes, load as never);
      expect(preview, format).toEqual({ bytes, mediaType: `image/${format}`, width: 1024, height: 600 });
    }
  });

  it('of a large PNG keeps its proportions', async () => {
    expect(await expectSmall(await plainPng(3000, 1500), load as never)).toMatchObject({ width: 1024, height: 512 });
    expect(await expectSmall(await plainPng(2, 5000), load as never)).toMatchObject({ width: 1, height: 1024 });
  });

  it('L10: of noise, which does not compress, fits too', async () => {
    await expectSmall(await noise(1600, 1200), load as never);
    await expectSmall(await noise(700, 700, 4), load as never);
  });

  it('is not made of what is no image, and never throws', async () => {
    for (const bytes of [
      new Uint8Array(),
      new TextEncoder().encode('password=hunter2'),
      (await plainPng(9, 9)).subarray(0, 30),
    ]) {
      expect(await createPreview(bytes, load as never)).toBeUndefined();
    }
  });

  it('is not made of 100 megapixels in a small file', async () => {
    expect(await createPreview(await plainPng(10_001, 10_000), load as never)).toBeUndefined();
  });
});

describe('with sharp', () => {
  it('a JPEG, a WebP and an AVIF become small WebP files', async () => {
    for (const format of ['jpeg', 'webp', 'avif'] as const) {
      const bytes = await gradient(1500, 1000).toFormat(format).toBuffer();
      expect(await expectSmall(bytes), format).toMatchObject({ mediaType: 'image/webp', width: 1024, height: 683 });
    }
  });

  it('a drawing is painted', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="2000" height="1000"><rect width="9" height="9"/></svg>';
    expect(await expectSmall(new TextEncoder().encode(svg))).toMatchObject({ mediaType: 'image/webp', width: 1024 });
  });

  it('of an animation only the first frame is taken', async () => {
    const frame = { width: 1100, height: 100, channels: 3 as const };
    const pages = Array.from({ length: 12 }, (_, at) => ({
      create: { ...frame, background: { r: at * 20, g: 0, b: 0 } },
    }));
    const frames = await Promise.all(pages.map((page) => sharp(page).png().toBuffer()));
    const animation = await sharp(frames, { join: { animated: true } })
      .webp()
      .toBuffer();
    expect(inspectImage(animation)).toMatchObject({ frames: 12 });
    expect(await expectSmall(animation)).toMatchObject({ width: 1024, height: 93 });
  });

  it('an image is shown upright', async () => {
    const turned = await gradient(1400, 700).jpeg().withMetadata({ orientation: 6 }).toBuffer();
    expect(await expectSmall(turned)).toMatchObject({ width: 512, height: 1024 });
  });

  it('a PNG that sharp cannot read is still shrunk', async () => {
    const broken = Object.assign(() => {
      throw new Error('Input buffer contains unsupported image format');
    }) as never;
    expect(await expectSmall(await plainPng(2000, 2000), async () => broken)).toMatchObject({ mediaType: 'image/png' });
  });
});

describe('without sharp', () => {
  it('large files of other formats, AVIF and SVG have no preview', async () => {
    const svg = new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>');
    const files = [
      await gradient(1500, 1000).jpeg().toBuffer(),
      await gradient(1500, 1000).webp().toBuffer(),
      await gradient(8, 8).avif().toBuffer(),
      svg,
    ];
    for (const bytes of files) expect(await createPreview(bytes, absent)).toBeUndefined();
  });

  it('a transparent PNG stays transparent, and an opaque one takes three bytes a pixel', async () => {
    const clear = await encodePng({ width: 2000, height: 4, data: new Uint8Array(32_000), channels: 4 });
    const { data } = await decodePng((await expectSmall(clear, absent)).bytes, { maxPixels: 1e6 });
    expect(data[3]).toBe(0);
    const opaque = await expectSmall(await noise(2048, 2048), absent);
    expect(inspectImage(opaque.bytes)).toMatchObject({ hasAlpha: false });
  });
});
