/** The images of conversations are real: another decoder reads them. */
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { checkImage } from '../../src/providers/kit/image/check-image.ts';
import { decodePng } from '../../src/providers/kit/image/png.ts';
import { encodeSketch, SKETCH_FORMATS, type SketchFormat } from '../../src/testing/index.ts';
import { runsOf } from '../support/full-size.ts';

const edge = fc.integer({ min: 1, max: 70 });
const shade = fc.integer({ min: 0, max: 255 });

async function decode(bytes: Uint8Array) {
  const { data, info } = await sharp(bytes)
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, values: [...new Set(data)] };
}

describe('a sketched image', () => {
  it.each(SKETCH_FORMATS)('is a complete %s of its size and shade, for any of them', async ($image: SketchFormat) => {
    await fc.assert(
      fc.asyncProperty(edge, edge, shade, async (width, height, grey) => {
        const bytes = await encodeSketch({ $image, width, height, shade: grey });

        expect(checkImage(bytes, { allowed: [$image] })).toMatchObject({
          ok: true,
          image: { format: $image, width, height },
        });
        expect(await decode(bytes)).toEqual({ width, height, values: [grey] });
      }),
      { numRuns: runsOf(40) },
    );
  });

  it.each(SKETCH_FORMATS)('is a %s as large as vendors make them, in a few kilobytes', async ($image) => {
    const bytes = await encodeSketch({ $image, width: 1536, height: 1024, shade: 3 });

    expect(bytes.length).toBeLessThan(8000);
    expect(await decode(bytes)).toEqual({ width: 1536, height: 1024, values: [3] });
  });

  it('is a valid GIF also when its code table overflows', async () => {
    const bytes = await encodeSketch({ $image: 'gif', width: 4096, height: 4096, shade: 77 });

    expect(await decode(bytes)).toEqual({ width: 4096, height: 4096, values: [77] });
  });

  it('is broken when only a part of it is kept', async () => {
    const whole = await encodeSketch({ $image: 'png', width: 64, height: 64 });
    const cut = await encodeSketch({ $image: 'png', width: 64, height: 64, keep: 0.6 });

    expect(cut).toEqual(whole.slice(0, Math.floor(whole.length * 0.6)));
    expect(checkImage(cut, { allowed: ['png'] }).ok).toBe(false);
  });
});

describe('a sketched mask', () => {
  const mask = { width: 4, height: 3, repaint: [1, 1, 2, 1] } as const;
  const inside = (x: number, y: number) => y === 1 && (x === 1 || x === 2);

  it.each([
    ['white-repaints', [255, 255, 255, 255], [0, 0, 0, 255]],
    ['black-repaints', [0, 0, 0, 255], [255, 255, 255, 255]],
    ['transparent-repaints', [255, 255, 255, 0], [0, 0, 0, 255]],
  ] as const)('has its rectangle at the place that %s says', async ($mask, repainted, kept) => {
    const { data } = await decodePng(await encodeSketch({ $mask, ...mask }), { maxPixels: 100 });

    for (let y = 0; y < 3; y++) {
      for (let x = 0; x < 4; x++) {
        const at = (y * 4 + x) * 4;
        expect([...data.slice(at, at + 4)]).toEqual(inside(x, y) ? repainted : kept);
      }
    }
  });
});
