/** The price of a model card, as shown before the call. */
import { afterAll, expect, it } from 'vitest';
import { createReplicate } from '../../../src/providers/replicate/index.ts';
import { encodeSketch } from '../../../src/testing/index.ts';
import { openCaptureServer } from '../support/wire-parity.ts';

/** The provider requests the model's schema first; this one is empty. */
const server = await openCaptureServer((_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
});
afterAll(() => server[Symbol.asyncDispose]());
const provider = createReplicate({ apiKey: 'r8_0123456789', baseUrl: `${server.origin}/v1` });
const image = await encodeSketch({ $image: 'png', width: 64, height: 64 });

it.each([
  ['a run and a megapixel', { model: 'black-forest-labs/flux-2-pro' }, 0.03],
  ['an input as one additional megapixel', { model: 'black-forest-labs/flux-2-max', inputImages: [image] }, 0.1],
  ['1K when no size is requested', { model: 'google/nano-banana-2' }, 0.067],
  ['2K by quality', { model: 'google/nano-banana-2', quality: 'hd' }, 0.101],
  ['4K by size', { model: 'google/nano-banana-pro', size: '4096x4096' }, 0.3],
] as const)('estimates the price of %s', async (_, request, usd) => {
  expect(await provider.quote!({ prompt: 'a fox', ...request })).toEqual({
    usd,
    basis: 'estimated',
    asOf: '2026-11-28',
  });
});

it('estimates no price when none is published', async () => {
  expect(await provider.quote!({ prompt: 'a fox', model: 'xai/grok-imagine-image-2' })).toEqual({ basis: 'unknown' });
});
