/** One call whose images take several requests, because this vendor generates one image per request. */
import { describe, expect, it } from 'vitest';
import type { AiImageError } from '../../../../src/providers/protocol/index.ts';
import { openVendor, sample, sendJson, WHITE_PNG } from '../support/vendor.ts';

const image = { images: [WHITE_PNG.toString('base64')] };
/** Which of the pictures a request is for. */
const indexOf = ({ body }: { readonly body: string }) => (JSON.parse(body) as { firstIndex: number }).firstIndex;
const create = ({ url }: { readonly url: string }) => sample.create({ apiKey: 'sk-test-0123456789', baseUrl: url });

describe('a call for three images', () => {
  it('sends three requests with different seeds and returns the images in order', async () => {
    await using vendor = await openVendor(async (request, response) => {
      await new Promise((resolve) => setTimeout(resolve, 30 - 10 * indexOf(request)));
      sendJson(response, image);
    });
    const { images, failures, applied } = await create(vendor).generate({ prompt: 'a fox', n: 3, seed: 8 });
    const sent = vendor.received.map(({ body }) => JSON.parse(body) as { n: number; firstIndex: number; seed: number });
    expect(sent.map(({ n }) => n)).toEqual([1, 1, 1]);
    // The card's seeds end at 9: the third one starts over.
    expect(sent.sort((a, b) => a.firstIndex - b.firstIndex).map(({ seed }) => seed)).toEqual([8, 9, 0]);
    expect(images.map(({ seed }) => seed)).toEqual([8, 9, 0]);
    expect(failures).toEqual([]);
    expect(applied).toEqual({ model: 'sample-1', n: 3, seed: 8 });
  });

  it('B20: a call for three images returns the images that succeeded, reports the failed one, and repeats nothing', async () => {
    await using vendor = await openVendor((request, response) =>
      indexOf(request) === 1 ? sendJson(response, { error: 'no' }, 400) : sendJson(response, image),
    );
    const { images, failures, warnings } = await create(vendor).generate({ prompt: 'a fox', n: 3 });
    expect(images).toHaveLength(2);
    expect(failures).toMatchObject([{ index: 1, error: { code: 'invalid_request', charged: 'no' } }]);
    expect(warnings).toMatchObject([{ code: 'fewer_images' }]);
    expect(vendor.received).toHaveLength(3);
  });

  it('U01: a call for three images throws the most severe error if all fail', async () => {
    await using vendor = await openVendor((request, response) =>
      indexOf(request) === 2 ? sendJson(response, { error: 'lost' }, 500) : sendJson(response, { error: 'no' }, 400),
    );
    const error = (await create(vendor)
      .generate({ prompt: 'a fox', n: 3 })
      .catch((reason: unknown) => reason)) as AiImageError;
    expect(error).toMatchObject({ code: 'outcome_unknown', charged: 'unknown', mayRetry: false, mayFailOver: false });
    expect(error.failures.map(({ index, error: each }) => `${index} ${each.code}`)).toEqual([
      '0 invalid_request',
      '1 invalid_request',
      '2 outcome_unknown',
    ]);
    expect(vendor.received).toHaveLength(3);
  });
});
