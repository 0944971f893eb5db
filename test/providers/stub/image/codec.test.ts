import { createHash } from 'node:crypto';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodePng } from '../../../../src/providers/kit/image/png.ts';
import {
  encodeJpeg,
  encodeStubPng,
  encodeWebp,
  type Raster,
  renderImage,
} from '../../../../src/providers/stub/image/index.ts';
import { findPixelFault } from '../../../../src/store/artifacts/png-pixels.ts';
import { runsOf } from '../../../support/full-size.ts';

const art = (width: number, height: number, transparent = false) =>
  renderImage({ prompt: 'a red fox in the snow', width, height, seed: 7, model: 'stub-1', transparent });

async function decode(file: Uint8Array): Promise<Raster & { readonly format: string | undefined }> {
  const { format } = await sharp(file).metadata();
  const { data, info } = await sharp(file).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: new Uint8Array(data), format };
}

/** Peak signal-to-noise ratio in dB, over red, green and blue. */
function psnr(a: Raster, b: Raster): number {
  let sum = 0;
  a.data.forEach((value, at) => {
    if (at % 4 !== 3) sum += (value - (b.data[at] ?? 0)) ** 2;
  });
  return 10 * Math.log10((255 * 255) / (sum / (a.width * a.height * 3)));
}

const noise = (maxSide: number): fc.Arbitrary<Raster> =>
  fc.tuple(fc.integer({ min: 1, max: maxSide }), fc.integer({ min: 1, max: maxSide })).chain(([width, height]) =>
    fc
      .oneof(
        fc.uint8Array({ minLength: width * height * 4, maxLength: width * height * 4 }),
        fc
          .uint8Array({ minLength: 4, maxLength: 16 })
          .map((few) => Uint8Array.from({ length: width * height * 4 }, (_, at) => few[at % few.length] ?? 0)),
      )
      .map((data) => ({ width, height, data })),
  );

const SIZES = [
  [1, 1],
  [17, 333],
  [1000, 1],
  [1, 77],
  [250, 131],
] as const;

/** Gradients, noise and runs, from whole numbers only. */
function pattern(width: number, height: number): Raster {
  const data = new Uint8Array(width * height * 4);
  for (let at = 0; at < data.length; at += 4) {
    const [x, y] = [(at / 4) % width, Math.floor(at / 4 / width)];
    const noise = y % 3 === 0 ? 0 : (Math.imul(at + 1, 0x9e3779b1) >>> 29) & 3;
    data.set([(x >> 2) + noise, (y >> 1) + noise, x < width / 2 ? 40 : 90 + noise, 255], at);
  }
  return { width, height, data };
}

describe('encodeStubPng', () => {
  it.each([...SIZES, [700, 500], [4096, 30]] as const)('keeps every byte of a %i x %i image', async (width, height) => {
    const raster = await art(width, height);
    const file = await encodeStubPng(raster, {});
    const decoded = await decode(file);
    expect([decoded.format, decoded.width, decoded.height]).toEqual(['png', width, height]);
    expect(Buffer.from(raster.data).compare(Buffer.from(decoded.data))).toBe(0);
    expect(Buffer.compare((await decodePng(file, { maxPixels: 1e6 })).data, Buffer.from(raster.data))).toBe(0);
    expect(await findPixelFault(file)).toBeUndefined();
  });

  it('writes RGB if the image is opaque, else RGBA', async () => {
    expect(await sharp(await encodeStubPng(await art(20, 20), {})).metadata()).toMatchObject({ channels: 3 });
    const raster = await art(200, 160, true);
    const file = await encodeStubPng(raster, {});
    expect(await sharp(file).metadata()).toMatchObject({ channels: 4 });
    expect((await decodePng(file, { maxPixels: 1e6 })).data).toEqual(raster.data);
  });

  it('keeps any bytes, whether noise or a few colours', async () => {
    await fc.assert(
      fc.asyncProperty(noise(40), async (raster) => {
        expect((await decodePng(await encodeStubPng(raster, {}), { maxPixels: 1e6 })).data).toEqual(raster.data);
      }),
      { numRuns: runsOf(60) },
    );
  });

  it('compresses a plain image to a few bytes and art to less than half its pixels', async () => {
    const plain = { width: 512, height: 512, data: new Uint8Array(512 * 512 * 4).fill(200) };
    expect((await encodeStubPng(plain, {})).length).toBeLessThan(3000);
    expect((await encodeStubPng(await art(512, 512), {})).length).toBeLessThan((512 * 512 * 3) / 2);
  });

  it('writes the same bytes everywhere', async () => {
    const file = await encodeStubPng(pattern(300, 500), { seed: '7', model: 'stub-1' });
    expect(createHash('sha256').update(file).digest('hex')).toBe(
      '7e5f4bc4003473cbafb6f870ffb32a01b6a5a4a79e2ac8705d7529313d397ef0',
    );
    const text = file.indexOf('s'.charCodeAt(0), 33);
    expect(Buffer.from(file.subarray(text, text + 10)).toString('latin1')).toBe('seed\0\0\0\0\x007');
  });
});

