import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkMask } from '../../src/providers/kit/image/mask/check-mask.ts';
import { createRegionMask } from '../../src/tool/files/region-mask.ts';
import { errorOf } from './files-support.ts';

/** The white part of the mask, in pixels. Checked as the kit checks masks of callers. */
async function whitePart(region: Parameters<typeof createRegionMask>[0], size: { width: number; height: number }) {
  const { repaint } = await checkMask(await createRegionMask(region, size), size);
  const white = [...repaint.keys()].filter((pixel) => repaint[pixel] === 255);
  expect(white.length + repaint.filter((value) => value === 0).length).toBe(repaint.length);
  const columns = white.map((pixel) => pixel % size.width);
  const rows = white.map((pixel) => Math.floor(pixel / size.width));
  const [x, y] = [Math.min(...columns), Math.min(...rows)];
  const [width, height] = [Math.max(...columns) - x + 1, Math.max(...rows) - y + 1];
  expect(white).toHaveLength(width * height);
  return { x, y, width, height };
}

describe('the mask of a region', () => {
  it('is white in the region and black elsewhere', async () => {
    expect(await whitePart({ x: 0.5, y: 0, width: 0.5, height: 0.25 }, { width: 8, height: 8 })).toEqual({
      x: 4,
      y: 0,
      width: 4,
      height: 2,
    });
    expect(await whitePart({ x: 0, y: 0, width: 1, height: 1 }, { width: 3, height: 5 })).toEqual({
      x: 0,
      y: 0,
      width: 3,
      height: 5,
    });
  });

  it('has whole pixels: those that the region touches', async () => {
    expect(await whitePart({ x: 0.3, y: 0.3, width: 0.2, height: 0.2 }, { width: 7, height: 7 })).toEqual({
      x: 2,
      y: 2,
      width: 2,
      height: 2,
    });
    // 0.1 + 0.2 is 0.30000000000000004 in a computer.
    expect(await whitePart({ x: 0.1, y: 0.7, width: 0.2, height: 0.1 }, { width: 10, height: 10 })).toEqual({
      x: 1,
      y: 7,
      width: 2,
      height: 1,
    });
  });

  it('has at least one white pixel, inside of the image', async () => {
    const part = fc.double({ min: 0, max: 1, noNaN: true });
    const side = fc.integer({ min: 1, max: 40 });
    await fc.assert(
      fc.asyncProperty(part, part, part, part, side, side, async (x, y, width, height, columns, rows) => {
        const region = { x: Math.min(x, 0.999_999_999), y: Math.min(y, 0.999_999_999), width, height };
        fc.pre(width > 0 && height > 0 && region.x + width <= 1 && region.y + height <= 1);
        const white = await whitePart(region, { width: columns, height: rows });
        expect(white.width).toBeGreaterThan(0);
        expect(white.x).toBeLessThanOrEqual(region.x * columns);
        expect(white.x + white.width).toBeGreaterThanOrEqual((region.x + width) * columns - 1e-5);
      }),
      { numRuns: 150 },
    );
  });

  it('is refused where the region is not inside of the image', async () => {
    const wrong = [
      ...[{ x: 1 }, { x: -0.1 }, { y: Number.NaN }, { width: 0 }, { height: 1.1 }, { width: Number.POSITIVE_INFINITY }],
      ...[
        { x: 0.6, width: 0.5 },
        { y: 0.2, height: 0.9 },
      ],
    ];
    for (const change of wrong) {
      const region = { x: 0, y: 0, width: 0.5, height: 0.5, ...change };
      const error = await errorOf(createRegionMask(region, { width: 4, height: 4 }));
      expect(error, JSON.stringify(change)).toMatchObject({ code: 'invalid_request', charged: 'no' });
      expect(error.message).toMatch(/^mask_region: (?:x|y|width|height) /);
    }
  });
});
