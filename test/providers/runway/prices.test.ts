/** The price of a model card, as shown before the call: an upper bound when the vendor's price depends on more. */
import { expect, it } from 'vitest';
import { createRunway } from '../../../src/providers/runway/index.ts';
import { encodeSketch } from '../../../src/testing/index.ts';

const provider = createRunway({ apiKey: 'key_runway_0123456789', baseUrl: 'http://127.0.0.1:9' });
const image = await encodeSketch({ $image: 'png', width: 512, height: 512 });

it.each([
  ['a quality', { model: 'gpt_image_2', quality: 'draft', size: '1920x1088' }, 0.01],
  ['a quality at 4K', { model: 'gpt_image_2', quality: 'hd', size: '3840x2160' }, 0.41],
  ['the most expensive size when none is requested', { model: 'gpt_image_2', quality: 'hd' }, 0.41],
  ['4K of Gemini 3 Pro', { model: 'gemini_image3_pro', size: '4096x4096' }, 0.4],
  ['1K of Seedream', { model: 'seedream5_pro', size: '1024x1024' }, 0.05],
  ['2K of Seedream', { model: 'seedream5_pro', size: '2048x2048' }, 0.09],
  ['the minimum price of a request', { model: 'grok_imagine_image_2', quality: 'draft', size: '1024x1024' }, 0.06],
  [
    '2K of Grok with an input',
    { model: 'grok_imagine_image_2', quality: 'standard', size: '2048x2048', inputImages: [image] },
    0.09,
  ],
] as const)('estimates the price of %s', async (_, request, usd) => {
  expect(await provider.quote!({ prompt: 'a fox', ...request })).toEqual({
    usd,
    basis: 'estimated',
    asOf: '2026-11-28',
  });
});

it('estimates the maximum price of an upscale', async () => {
  const cost = await provider.quote!({
    model: 'magnific_precision_upscaler_v2',
    operation: 'upscale',
    inputImages: [image],
  });
  expect(cost).toMatchObject({ usd: 1.5, basis: 'estimated' });
});