describe('encodeWebp', () => {
  it.each(SIZES)('keeps every byte of a %i x %i image', async (width, height) => {
    const raster = await art(width, height);
    const decoded = await decode(await encodeWebp(raster));
    expect([decoded.format, decoded.width, decoded.height]).toEqual(['webp', width, height]);
    expect(decoded.data).toEqual(raster.data);
  });

  it('keeps transparency', async () => {
    const raster = await art(200, 160, true);
    expect((await decode(await encodeWebp(raster))).data).toEqual(raster.data);
  });

  it('keeps any bytes, whether noise or a few colours', async () => {
    await fc.assert(
      fc.asyncProperty(noise(40), async (raster) => {
        expect((await decode(await encodeWebp(raster))).data).toEqual(raster.data);
      }),
      { numRuns: runsOf(60) },
    );
  });

  it('compresses a plain image to a few bytes and art to less than half its pixels', async () => {
    const plain = { width: 512, height: 512, data: new Uint8Array(512 * 512 * 4).fill(200) };
    expect((await encodeWebp(plain)).length).toBeLessThan(400);
    expect((await encodeWebp(await art(512, 512))).length).toBeLessThan((512 * 512 * 3) / 2);
  });

  it('rejects a side that is too long for the format', async () => {
    await expect(encodeWebp({ width: 16_385, height: 1, data: new Uint8Array(16_385 * 4) })).rejects.toThrow(
      'a side may have 16384 pixels',
    );
  });
});

describe('encodeJpeg', () => {
  it.each(SIZES)('keeps a %i x %i image within 30 dB', async (width, height) => {
    const raster = await art(width, height);
    const decoded = await decode(await encodeJpeg(raster));
    expect([decoded.format, decoded.width, decoded.height]).toEqual(['jpeg', width, height]);
    expect(psnr(decoded, raster)).toBeGreaterThan(30);
  });

  it('returns a larger and more exact file at a higher quality', async () => {
    const raster = await art(300, 200);
    const files = await Promise.all([20, 60, 89, 90, 100].map((quality) => encodeJpeg(raster, quality)));
    const lengths = files.map((file) => file.length);
    const distances = await Promise.all(files.map(async (file) => psnr(await decode(file), raster)));
    expect(lengths).toEqual([...lengths].sort((a, b) => a - b));
    expect(distances).toEqual([...distances].sort((a, b) => a - b));
    expect(distances.at(-1)).toBeGreaterThan(40);
  });

  it('halves the colour resolution below quality 90 and keeps it from 90', async () => {
    const raster = await art(64, 64);
    expect((await sharp(await encodeJpeg(raster, 89)).metadata()).chromaSubsampling).toBe('4:2:0');
    expect((await sharp(await encodeJpeg(raster, 90)).metadata()).chromaSubsampling).toBe('4:4:4');
  });

  it('blends transparent pixels with white', async () => {
    const decoded = await decode(await encodeJpeg({ width: 8, height: 8, data: new Uint8Array(8 * 8 * 4) }));
    expect(decoded.data.every((value) => value === 255)).toBe(true);
  });

  it('writes a file that a decoder accepts, for any bytes at any quality', async () => {
    await fc.assert(
      fc.asyncProperty(noise(40), fc.integer({ min: 1, max: 100 }), async (raster, quality) => {
        const file = await encodeJpeg(raster, quality);
        const decoded = await sharp(file, { failOn: 'warning' }).raw().toBuffer({ resolveWithObject: true });
        expect([decoded.info.width, decoded.info.height]).toEqual([raster.width, raster.height]);
      }),
      { numRuns: runsOf(60) },
    );
  });

  it('encodes the strongest contrast at the highest quality', async () => {
    const data = Uint8Array.from({ length: 64 * 64 * 4 }, (_, at) =>
      ((at >> 2) ^ (at >> 8)) & 1 || at % 4 === 3 ? 255 : 0,
    );
    const raster = { width: 64, height: 64, data };
    expect(psnr(await decode(await encodeJpeg(raster, 100)), raster)).toBeGreaterThan(30);
  });

  it.each([0, 101, Number.NaN])('rejects quality %d', async (quality) => {
    await expect(encodeJpeg({ width: 1, height: 1, data: new Uint8Array(4) }, quality)).rejects.toThrow(
      'is not from 1 to 100',
    );
  });
});
