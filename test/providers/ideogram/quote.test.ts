/**
 * Ideogram quotes a price before it generates, but only on the routes that document this. On other routes the same request would be
 * charged.
 */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createIdeogram } from '../../../src/providers/ideogram/index.ts';
import { encodeSketch } from '../../../src/testing/index.ts';
import { type CaptureServer, openCaptureServer } from '../support/wire-parity.ts';

let server: CaptureServer;
let quoted: object = {};
beforeAll(async () => {
  server = await openCaptureServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(quoted));
  });
});
beforeEach(() => server.forget());
afterAll(() => server[Symbol.asyncDispose]());

const quote = (request: Parameters<NonNullable<ReturnType<typeof createIdeogram>['quote']>>[0]) =>
  createIdeogram({ apiKey: 'ideo-0123456789', baseUrl: server.origin }).quote!(request);

it('requests the price of exactly this request', async () => {
  quoted = { object: 'quote', quantity: 2, usd_micros: 120_000, qualifier: 'exact', upper_bound_usd_micros: 200_000 };

  expect(await quote({ prompt: 'a fox', n: 2, quality: 'standard' })).toEqual({ usd: 0.12, basis: 'reported' });
  expect(server.captured.map(({ path }) => path)).toEqual(['/v2/image/generate/ideogram-4-5?dry_run=true']);
  expect(server.captured[0]?.json).toMatchObject({ prompt: 'a fox', num_images: 2, quality: 'medium' });
});

it('uses the upper end of an estimate', async () => {
  quoted = { object: 'quote', usd_micros: 50_000, qualifier: 'estimate', upper_bound_usd_micros: 90_000 };

  expect(await quote({ prompt: 'a fox', model: 'ideogram-4' })).toEqual({ usd: 0.09, basis: 'reported' });
});

it('requests no quote where that request would be charged', async () => {
  const image = await encodeSketch({ $image: 'png', width: 64, height: 64 });
  const cost = await quote({ operation: 'remove-background', inputImages: [image] });

  expect(cost).toMatchObject({ usd: 0.01, basis: 'estimated' });
  expect(server.captured).toEqual([]);
});

it('requests the price of an upscale, which no model card contains', async () => {
  quoted = { object: 'quote', quantity: 1, usd_micros: 126_000, qualifier: 'exact' };
  const image = await encodeSketch({ $image: 'png', width: 64, height: 64 });

  const cost = await quote({ operation: 'upscale', inputImages: [image], options: { upscale_factor: 'x2' } });
  expect(cost).toEqual({ usd: 0.126, basis: 'reported' });
  expect(server.captured.map(({ path }) => path)).toEqual(['/v2/image/upscale/topaz-standard-2?dry_run=true']);
});
