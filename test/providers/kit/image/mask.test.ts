import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { MaskError } from '../../../../src/providers/kit/image/mask/check-mask.ts';
import { convertMask, maskFromAlpha, readMask } from '../../../../src/providers/kit/image/mask/convert-mask.ts';
import { encodePng } from '../../../../src/providers/kit/image/png.ts';
import { chunk, makePng } from './make-png.ts';
import { files } from './samples.ts';

/** One row of grey pixels as a PNG that sharp writes. */
const greyMask = (...row: number[]) =>
  sharp(Uint8Array.from(row), { raw: { width: row.length, height: 1, channels: 1 } })
    .png()
    .toBuffer();
const rgbaMask = (...row: number[]) =>
  sharp(Uint8Array.from(row), { raw: { width: row.length / 4, height: 1, channels: 4 } })
    .png()
    .toBuffer();

async function pixelsOf(png: Uint8Array): Promise<{ channels: number; pixels: number[] }> {
  const { space } = await sharp(png).metadata();
  const { data, info } = await sharp(png)
    .toColourspace(space ?? 'srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { channels: info.channels, pixels: [...data] };
}

const size = { width: 3, height: 1 };
const mask = await greyMask(255, 128, 0);

describe('convertMask', () => {
  it('returns the same bytes if white means repaint', async () => {
    expect(await convertMask(mask, 'white-repaints', size)).toBe(mask);
  });

  it('inverts the mask if black means repaint', async () => {
    const converted = await convertMask(mask, 'black-repaints', size);
    expect(await pixelsOf(converted)).toEqual({ channels: 1, pixels: [0, 127, 255] });
  });

  it('makes white pixels transparent if transparency means repaint, for servers that read the colours too', async () => {
    const converted = await convertMask(mask, 'transparent-repaints', size);
    expect(await pixelsOf(converted)).toEqual({
      channels: 4,
      pixels: [255, 255, 255, 0, 128, 128, 128, 127, 0, 0, 0, 255],
    });
  });

  it('reads masks of 1 bit, with a palette, of 16 bits, and with an opaque alpha channel', async () => {
    const base = { width: 3, height: 1 } as const;
    const same = [
      makePng({ ...base, bitDepth: 1, colourType: 0, samples: [1, 1, 0] }),
      makePng({ ...base, bitDepth: 8, colourType: 3, samples: [1, 1, 0], palette: [0, 0, 0, 255, 255, 255] }),
      makePng({ ...base, bitDepth: 16, colourType: 0, samples: [65_535, 65_535, 0] }),
      await rgbaMask(255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 255),
    ];
    for (const png of same) {
      const { pixels } = await pixelsOf(await convertMask(png, 'transparent-repaints', size));
      expect(pixels).toEqual([255, 255, 255, 0, 255, 255, 255, 0, 0, 0, 0, 255]);
    }
  });

  it('converts colours by luminance and keeps greys', async () => {
    const colours = makePng({
      width: 3,
      height: 1,
      bitDepth: 8,
      colourType: 2,
      samples: [255, 0, 0, 0, 255, 0, 0, 0, 255],
    });
    const { pixels } = await pixelsOf(await convertMask(colours, 'transparent-repaints', size));
    expect([pixels[3], pixels[7], pixels[11]]).toEqual([255 - 54, 255 - 182, 255 - 18]);

    const greys = await greyMask(...Array.from({ length: 256 }, (_, value) => value));
    const converted = await convertMask(greys, 'transparent-repaints', { width: 256, height: 1 });
    const alphas = (await pixelsOf(converted)).pixels.filter((_, place) => place % 4 === 3);
    expect(alphas).toEqual(Array.from({ length: 256 }, (_, value) => 255 - value));
  });
});

describe('readMask', () => {
  it.each([
    ['black and white', [0, 255], true],
    ['white only', [255, 255], false],
    ['light grey only', [128, 255], false],
    ['dark grey and black', [0, 127], false],
    ['grey around the middle', [127, 128], true],
  ])('says whether a mask of %s has both colours', async (_, shades, hasBothColours) => {
    const png = await encodePng({ width: 2, height: 1, data: Uint8Array.from(shades), channels: 1 });
    expect(await readMask(png, 'black-repaints', { width: 2, height: 1 })).toMatchObject({ hasBothColours });
  });
});

describe('convertMask refuses', () => {
  const wide = { width: 37, height: 23 };
  const black = { width: 1, height: 1, bitDepth: 8, colourType: 0, samples: [0] } as const;
  const frames = chunk('acTL', Buffer.from([0, 0, 0, 2, 0, 0, 0, 0]));

  it.each([
    ['another format', files.jpeg, wide, 'The mask is in the format jpeg. Pass a PNG file.'],
    ['no image', Buffer.from('{}'), wide, 'The mask looks like JSON. Pass a PNG file.'],
    ['a broken file', files.png.subarray(0, -20), wide, /^The mask is a broken PNG file: it ends inside chunk IDAT\./],
    ['an animation', makePng({ ...black, before: [frames] }), { width: 1, height: 1 }, /is an animation/],
    ['another size', mask, { width: 6, height: 2 }, 'The mask is 3x1 pixels, but the first input image is 6x2.'],
    [
      'transparent pixels',
      makePng({ ...black, width: 2, colourType: 4, samples: [255, 255, 0, 254] }),
      { width: 2, height: 1 },
      /like an alpha mask.*white = repaint.*maskFromAlpha/,
    ],
    ['black everywhere', makePng(black), { width: 1, height: 1 }, /nothing to repaint. Paint the area/],
    [
      'pixels that cannot be read',
      makePng({ ...black, bitDepth: 2, colourType: 3, samples: [3], palette: [0, 0, 0] }),
      { width: 1, height: 1 },
      /The PNG uses colour 3 of a palette of 1\. Pass a valid PNG file\./,
    ],
  ])('%s, for every convention', async (_, bytes, expected, message) => {
    for (const convention of ['white-repaints', 'black-repaints', 'transparent-repaints'] as const) {
      const failure = convertMask(bytes, convention, expected);
      await expect(failure).rejects.toBeInstanceOf(MaskError);
      await expect(failure).rejects.toThrow(message);
    }
  });
});

describe('maskFromAlpha', () => {
  it('makes transparent pixels white and the rest black, whatever their colours', async () => {
    const holes = await rgbaMask(9, 9, 9, 0, 255, 0, 0, 100, 7, 7, 7, 255);
    const converted = await maskFromAlpha(holes);
    expect(await pixelsOf(converted)).toEqual({ channels: 1, pixels: [255, 155, 0] });
    expect(await convertMask(converted, 'white-repaints', size)).toBe(converted);
  });

  it('gives the alpha back when converted again', async () => {
    const alphas = Array.from({ length: 256 }, (_, alpha) => [1, 2, 3, alpha]).flat();
    const back = await convertMask(await maskFromAlpha(await rgbaMask(...alphas)), 'transparent-repaints', {
      width: 256,
      height: 1,
    });
    expect((await pixelsOf(back)).pixels.filter((_, place) => place % 4 === 3)).toEqual(
      alphas.filter((_, place) => place % 4 === 3),
    );
  });

  it('refuses a mask without transparency, and one that is not a PNG', async () => {
    await expect(maskFromAlpha(mask)).rejects.toThrow(/completely opaque, so there is nothing to repaint/);
    await expect(maskFromAlpha(files.webpAlpha)).rejects.toThrow(MaskError);
  });
});
