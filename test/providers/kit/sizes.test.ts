import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseSize } from '../../../src/providers/kit/request/fields/choose-size.ts';
import { parseSize, ratioValue, type Size, sizeText } from '../../../src/providers/kit/sizes.ts';
import type { SizeRule } from '../../../src/providers/protocol/index.ts';
import { SIZE_WORDS } from '../../../src/providers/protocol/vocabulary.ts';

type Free = Extract<SizeRule, { kind: 'free' }>;

const obeys = (rule: Free, { width, height }: Size) =>
  width % rule.multipleOf === 0 &&
  height % rule.multipleOf === 0 &&
  Math.min(width, height) >= rule.minEdge &&
  Math.max(width, height) <= rule.maxEdge &&
  Math.max(width, height) <= Math.min(width, height) * rule.maxRatio &&
  width * height >= rule.minPixels &&
  width * height <= rule.maxPixels;

/** Rules as vendors have them, and odder ones; each has at least one size, built in. */
const freeRules: fc.Arbitrary<Free> = fc
  .record({
    multipleOf: fc.constantFrom(1, 2, 8, 16, 32, 64, 100),
    steps: fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 })),
    looser: fc.tuple(fc.double({ min: 0.2, max: 1, noNaN: true }), fc.double({ min: 1, max: 5, noNaN: true })),
    maxRatio: fc.constantFrom(1, 1.5, 2, 2.39, 3, 4, 16),
  })
  .map(({ multipleOf, steps: [a, b], looser: [down, up], maxRatio }) => {
    const width = a * multipleOf;
    const height = Math.min(Math.max(b, Math.ceil(a / maxRatio)), Math.max(Math.floor(a * maxRatio), 1)) * multipleOf;
    return {
      kind: 'free',
      multipleOf,
      minEdge: Math.floor(Math.min(width, height) * down),
      maxEdge: Math.ceil(Math.max(width, height) * up),
      minPixels: Math.floor(width * height * down),
      maxPixels: Math.ceil(width * height * up),
      maxRatio: Math.max(maxRatio, Math.max(width, height) / Math.min(width, height)),
    } as const;
  });

const pixels = fc.tuple(fc.integer({ min: 1, max: 99_999 }), fc.integer({ min: 1, max: 99_999 }));
const ratios = fc
  .tuple(fc.integer({ min: 1, max: 999 }), fc.integer({ min: 1, max: 999 }))
  .map(([w, h]) => `${w}:${h}`);
const sizeTexts = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 4096 }), fc.integer({ min: 1, max: 4096 })), {
    minLength: 1,
    maxLength: 6,
  })
  .map((sizes) => sizes.map(([w, h]) => `${w}x${h}`) as [string, ...string[]]);

