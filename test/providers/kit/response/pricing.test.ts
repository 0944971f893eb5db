import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createImageManager } from '../../../../src/manager/index.ts';
import { costOfUsage, estimateCost, sumCosts } from '../../../../src/providers/kit/response/pricing.ts';
import type { Cost, ModelCard } from '../../../../src/providers/protocol/index.ts';
import { createProvider } from '../../../../src/providers/registry.ts';
import { sampleCard } from '../support/vendor.ts';

const pricing = { asOf: '2026-11-01', source: 'made for tests' };
const card = (own: Partial<ModelCard>): ModelCard => ({ ...sampleCard, ...own });

/** A price is absent, or a whole number of micro-dollars that can be counted with exactly. */
function expectMoney({ usd, basis }: Cost): void {
  if (usd === undefined) {
    expect(basis).toBe('unknown');
    return;
  }
  const micros = Math.round(usd * 1e6);
  expect(Number.isSafeInteger(micros)).toBe(true);
  expect(micros / 1e6).toBe(usd);
  expect(Object.is(usd, -0) || usd < 0).toBe(false);
  expect(basis).not.toBe('unknown');
}

/** What a vendor, or whoever speaks for it, may put where a number is due. */
const anyNumber = fc.oneof(
  fc.double(),
  fc.integer({ min: -10, max: 1_000_000 }),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1, -0, 0, 1e300, null, undefined),
);
const usd = fc.double({ min: 0, max: 100, noNaN: true });
const sizes = fc.constantFrom(undefined, '1024x1024', '1536x1024', '512x512');
const prices = fc.array(
  fc
    .record({ usd, quality: fc.constantFrom(undefined, 'low', 'high'), size: sizes })
    .map(({ usd, quality, size }) => ({ usd, ...(quality && { quality }), ...(size && { size }) })),
  { maxLength: 6 },
);

