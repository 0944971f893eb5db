/** The price of a model card, as shown before the call. Every reply then reports what was charged. */
import { expect, it } from 'vitest';
import { createRecraft } from '../../../src/providers/recraft/index.ts';
import { encodeSketch } from '../../../src/testing/index.ts';

const provider = createRecraft({ apiKey: 'recraft-0123456789', baseUrl: 'http://127.0.0.1:9/v1' });
const image = await encodeSketch({ $image: 'png', width: 256, height: 256 });
const style = { style_id: '73a249b2-879e-4240-9973-c6fb1715a882' };

it.each([
  ['an image', { model: 'recraftv4_1_utility' }, 0.035],
  ['an edit, which costs more than an image', { inputImages: [image], options: { strength: 0.5 } }, 0.04],
  ['a style that exists', { model: 'recraftv4_styles', options: style }, 0.035],
  ['a style that is created for the request', { model: 'recraftv4_styles', inputImages: [image] }, 0.075],
  ['a vector', { model: 'recraftv4_1_utility_pro_vector', format: 'svg' }, 0.3],
] as const)('estimates the price of %s', async (_, request, usd) => {
  expect(await provider.quote!({ prompt: 'a fox', ...request })).toMatchObject({ usd, basis: 'estimated' });
});

it('refuses an input image of 10 MB and more', async () => {
  const large = new Uint8Array(10 * 1024 * 1024);
  large.set(image);
  const { refusals } = await provider
    .plan({ prompt: 'a fox', inputImages: [large], options: { strength: 0.5 } })
    .catch((error: Error) => ({ refusals: [{ message: error.message }] }));
  expect(refusals.map(({ message }) => message).join()).toContain('10485759');
});
