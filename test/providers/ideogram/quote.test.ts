/** The vendor tells a price before it draws, but only where it says so: elsewhere it would take the question for an order. */
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

it('asks for the price of exactly the request', async () => {
  quoted = { object: 'quote', quantity: 2, usd_micros: 120_000, qualifier: 'exact', upper_bound_usd_micros: 200_000 };

  expect(await quote({ prompt: 'a fox', n: 2, quality: 'standard' })).toEqual({ usd: 0.12, basis: 'reported' });
  expect(server.captured.map(({ path }) => path)).toEqual(['/v2/image/generate/ideogram-4-5?dry_run=true']);
  expect(server.captured[0]?.json).toMatchObject({ prompt: 'a fox', num_images: 2, quality: 'medium' });
});

it('counts on the most that an estimate allows', async () => {
  quoted = { object: 'quote', usd_micros: 50_000, qualifier: 'estimate', upper_bound_usd_micros: 90_000 };

  expect(await quote({ prompt: 'a fox', model: 'ideogram-4' })).toEqual({ usd: 0.09, basis: 'reported' });
});

it('asks nothing where the question would be an order', async () => {
  const picture = await encodeSketch({ $image: 'png', width: 64, height: 64 });
  const cost = await quote({ operation: 'remove-background', inputImages: [picture] });

  expect(cost).toMatchObject({ usd: 0.01, basis: 'estimated' });
  expect(server.captured).toEqual([]);
});

it('asks for the price of enlarging, which no card can tell', async () => {
  quoted = { object: 'quote', quantity: 1, usd_micros: 126_000, qualifier: 'exact' };
  const picture = await encodeSketch({ $image: 'png', width: 64, height: 64 });

  const cost = await quote({ operation: 'upscale', inputImages: [picture], options: { upscale_factor: 'x2' } });
  expect(cost).toEqual({ usd: 0.126, basis: 'reported' });
  expect(server.captured.map(({ path }) => path)).toEqual(['/v2/image/upscale/topaz-standard-2?dry_run=true']);
});