describe('D05: the price of a call', () => {
  it('is never NaN, negative or a fraction of a micro-dollar, whatever the vendor reports', () => {
    const usage = fc.record({
      usd: anyNumber,
      inputTokens: anyNumber,
      outputTokens: anyNumber,
      textInputTokens: anyNumber,
      imageInputTokens: anyNumber,
      imageOutputTokens: anyNumber,
      textOutputTokens: anyNumber,
    });
    const rates = fc.record({ imageOutput: usd, textInput: usd, imageInput: usd, textOutput: usd });
    fc.assert(
      fc.property(usage, fc.option(rates, { nil: undefined }), (reported, tokens) => {
        const cost = costOfUsage(card({ pricing: { ...pricing, images: [], ...(tokens && { tokens }) } }), reported);
        if (cost) expectMoney(cost);
      }),
      { numRuns: 500 },
    );
  });

  it('is estimated in whole micro-dollars from any table', () => {
    fc.assert(
      fc.property(
        prices,
        sizes,
        fc.constantFrom(undefined, 'low', 'high'),
        fc.integer({ min: 1, max: 100 }),
        (images, size, quality, n) => {
          const [width = 1, height = 1] = (size ?? '').split('x').map(Number);
          const cost = estimateCost(card({ pricing: { ...pricing, images } }), n, {
            ...(size && { size: { width, height } }),
            ...(quality && { quality }),
          });
          expectMoney(cost);
          if (images.length === 0) expect(cost).toEqual({ basis: 'unknown' });
        },
      ),
    );
  });

  it('is summed exactly: 0.1 added ten times is 1', () => {
    const tenth: Cost = { usd: 0.1, basis: 'reported' };
    expect(sumCosts(Array.from({ length: 10 }, () => tenth))).toEqual({ usd: 1, basis: 'reported' });
    const micros = fc.array(fc.integer({ min: 0, max: 1_000_000_000 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(micros, (amounts) => {
        const sum = sumCosts(amounts.map((each): Cost => ({ usd: each / 1e6, basis: 'estimated' })));
        expect(Math.round((sum.usd ?? Number.NaN) * 1e6)).toBe(amounts.reduce((a, b) => a + b, 0));
        expectMoney(sum);
      }),
    );
  });

  it('is unknown if one part is unknown, and estimated if one part is estimated', () => {
    const known: Cost = { usd: 1, basis: 'reported', asOf: '2026-01-02' };
    expect(sumCosts([known, { basis: 'unknown' }])).toEqual({ basis: 'unknown' });
    expect(sumCosts([])).toEqual({ basis: 'unknown' });
    expect(sumCosts([known, { usd: 0.5, basis: 'estimated', asOf: '2026-01-01' }])).toEqual({
      usd: 1.5,
      basis: 'estimated',
      asOf: '2026-01-01',
    });
  });
});

describe('an estimate', () => {
  const images = [
    { quality: 'low', size: '1024x1024', usd: 0.01 },
    { quality: 'high', size: '1024x1024', usd: 0.04 },
    { quality: 'low', size: '1536x1024', usd: 0.016 },
  ];
  const priced = card({ pricing: { ...pricing, images } });
  const square = { width: 1024, height: 1024 };

  it('is the price of the quality and size, times the number of images', () => {
    expect(estimateCost(priced, 3, { size: square, quality: 'low' })).toEqual({
      usd: 0.03,
      basis: 'estimated',
      asOf: '2026-11-01',
    });
  });

  it('uses the most expensive quality if none was requested, because the vendor chooses', () => {
    expect(estimateCost(priced, 1, { size: square }).usd).toBe(0.04);
  });

  it('scales by pixels if the table has no such size', () => {
    expect(estimateCost(priced, 1, { size: { width: 2048, height: 1024 }, quality: 'high' }).usd).toBe(0.08);
  });

  it('prefers rows of the tier and operation, and uses general rows otherwise', () => {
    const rows = [
      { usd: 0.01 },
      { tier: '2K', usd: 0.02 },
      { operation: 'upscale', usd: 0.4 },
      { tier: '2K', operation: 'upscale', usd: 0.8 },
    ] as const;
    const tiered = card({ pricing: { ...pricing, images: rows } });
    const usdOf = (asked: object) => estimateCost(tiered, 1, asked).usd;
    expect([usdOf({}), usdOf({ tier: '1K' }), usdOf({ tier: '2K' })]).toEqual([0.01, 0.01, 0.02]);
    expect([usdOf({ operation: 'upscale' }), usdOf({ operation: 'edit' })]).toEqual([0.4, 0.01]);
    expect(usdOf({ tier: '2K', operation: 'upscale' })).toBe(0.8);
  });

  it('counts started megapixels if the price is by pixels', () => {
    const billed = card({ pricing: { ...pricing, images: [{ usd: 0.03, furtherUsd: 0.015 }] } });
    const usdOf = (width: number, height: number) => estimateCost(billed, 1, { size: { width, height } }).usd;
    expect([usdOf(512, 512), usdOf(1000, 1000), usdOf(1024, 1024), usdOf(2000, 2000)]).toEqual([
      0.03, 0.03, 0.045, 0.075,
    ]);
    expect(estimateCost(billed, 2, {}).usd).toBe(0.06);
  });

  it('adds the price of input images', () => {
    const charging = card({ pricing: { ...pricing, images: [{ usd: 0.02 }], inputUsd: 0.002 } });
    expect(estimateCost(charging, 2, { inputs: ['a', 'b', 'c'] }).usd).toBe(0.046);
    expect(estimateCost(charging, 2, {}).usd).toBe(0.04);
  });

  it('is unknown for a quality without a price', () => {
    expect(estimateCost(priced, 1, { quality: 'max' })).toEqual({ basis: 'unknown' });
  });
});

describe('a cost from the usage in a reply', () => {
  const tokens = { textInput: 5, imageInput: 8, imageOutput: 30 };
  const priced = card({ pricing: { ...pricing, images: [], tokens } });

  it('is reported only if the vendor states an amount', () => {
    expect(costOfUsage(priced, { usd: 0.25, outputTokens: 9 })).toEqual({ usd: 0.25, basis: 'reported' });
  });

  it('is estimated from tokens at the card’s rates per million', () => {
    const cost = costOfUsage(priced, { inputTokens: 1100, imageInputTokens: 1000, outputTokens: 2000 });
    expect(cost).toEqual({ usd: (100 * 5 + 1000 * 8 + 2000 * 30) / 1e6, basis: 'estimated', asOf: '2026-11-01' });
  });

  it('falls back to the estimate if the usage has nothing to count', () => {
    expect(costOfUsage(priced, {})).toBeUndefined();
    expect(costOfUsage(card({}), { outputTokens: 5 })).toBeUndefined();
  });
});

describe('a model without a card', () => {
  const openai = createProvider('openai', { apiKey: 'sk-test-0123456789' });

  it('has no price, not even that of the default model', async () => {
    const plan = await openai.plan({ prompt: 'a fox', model: 'gpt-image-of-tomorrow', quality: 'hd' });
    expect(plan.price).toEqual({ basis: 'unknown' });
    expect(plan.adaptations[0]).toMatchObject({
      code: 'unknown_model',
      message: expect.stringContaining('its price is unknown'),
    });
    expect((await openai.plan({ prompt: 'a fox', quality: 'hd' })).price.basis).toBe('estimated');
  });

  it('is refused under a budget unless the budget allows it by name', async () => {
    const request = { prompt: 'a fox', model: 'gpt-image-of-tomorrow' };
    const images = createImageManager({ providers: { openai }, budget: { perCallUsd: 1 } });
    await expect(images.generate(request)).rejects.toMatchObject({ code: 'budget_exceeded', charged: 'no' });
  });
});
