/** The estimated price of a request before it is sent. */
import { describe, expect, it } from 'vitest';
import { createProvider } from '../../../src/providers/registry.ts';

const provider = createProvider('openai', { apiKey: 'sk-prices-0123456789' });
const request = { prompt: 'a red square', model: 'gpt-image-2.5-flare', size: '1024x1024' } as const;
const priceOf = async (options?: object) =>
  (await provider.plan({ ...request, ...(options && { options: { ...options } }) })).price;

describe('the price of a request to openai', () => {
  it('is that of the quality in the options', async () => {
    expect(await priceOf({ quality: 'low' })).toMatchObject({ usd: 0.006, basis: 'estimated' });
    expect(await priceOf({ quality: 'xhigh' })).toMatchObject({ usd: 0.094, basis: 'estimated' });
    expect(await priceOf({ quality: 'max' })).toMatchObject({ usd: 0.211, basis: 'estimated' });
  });

  it('is the highest of low, medium and high when the vendor chooses', async () => {
    expect(await priceOf()).toMatchObject({ usd: 0.053 });
    expect(await priceOf({ quality: 'auto' })).toMatchObject({ usd: 0.053 });
  });

  it('is unknown when the model has no card', async () => {
    const { price } = await provider.plan({ ...request, model: 'gpt-image-9' });
    expect(price).toEqual({ basis: 'unknown' });
  });
});
