import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import {
  blob,
  defineProvider,
  type ImageItem,
  post,
  postForm,
  streamFeature,
} from '../../../../src/providers/kit/index.ts';
import type { AiImageError } from '../../../../src/providers/protocol/errors.ts';
import type { JobHandle, ModelCard } from '../../../../src/providers/protocol/index.ts';
import { startStopwatch } from '../../../support/stopwatch.ts';
import { openVendor, sampleCard, sampleParts, sendJson, WHITE_PNG } from '../support/vendor.ts';

const key = 'sample-key-0123456789';
const failure = (call: Promise<unknown>) =>
  call.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: AiImageError) => error,
  );

/** A vendor that answers with links, inline or in events, and takes pictures. */
const linking = defineProvider({
  ...sampleParts,
  models: {
    'sample-1': {
      ...sampleCard,
      maxImages: 4,
      streaming: { maxPartials: 1 },
      edit: { operations: ['edit'], maxInputs: 2, maxInputBytes: 10_000, inputFormats: ['png'] },
    },
  } as Readonly<Record<string, ModelCard>>,
  toEdit: ({ inputs }) => postForm('edits', { image: inputs }),
  responseSchema: z.object({ links: z.array(z.string()) }),
  toImages: ({ links }): readonly ImageItem[] => links.map((link) => ({ link })),
  stream: {
    feature: streamFeature,
    eventSchema: z.object({ bytes: z.optional(blob()), refused: z.optional(z.string()) }),
    toEvent: ({ bytes, refused }) => {
      if (refused) return { kind: 'image', item: { refused } };
      return bytes ? { kind: 'image', item: { bytes } } : undefined;
    },
  },
});

