/** Questions that cost nothing: what a request has to know before it is sent, and what it would cost. */
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { defineProvider, get, lookupFeature, post, type RequestArgs } from '../../../../src/providers/kit/index.ts';
import type { AiImageError, ModelCard } from '../../../../src/providers/protocol/index.ts';
import { startStopwatch } from '../../../support/stopwatch.ts';
import { openVendor, plainBody, sampleCard, sampleParts, sendJson, type Vendor, WHITE_PNG } from '../support/vendor.ts';

const apiKey = 'sample-key-0123456789';
const optionsSchema = z.strictObject({ host: z.optional(z.string()) });
type Options = z.infer<typeof optionsSchema>;

const asking = defineProvider({
  ...sampleParts,
  models: {
    'sample-1': { ...sampleCard, pricing: { images: [{ usd: 0.5 }], asOf: '2026-11-01', source: 'a test' } },
  } as Readonly<Record<string, ModelCard>>,
  optionsSchema,
  toRequest: ({ options, ...args }: RequestArgs<Options>) =>
    post(`images/${options.host ?? 'somewhere'}`, plainBody({ ...args, options })),
  lookup: {
    feature: lookupFeature,
    toRequest: ({ options, model }) => (options.host === undefined ? get(`hosts/${model}`) : undefined),
    responseSchema: z.object({ host: z.optional(z.string()) }),
    toOptions: ({ host }, { options, model }) =>
      host === undefined
        ? {
            refusal: {
              code: 'unsupported',
              field: 'model',
              message: `sample: nobody serves ${model}`,
              hint: 'Ask later.',
            },
          }
        : { ...options, host },
  },
  quote: {
    toRequest: (submit, { options }) => (options.host === 'free' ? undefined : { ...submit, query: { dry_run: true } }),
    responseSchema: z.object({ micros: z.number() }),
    toUsd: ({ micros }) => micros / 1e6,
  },
});

const answering = (host: string | undefined) =>
  openVendor(({ path }, response) => {
    if (path.includes('dry_run')) sendJson(response, { micros: 70_000 });
    else if (path.startsWith('/v1/hosts')) sendJson(response, { host });
    else sendJson(response, { images: [WHITE_PNG.toString('base64')] });
  });
const pathsOf = ({ received }: Vendor) => received.map(({ method, path }) => `${method} ${path}`);

describe('a lookup', () => {
  it('is sent before the submit, and its reply is cached for later calls', async () => {
    await using vendor = await answering('here');
    const provider = asking.create({ apiKey, baseUrl: vendor.url });
    await provider.generate({ prompt: 'a dot', n: 2 });
    await provider.generateImage('a dot');
    expect(pathsOf(vendor)).toEqual([
      'GET /v1/hosts/sample-1',
      'POST /v1/images/here',
      'POST /v1/images/here',
      'POST /v1/images/here',
    ]);
  });

  it('is not sent if the caller passes the value, and never for a plan', async () => {
    await using vendor = await answering('here');
    const provider = asking.create({ apiKey, baseUrl: vendor.url });
    await provider.generate({ prompt: 'a dot', options: { host: 'mine' } });
    await provider.plan({ prompt: 'a dot' });
    expect(pathsOf(vendor)).toEqual(['POST /v1/images/mine']);
  });

  it('refuses before anything is charged', async () => {
    await using vendor = await answering(undefined);
    const error = await asking
      .create({ apiKey, baseUrl: vendor.url })
      .generate({ prompt: 'a dot' })
      .catch((reason: AiImageError) => reason);
    expect(error).toMatchObject({
      code: 'unsupported',
      charged: 'no',
      hint: 'Ask later.',
      message: expect.stringMatching(/nobody serves/),
    });
    expect(pathsOf(vendor)).toEqual(['GET /v1/hosts/sample-1']);
  });

  it('is retried after transient faults, and a failure is not cached', async () => {
    let isUp = false;
    await using vendor = await openVendor(({ path }, response) => {
      if (path.startsWith('/v1/hosts')) sendJson(response, isUp ? { host: 'here' } : { error: 'no' }, isUp ? 200 : 403);
      else sendJson(response, { images: [WHITE_PNG.toString('base64')] });
    });
    const provider = asking.create({ apiKey, baseUrl: vendor.url });
    await expect(provider.generate({ prompt: 'a dot' })).rejects.toMatchObject({ code: 'permission' });
    isUp = true;
    await expect(provider.generate({ prompt: 'a dot' })).resolves.toMatchObject({ images: [{ width: 1 }] });
  });

  it('counts towards the deadline of the call', async () => {
    await using vendor = await openVendor(() => undefined); // never answers
    const elapsedMs = startStopwatch();
    await expect(
      asking.create({ apiKey, baseUrl: vendor.url }).generate({ prompt: 'a dot' }, { deadlineMs: 200 }),
    ).rejects.toMatchObject({ code: 'timeout' });
    expect(elapsedMs()).toBeLessThan(2000);
  });
});

describe('a quote', () => {
  it('returns the vendor’s price for all images without generating any', async () => {
    await using vendor = await answering('here');
    const cost = await asking.create({ apiKey, baseUrl: vendor.url }).quote!({ prompt: 'a dot', n: 2 });
    expect(cost).toEqual({ usd: 0.14, basis: 'reported' });
    expect(pathsOf(vendor).filter((path) => !path.includes('dry_run'))).toEqual(['GET /v1/hosts/sample-1']);
  });

  it('is the card’s estimate if the vendor would treat the request as an order', async () => {
    await using vendor = await answering('here');
    const cost = await asking.create({ apiKey, baseUrl: vendor.url }).quote!({
      prompt: 'a dot',
      n: 2,
      options: { host: 'free' },
    });
    expect(cost).toEqual({ usd: 1, basis: 'estimated', asOf: '2026-11-01' });
    expect(pathsOf(vendor)).toEqual([]);
  });

  it('refuses what generate refuses', async () => {
    await expect(asking.create({ apiKey }).quote!({ prompt: 'a dot', seed: 99 })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });
});