describe('a model that accepts any size within bounds', () => {
  it('accepts every size within the bounds', () => {
    fc.assert(
      fc.property(freeRules, pixels, (rule, [width, height]) => {
        const answer = chooseSize(rule, `${width}x${height}`);
        expect(answer.kind === 'fits').toBe(obeys(rule, { width, height }));
        if (answer.kind === 'fits') expect(answer.choice.size).toEqual({ width, height });
      }),
    );
  });

  it('gets a nearest size within all bounds, whatever was requested', () => {
    fc.assert(
      fc.property(freeRules, pixels, (rule, [width, height]) => {
        const answer = chooseSize(rule, `${width}x${height}`);
        if (answer.kind === 'differs')
          expect(obeys(rule, answer.nearest.size), sizeText(answer.nearest.size)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('gets the best size for shape and area together', () => {
    const rule: Free = {
      kind: 'free',
      multipleOf: 64,
      minEdge: 512,
      maxEdge: 1536,
      minPixels: 400_000,
      maxPixels: 1_600_000,
      maxRatio: 2.5,
    };
    const all: Size[] = [];
    for (let width = 512; width <= 1536; width += 64)
      for (let height = 512; height <= 1536; height += 64)
        if (obeys(rule, { width, height })) all.push({ width, height });
    fc.assert(
      fc.property(pixels, ([width, height]) => {
        const answer = chooseSize(rule, `${width}x${height}`);
        if (answer.kind !== 'differs') return;
        const ratio = Math.min(Math.max(width / height, 1 / 2.5), 2.5);
        const area = Math.min(Math.max(width * height, 400_000), 1_600_000);
        const off = (size: Size) =>
          4 * Math.abs(Math.log(size.width / size.height / ratio)) +
          Math.abs(Math.log((size.width * size.height) / area));
        expect(off(answer.nearest.size)).toBeLessThanOrEqual(Math.min(...all.map(off)) + 1e-9);
      }),
    );
  });

  it('resolves words and ratios within the bounds, and says if the shape is not possible', () => {
    fc.assert(
      fc.property(freeRules, fc.oneof(fc.constantFrom(...SIZE_WORDS), ratios), (rule, asked) => {
        const isWord = (SIZE_WORDS as readonly string[]).includes(asked);
        const answer = chooseSize(rule, isWord ? asked : { aspectRatio: asked });
        const { size } = answer.kind === 'fits' ? answer.choice : answer.nearest;
        expect(obeys(rule, size), sizeText(size)).toBe(true);
        if (answer.kind === 'differs') return;
        if (asked === 'square') expect(size.width).toBe(size.height);
        else if (asked === 'landscape') expect(size.width).toBeGreaterThan(size.height);
        else if (asked === 'portrait') expect(size.width).toBeLessThan(size.height);
        else expect(Math.abs(size.width / size.height / ratioValue(asked) - 1)).toBeLessThan(0.03);
      }),
      { numRuns: 300 },
    );
  });

  it('uses common pixels for common shapes', () => {
    const rule: Free = {
      kind: 'free',
      multipleOf: 16,
      minEdge: 16,
      maxEdge: 3840,
      minPixels: 655_360,
      maxPixels: 8_294_400,
      maxRatio: 3,
    };
    const drawn = (asked: Parameters<typeof chooseSize>[1]) => {
      const answer = chooseSize(rule, asked);
      return answer.kind === 'fits' ? sizeText(answer.choice.size) : answer.why;
    };
    expect(drawn('square')).toBe('1024x1024');
    expect(drawn('landscape')).toBe('1536x1024');
    expect(drawn('portrait')).toBe('1024x1536');
    expect(drawn({ aspectRatio: '3:2' })).toBe('1536x1024');
    expect(ratioValue(drawn({ aspectRatio: '16:9' }).replace('x', ':'))).toBeCloseTo(16 / 9, 1);
    expect(drawn({ aspectRatio: '4:1' })).toBe('aspect ratio 4:1 is beyond 3:1');
    expect(drawn('1024x1000')).toBe('size 1024x1000 is not in multiples of 16');
    expect(drawn('4096x4096')).toBe('size 4096x4096 has an edge outside 16 to 3840 pixels');
    expect(drawn('3840x1024')).toBe('size 3840x1024 has an aspect ratio above 3:1');
    expect(drawn('256x256')).toBe('size 256x256 has 65536 pixels, outside 655360 to 8294400');
  });
});

describe('a model with a list of sizes', () => {
  it('accepts the sizes of the list and suggests one of them for others', () => {
    fc.assert(
      fc.property(sizeTexts, pixels, (sizes, [width, height]) => {
        const answer = chooseSize({ kind: 'list', sizes }, `${width}x${height}`);
        const { size } = answer.kind === 'fits' ? answer.choice : answer.nearest;
        expect(sizes).toContain(sizeText(size));
        expect(answer.kind === 'fits').toBe(sizes.includes(`${width}x${height}`));
      }),
    );
  });

  it('names the sizes and what to pass instead', () => {
    const rule = { kind: 'list', sizes: ['1024x1024', '1536x1024'] } as const;
    expect(chooseSize(rule, '1500x1000')).toEqual({
      kind: 'differs',
      nearest: { size: { width: 1536, height: 1024 } },
      why: 'size 1500x1000 is not supported; the model supports 1024x1024, 1536x1024',
      hint: "Pass size 1536x1024, or onUnsupported: 'adapt'.",
    });
    expect(chooseSize(rule, 'portrait')).toMatchObject({ kind: 'differs', why: 'this model has no portrait size' });
    expect(chooseSize(rule, { aspectRatio: '3:2' })).toMatchObject({ kind: 'fits', choice: { size: { width: 1536 } } });
  });
});

describe('a model with a list of aspect ratios', () => {
  const rule = { kind: 'ratios', ratios: { '1:1': '1024x1024', '16:9': '1344x768', '9:16': '768x1344' } } as const;

  it('gets the ratio with its pixels', () => {
    expect(chooseSize(rule, { aspectRatio: '16:9' })).toEqual({
      kind: 'fits',
      choice: { size: { width: 1344, height: 768 }, aspectRatio: '16:9' },
    });
    expect(chooseSize(rule, '768x1344')).toMatchObject({ kind: 'fits', choice: { aspectRatio: '9:16' } });
    expect(chooseSize(rule, 'landscape')).toMatchObject({ kind: 'fits', choice: { aspectRatio: '16:9' } });
    expect(chooseSize(rule, { aspectRatio: '32:18' })).toMatchObject({ kind: 'fits', choice: { aspectRatio: '16:9' } });
  });

  it('always resolves to one of its ratios', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          ratios.map((aspectRatio) => ({ aspectRatio })),
          pixels.map(([w, h]) => `${w}x${h}`),
        ),
        (asked) => {
          const answer = chooseSize(rule, asked);
          const choice = answer.kind === 'fits' ? answer.choice : answer.nearest;
          expect(Object.entries(rule.ratios)).toContainEqual([choice.aspectRatio, sizeText(choice.size)]);
        },
      ),
    );
  });

  it('names the ratios in the refusal', () => {
    expect(chooseSize(rule, { aspectRatio: '7:3' })).toMatchObject({
      kind: 'differs',
      why: 'aspect ratio 7:3 is not supported; the model supports 1:1, 16:9, 9:16',
      hint: "Pass aspectRatio 16:9, or onUnsupported: 'adapt'.",
    });
  });
});

it('parses and formats sizes without loss', () => {
  fc.assert(
    fc.property(pixels, ([width, height]) => {
      expect(parseSize(sizeText({ width, height }))).toEqual({ width, height });
    }),
  );
});

describe('a model with ratios in several tiers', () => {
  const rule = {
    kind: 'ratios',
    ratios: { '1:1': '1024x1024', '16:9': '1344x768' },
    tiers: {
      '1K': { '1:1': '1024x1024', '16:9': '1344x768' },
      '2K': { '1:1': '2048x2048', '16:9': '2688x1536' },
    },
  } as const satisfies SizeRule;

  it('has no tier for default pixels, and the tier for others', () => {
    expect(chooseSize(rule, '1024x1024')).toMatchObject({ choice: { aspectRatio: '1:1' } });
    expect(chooseSize(rule, '1024x1024')).not.toHaveProperty('choice.tier');
    expect(chooseSize(rule, '2688x1536')).toMatchObject({ choice: { aspectRatio: '16:9', tier: '2K' } });
  });

  it('stays in the tier of the quality', () => {
    expect(chooseSize(rule, 'square', '2K')).toMatchObject({ choice: { tier: '2K', size: { width: 2048 } } });
    expect(chooseSize(rule, { aspectRatio: '16:9' }, '2K')).toMatchObject({ choice: { size: { height: 1536 } } });
    expect(chooseSize(rule, '1024x1024', '2K')).toMatchObject({ kind: 'differs', nearest: { tier: '2K' } });
  });
});