describe('result links of a vendor without jobs', () => {
  it('are in the error if they cannot be fetched in time, and one expired link does not lose the others', async () => {
    let isReady = false;
    await using vendor = await openVendor(({ path }, response) => {
      if (path === '/v1/images') sendJson(response, { links: [`${vendor.url}/a`, `${vendor.url}/b`] });
      else if (isReady && path === '/v1/a') response.end(WHITE_PNG);
      else if (isReady) response.writeHead(404).end();
    });
    const provider = linking.create({ apiKey: key, baseUrl: vendor.url });

    const error = await failure(provider.generate({ prompt: 'a dot', n: 2 }, { deadlineMs: 300 }));
    expect(error).toMatchObject({ code: 'timeout', charged: 'yes' });

    isReady = true;
    const handle = JSON.parse(JSON.stringify(error.job)) as JobHandle;
    const { images, failures } = await provider.resume!(handle);
    expect(images).toHaveLength(1);
    expect(failures).toMatchObject([{ index: 1, error: { charged: 'yes' } }]);
    expect(vendor.received.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });
});

describe('a stream', () => {
  const events = (...data: object[]) => data.map((each) => `data: ${JSON.stringify(each)}\n\n`).join('');

  it('ends with a refusal if its only image is refused', async () => {
    await using vendor = await openVendor((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(events({ refused: 'not this one' }));
    });
    const provider = linking.create({ apiKey: key, baseUrl: vendor.url });
    const read = async () => {
      for await (const _ of provider.stream!({ prompt: 'a dot' }));
    };

    expect(await failure(read())).toMatchObject({
      code: 'content_refused',
      message: expect.stringContaining('not this one'),
    });
  });

  it('returns the other image if one is refused', async () => {
    await using vendor = await openVendor((_, response) => {
      const body = events({ refused: 'not this one' }, { bytes: WHITE_PNG.toString('base64') });
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(body);
    });
    const provider = linking.create({ apiKey: key, baseUrl: vendor.url });
    const types: string[] = [];
    for await (const event of provider.stream!({ prompt: 'a dot', n: 2 })) types.push(event.type);

    expect(types).toEqual(['submitted', 'image', 'done']);
  });
});

describe('inputs given as links', () => {
  it('U03: inputs given as links are fetched within the deadline of the call', async () => {
    await using vendor = await openVendor(async ({ path }, response) => {
      if (path !== '/v1/in.png') return; // the edit is never answered
      await new Promise((resolve) => setTimeout(resolve, 600));
      response.end(WHITE_PNG);
    });
    const provider = linking.create({ apiKey: key, baseUrl: vendor.url });
    const elapsedMs = startStopwatch();

    const error = await failure(
      provider.edit({ prompt: 'a dot', inputImages: [`${vendor.url}/in.png`] }, { deadlineMs: 1_000 }),
    );

    expect(error.code).toBe('outcome_unknown');
    expect(elapsedMs()).toBeLessThan(1_500);
  });
});

describe('a generation', () => {
  it.each(['x-request-id', 'request-id', 'x-goog-request-id'])(
    'carries the request id of the header %s',
    async (header) => {
      await using vendor = await openVendor((_, response) => {
        sendJson(response, { images: [WHITE_PNG.toString('base64')] }, 200, { [header]: 'req_7' });
      });
      const { requestId } = await defineProvider(sampleParts)
        .create({ apiKey: key, baseUrl: vendor.url })
        .generate({ prompt: 'a dot' });

      expect(requestId).toBe('req_7');
    },
  );
});

describe('the canonical call', () => {
  it('drops its defaults 1024x1024 and PNG if the model does not support them', async () => {
    const models: Readonly<Record<string, ModelCard>> = {
      'sample-1': { ...sampleCard, sizes: { kind: 'list', sizes: ['2x1'] }, formats: ['jpeg'] },
    };
    await using vendor = await openVendor((_, response) =>
      sendJson(response, { images: [WHITE_PNG.toString('base64')] }),
    );
    const provider = defineProvider({
      ...sampleParts,
      models,
      toRequest: ({ prompt }) => post('images', { prompt }),
    }).create({
      apiKey: key,
      baseUrl: vendor.url,
    });

    expect(await provider.generateImage('a dot')).toMatchObject({ format: 'png' }); // what really came
    expect(await failure(provider.generateImage('a dot', { format: 'png' }))).toMatchObject({ code: 'unsupported' });
    expect(await failure(provider.generateImage('a dot', { size: '1024x1024' }))).toMatchObject({
      code: 'unsupported',
    });
    expect(vendor.received).toHaveLength(1);
  });
});

describe('a health check', () => {
  it('reports an unreachable host as `unavailable`, after a few tries and not at its deadline', async () => {
    const { url } = await (async () => {
      await using gone = await openVendor(() => undefined);
      return gone; // closed on the way out: nobody listens there any more
    })();
    const provider = linking.create({ apiKey: key, baseUrl: url, limits: { maxRetries: 1 } });
    const hasHealth = defineProvider({ ...sampleParts, health: { method: 'GET', url: 'me' } });

    expect(await provider.healthCheck()).toMatchObject({ status: 'unknown' });
    expect(
      await hasHealth
        .create({ apiKey: key, baseUrl: url, limits: { maxRetries: 1 } })
        .healthCheck({ deadlineMs: 10_000 }),
    ).toMatchObject({ status: 'failing', code: 'unavailable', message: expect.stringContaining('ECONNREFUSED') });
  });

  it.each([
    [403, 'permission'],
    [404, 'invalid_request'],
    [429, 'rate_limited'],
    [503, 'unavailable'],
  ])('reports status %i as %s', async (status, code) => {
    await using vendor = await openVendor((_, response) => sendJson(response, { error: 'no' }, status));
    const provider = defineProvider({ ...sampleParts, health: { method: 'GET', url: 'me' } }).create({
      apiKey: key,
      baseUrl: vendor.url,
      limits: { maxRetries: 1 },
    });

    expect(await provider.healthCheck()).toMatchObject({ status: 'failing', code });
  });
});
