/** `fromAiSdk`: image models of the AI SDK as providers, with the SDK's own mocks and with a model on a real socket. */
import { APICallError, LoadAPIKeyError } from '@ai-sdk/provider';
import { createXai } from '@ai-sdk/xai';
import { MockImageModelV3, MockImageModelV4 } from 'ai/test';
import { describe, expect, it, vi } from 'vitest';
import { type AiImageError, createImageManager, type ImageManager, StubProvider } from '../../../src/index.ts';
import { ANSWER_MS } from '../../../src/integrations/ai-sdk/from-sdk/sdk-card.ts';
import { type AiSdkCard, createImagen, fromAiSdk } from '../../../src/integrations/ai-sdk/index.ts';
import { imageOf, openImagesVendor } from '../../server/clients/images-vendor.ts';
import { rejectionOf } from './support.ts';

type Call = Parameters<MockImageModelV4['doGenerate']>[0];
type Result = Awaited<ReturnType<MockImageModelV4['doGenerate']>>;
type MockSettings = NonNullable<ConstructorParameters<typeof MockImageModelV4>[0]>;

const SMALL = { width: 64, height: 64 };
const small = (index = 0) => imageOf('small', SMALL, index);

/** A model that returns as many images as it is asked for, and keeps the calls. */
function createModel(change: Partial<Result> | ((call: Call) => Partial<Result>) = {}, settings: MockSettings = {}) {
  const calls: Call[] = [];
  const model = new MockImageModelV4({
    maxImagesPerCall: 4,
    ...settings,
    doGenerate: async (call) => {
      calls.push(call);
      return {
        images: Array.from({ length: call.n }, (_, index) => small(index)),
        warnings: [],
        response: { timestamp: new Date(), modelId: 'mock-model-id', headers: undefined },
        ...(typeof change === 'function' ? change(call) : change),
      };
    },
  });
  return { model, calls };
}

function failingWith(error: unknown) {
  return createModel(() => {
    throw error;
  });
}

const apiError = (statusCode: number | undefined, body: unknown, more: object = {}) =>
  new APICallError({
    message: 'the words of the vendor',
    url: 'https://vendor.example/images',
    requestBodyValues: body,
    ...(statusCode !== undefined && { statusCode }),
    ...more,
  });

it.each([
  ['warnings that are no list', { warnings: 'none' }],
  ['warnings that are null', { warnings: null }],
  ['a warning that is null', { warnings: [null] }],
  ['an answer about itself that is a text', { response: 'ok', usage: 'little', providerMetadata: 'none' }],
])('keeps a paid image in a result with %s', async (_, odd) => {
  const { model } = createModel(odd as unknown as Partial<Result>);
  expect((await fromAiSdk(model).generate({ prompt: 'a fox', size: '64x64' })).images).toHaveLength(1);
});

it.each<[string, object]>([
  ['never says how many images it makes at once', { maxImagesPerCall: () => new Promise(() => undefined) }],
  ['never says whether it takes input images', { supportsFileInputs: new Promise(() => undefined) }],
  ['throws when it is asked', { maxImagesPerCall: () => Promise.reject('a text') }],
  ['says what is no number', { maxImagesPerCall: 'many' }],
])('makes one image a call with a model that %s', async (_, odd) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const { model, calls } = createModel();
    const made = fromAiSdk(Object.assign(model, odd)).generate({ prompt: 'a fox', n: 2, size: '64x64' });
    let isOver = false;
    void made.then(() => (isOver = true));
    while (!isOver) await vi.advanceTimersByTimeAsync(ANSWER_MS);
    expect((await made).images).toHaveLength(2);
    expect(calls.map(({ n }) => n)).toEqual('supportsFileInputs' in odd ? [2] : [1, 1]);
  } finally {
    vi.useRealTimers();
  }
});

it('sends one call for as many images as the model makes at once, with seed, size and options', async () => {
  const { model, calls } = createModel();
  const result = await fromAiSdk(model).generate({
    prompt: ' a fox ',
    n: 6,
    seed: 7,
    size: '64x64',
    options: { mock: { mood: 'happy' } },
    metadata: { note: 'never sent' },
  });
  expect(result.images).toHaveLength(6);
  // The two calls run at the same time.
  expect(calls.map(({ n }) => n).sort()).toEqual([2, 4]);
  expect(calls.find(({ n }) => n === 4)).toMatchObject({
    prompt: 'a fox',
    size: '64x64',
    aspectRatio: undefined,
    seed: 7,
    files: undefined,
    mask: undefined,
    providerOptions: { mock: { mood: 'happy' } },
    headers: {},
  });
  expect(result).toMatchObject({ provider: 'mock-provider', model: 'mock-model-id', warnings: [], failures: [] });
});

it('hands a ratio over as it is, and refuses one that no model has', async () => {
  const { model, calls } = createModel();
  const provider = fromAiSdk(model);
  await provider.generate({ prompt: 'a fox', aspectRatio: '16:9' });
  expect(calls[0]).toMatchObject({ aspectRatio: '16:9', size: undefined });
  await expect(provider.generate({ prompt: 'a fox', aspectRatio: '17:3' })).rejects.toMatchObject({
    code: 'unsupported',
    charged: 'no',
  });
  expect(calls).toHaveLength(1);
});

it('asks the model how many images it makes', async () => {
  const { model, calls } = createModel(
    {},
    { maxImagesPerCall: async ({ modelId }) => (modelId === 'mock-model-id' ? 2 : 1) },
  );
  await fromAiSdk(model).generate({ prompt: 'a fox', n: 4 });
  expect(calls.map(({ n }) => n)).toEqual([2, 2]);
});

it('reports usage, seeds, changed prompts and warnings', async () => {
  const { model } = createModel({
    warnings: [
      { type: 'unsupported', feature: 'size', details: 'use aspectRatio' },
      { type: 'other', message: 'slow today' },
    ],
    usage: { inputTokens: 3, outputTokens: 5, totalTokens: 8 },
    providerMetadata: { mock: { images: [{ revisedPrompt: 'a red fox', seed: 9 }] } },
  });
  const { images, usage, warnings } = await fromAiSdk(model).generate({ prompt: 'a fox' });
  expect(images[0]).toMatchObject({ revisedPrompt: 'a red fox', seed: 9, width: 64, format: 'png' });
  expect(usage).toEqual({ inputTokens: 3, outputTokens: 5, totalTokens: 8 });
  expect(warnings.map(({ code, message }) => [code, message])).toEqual([
    ['vendor_warning', 'mock-provider: the vendor warns: size is not supported: use aspectRatio'],
    ['vendor_warning', 'mock-provider: the vendor warns: slow today'],
  ]);
});

it('reads base64 and data links', async () => {
  const base64 = Buffer.from(small()).toString('base64');
  for (const image of [base64, `data:image/png;base64,${base64}`]) {
    const { model } = createModel({ images: [image] });
    const { images } = await fromAiSdk(model).generate({ prompt: 'a fox' });
    expect(Buffer.from(images[0].imageBytes)).toEqual(Buffer.from(small()));
  }
});

it('hands over only whole images, and keeps the bytes of others', async () => {
  const broken = small().slice(0, 60);
  const { model } = createModel({ images: [small(), broken] });
  const result = await fromAiSdk(model).generate({ prompt: 'a fox', n: 2 });
  expect(result.images).toHaveLength(1);
  expect(result.failures[0]?.error).toMatchObject({ code: 'bad_response', charged: 'yes' });
  expect(Buffer.from(result.failures[0]!.error.quarantine[0]!)).toEqual(Buffer.from(broken));
  for (const images of [[], ['this is no base64!'], [7], undefined] as unknown as Result['images'][]) {
    const error = await rejectionOf(fromAiSdk(createModel({ images }).model).generate({ prompt: 'a fox' }));
    expect(error).toMatchObject({ code: 'bad_response', mayRetry: false });
    expect((error as AiImageError).charged).not.toBe('no');
    expect((error as AiImageError).quarantine).toHaveLength(1);
  }
});

describe('input images', () => {
  const edits = { supportsFileInputs: true, supportsMaskInputs: Promise.resolve(true) };

  it('are handed over with their media type, and the mask as the vendor takes it', async () => {
    const input = imageOf('input', SMALL);
    const mask = await new StubProvider().generateImage('a mask', { size: '64x64' });
    for (const [provider, isSame] of [
      ['mock-provider', true],
      ['openai.image', false],
    ] as const) {
      const { model, calls } = createModel({}, { ...edits, provider });
      const result = await fromAiSdk(model).edit({ prompt: 'blue', inputImages: [input], mask: mask.imageBytes });
      expect(calls[0]?.files).toEqual([{ type: 'file', mediaType: 'image/png', data: input }]);
      const link = `data:image/png;base64,${Buffer.from(input).toString('base64')}`;
      await fromAiSdk(model).edit({ prompt: 'blue', inputImages: [link, input] });
      expect(calls[1]?.files?.map((file) => file.type === 'file' && Buffer.from(file.data))).toEqual([
        Buffer.from(input),
        Buffer.from(input),
      ]);
      const sent = calls[0]?.mask as { data: Uint8Array };
      expect(Buffer.from(sent.data).equals(Buffer.from(mask.imageBytes))).toBe(isSame);
      expect(result.warnings.at(-1)?.message).toContain('pass edit.mask.convention in the card');
    }
  });

  it('are refused for a model that does not say that it takes them', async () => {
    const { model, calls } = createModel();
    const request = { prompt: 'blue', inputImages: [imageOf('input', SMALL)] };
    await expect(fromAiSdk(model).edit(request)).rejects.toMatchObject({ code: 'unsupported', charged: 'no' });
    await fromAiSdk(model, { edit: {} }).edit(request);
    expect(calls).toHaveLength(1);
  });

  it('L03: are fetched only from public addresses', async () => {
    const { model, calls } = createModel({}, edits);
    const request = { prompt: 'blue', inputImages: ['http://127.0.0.1:9/a.png'] };
    await expect(fromAiSdk(model).edit(request)).rejects.toMatchObject({ code: 'invalid_request', charged: 'no' });
    expect(calls).toEqual([]);
  });
});

describe('a card', () => {
  it('refuses before the call what the model lacks, and gives prices', async () => {
    const { model, calls } = createModel();
    const card: AiSdkCard = {
      sizes: { kind: 'ratios', ratios: { '1:1': '1024x1024', '16:9': '1344x768' }, areNominal: true },
      seed: undefined,
      maxImages: 2,
      pricing: { images: [{ usd: 0.02 }], source: 'the price list' },
    };
    const provider = fromAiSdk(model, card);
    await expect(provider.generate({ prompt: 'a fox', seed: 1 })).rejects.toMatchObject({ code: 'unsupported' });
    await expect(provider.generate({ prompt: 'a fox', size: '64x64' })).rejects.toMatchObject({ code: 'unsupported' });
    const { cost } = await provider.generate({ prompt: 'a fox', n: 3, size: '1024x1024' });
    expect(cost).toMatchObject({ usd: 0.06, basis: 'estimated' });
    expect(calls.map(({ n }) => n).sort()).toEqual([1, 2]);
    for (const call of calls) expect(call).toMatchObject({ aspectRatio: '1:1', size: undefined });
  });

  it('cannot claim a field that the AI SDK has no parameter for', async () => {
    const { model, calls } = createModel();
    const provider = fromAiSdk(model, { negativePrompt: { maxLength: 100 }, qualities: { hd: 'high' } });
    for (const field of [{ negativePrompt: 'dogs' }, { quality: 'hd' }, { format: 'webp' }] as const) {
      await expect(provider.generate({ prompt: 'a fox', ...field })).rejects.toMatchObject({ code: 'unsupported' });
    }
    expect(calls).toEqual([]);
    const { warnings } = await provider.generate({ prompt: 'a fox', quality: 'hd', onUnsupported: 'adapt' });
    expect(warnings[0]).toMatchObject({ code: 'adapted', field: 'quality' });
  });
});

it('takes models of version 2 and 3', async () => {
  const doGenerate = async ({ n }: { readonly n: number }) => ({
    images: Array.from({ length: n }, (_, index) => small(index)),
    warnings: [{ type: 'unsupported-setting' as const, setting: 'seed' as const }],
    response: { timestamp: new Date(), modelId: 'old', headers: undefined },
  });
  const v2 = fromAiSdk({
    specificationVersion: 'v2',
    provider: 'mock-provider',
    modelId: 'old',
    maxImagesPerCall: 2,
    doGenerate,
  });
  const { images, warnings } = await v2.generate({ prompt: 'a fox', n: 2 });
  expect(images).toHaveLength(2);
  expect(warnings.map(({ message }) => message)).toContain('mock-provider: the vendor warns: seed is not supported');
  const request = { prompt: 'blue', inputImages: [imageOf('input', SMALL)] };
  await expect(v2.edit(request)).rejects.toMatchObject({ code: 'unsupported', charged: 'no' });

  const files: unknown[] = [];
  const v3 = new MockImageModelV3({
    doGenerate: async (call) => {
      files.push(call.files?.length);
      return {
        images: [small()],
        warnings: [],
        response: { timestamp: new Date(), modelId: 'old', headers: undefined },
      };
    },
  });
  await expect(fromAiSdk(v3).edit(request)).rejects.toMatchObject({ code: 'unsupported' });
  await fromAiSdk(v3, { edit: {} }).edit(request);
  expect(files).toEqual([1]);
});

it('refuses what is not a model, and another model', async () => {
  expect(() => fromAiSdk('xai/grok' as never)).toThrow(/not an image model of the AI SDK/);
  const { model, calls } = createModel();
  const error = await rejectionOf(fromAiSdk(model).generate({ prompt: 'a fox', model: 'other' }));
  expect(error).toMatchObject({ code: 'invalid_request', charged: 'no' });
  await fromAiSdk(model).generate({ prompt: 'a fox', model: 'best' });
  expect(calls).toHaveLength(1);
});

it('shows in a plan what the model would get, and sends nothing', async () => {
  const { model, calls } = createModel();
  const { requests } = await fromAiSdk(model).plan({ prompt: 'a fox', n: 5, size: '64x64' });
  expect(requests).toEqual([
    expect.objectContaining({
      url: 'ai-sdk:mock-provider/mock-model-id',
      body: expect.objectContaining({ prompt: 'a fox', n: 4, size: '64x64' }),
    }),
    expect.objectContaining({ body: expect.objectContaining({ n: 1 }) }),
  ]);
  expect(calls).toEqual([]);
});

describe('errors', () => {
  const order = { prompt: 'a secret fox', n: 1 };

  it.each([
    [400, order, 'invalid_request', 'no'],
    [401, order, 'authentication', 'no'],
    [403, order, 'permission', 'no'],
    [404, order, 'invalid_request', 'no'],
    [422, order, 'invalid_request', 'no'],
    [429, order, 'rate_limited', 'no'],
    [402, order, 'quota_exhausted', 'no'],
    [503, order, 'outcome_unknown', 'unknown'],
    [500, order, 'outcome_unknown', 'unknown'],
    [200, order, 'bad_response', 'unknown'],
    [undefined, order, 'outcome_unknown', 'unknown'],
    // The image exists and was paid for; a poll or a download of it failed.
    [403, {}, 'outcome_unknown', 'unknown'],
    [404, {}, 'outcome_unknown', 'unknown'],
    [429, { operation: 'op-1' }, 'rate_limited', 'unknown'],
  ])('HTTP %s of a request with %j is %s, charged: %s', async (status, body, code, charged) => {
    const { model, calls } = failingWith(apiError(status, body));
    const error = await rejectionOf(fromAiSdk(model).generate({ prompt: 'a secret fox' }));
    expect(error).toMatchObject({ code, charged, provider: 'mock-provider', model: 'mock-model-id' });
    expect((error as AiImageError).mayRetry).toBe(code === 'rate_limited' && charged === 'no');
    expect(calls).toHaveLength(1);
  });

  it('count as free for several images only if one request ordered them all', async () => {
    for (const [body, charged] of [
      [{ prompt: 'two foxes', n: 2 }, 'no'],
      [{ prompt: 'two foxes' }, 'unknown'],
    ] as const) {
      const { model } = failingWith(apiError(429, body));
      const error = await rejectionOf(fromAiSdk(model).generate({ prompt: 'two foxes', n: 2 }));
      expect((error as AiImageError).failures[0]?.error ?? error).toMatchObject({ code: 'rate_limited', charged });
    }
  });

  it('say what a vendor refused, and how long to wait', async () => {
    const data = { error: { code: 'moderation_blocked' } };
    const refused = failingWith(apiError(400, order, { data }));
    await expect(fromAiSdk(refused.model).generate({ prompt: 'a secret fox' })).rejects.toMatchObject({
      code: 'content_refused',
    });
    const limited = failingWith(apiError(429, order, { responseHeaders: { 'retry-after': '7' } }));
    await expect(fromAiSdk(limited.model).generate({ prompt: 'a secret fox' })).rejects.toMatchObject({
      retryAfterMs: 7000,
    });
  });

  it('are free where nothing was sent: a missing key, and no connection', async () => {
    const withoutKey = failingWith(new LoadAPIKeyError({ message: 'MOCK_API_KEY is missing' }));
    await expect(fromAiSdk(withoutKey.model).generate({ prompt: 'a fox' })).rejects.toMatchObject({
      code: 'not_configured',
      charged: 'no',
    });
    const cause = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    const unreached = failingWith(apiError(undefined, order, { cause }));
    await expect(fromAiSdk(unreached.model).generate({ prompt: 'a secret fox' })).rejects.toMatchObject({
      code: 'unavailable',
      charged: 'no',
    });
  });

  it('K01: hold neither the prompt nor a key', async () => {
    const text = 'refused "a secret fox of the palace" for sk-abcdefghijklmnop1234567890';
    const withTexts = apiError(400, { prompt: 'a secret fox of the palace' }, { message: text, responseBody: text });
    const { model } = failingWith(withTexts);
    const error = (await rejectionOf(fromAiSdk(model).generate({ prompt: 'a secret fox of the palace' }))) as Error;
    const { inspect } = await import('node:util');
    const shown = inspect(error, { depth: 9, showHidden: true });
    expect(shown).not.toContain('secret fox');
    expect(shown).not.toContain('abcdefghijklmnop');
  });

  it('of a call that is aborted arrive at once, also if the model goes on', async () => {
    const aborting = new AbortController();
    const started = Promise.withResolvers<Call>();
    const model = new MockImageModelV4({
      doGenerate: (call) => {
        started.resolve(call);
        return new Promise(() => undefined);
      },
    });
    const work = rejectionOf(fromAiSdk(model).generate({ prompt: 'a fox' }, { signal: aborting.signal }));
    const call = await started.promise;
    aborting.abort();
    expect(await work).toMatchObject({ code: 'aborted', charged: 'unknown' });
    expect(call.abortSignal?.aborted).toBe(true);
    const late = rejectionOf(fromAiSdk(model).generate({ prompt: 'a fox' }, { deadlineMs: 5 }));
    expect(await late).toMatchObject({ code: 'outcome_unknown', charged: 'unknown' });
  });
});

describe('in a manager', () => {
  it('a doubtful failure is neither repeated nor sent to another provider', async () => {
    const { model, calls } = failingWith(apiError(503, { prompt: 'a fox' }));
    const stub = new StubProvider();
    const manager = createImageManager({ providers: { mock: fromAiSdk(model), stub } });
    await expect(manager.generate({ prompt: 'a fox' })).rejects.toMatchObject({ code: 'outcome_unknown' });
    expect([calls.length, stub.calls.length]).toEqual([1, 0]);
  });

  it('a failure that cost nothing falls back', async () => {
    const { model, calls } = failingWith(apiError(429, { prompt: 'a fox' }));
    const stub = new StubProvider();
    const manager: ImageManager = createImageManager({ providers: { mock: fromAiSdk(model), stub } });
    const { attempts } = await manager.generate({ prompt: 'a fox' });
    expect(attempts.map(({ outcome, code }) => code ?? outcome)).toEqual(['rate_limited', 'done']);
    expect(calls).toHaveLength(1);
  });

  it('a budget needs a price from the card', async () => {
    const { model, calls } = createModel();
    const manager = (card: AiSdkCard) =>
      createImageManager({ providers: { mock: fromAiSdk(model, card) }, budget: { perCallUsd: 0.05 } });
    const pricing = { images: [{ usd: 0.02 }], source: 'the price list' } as const;
    await expect(manager({}).generate({ prompt: 'a fox' })).rejects.toMatchObject({ code: 'budget_exceeded' });
    await manager({ pricing }).generate({ prompt: 'a fox' });
    await expect(manager({ pricing }).generate({ prompt: 'a fox', n: 3 })).rejects.toMatchObject({
      code: 'budget_exceeded',
    });
    expect(calls).toHaveLength(1);
  });

  it('an error of a wrapped manager keeps its code', async () => {
    const inner = createImageManager({ providers: { stub: new StubProvider({ fail: 'rate_limited' }) } });
    const provider = fromAiSdk(createImagen(inner).imageModel('stub'));
    await expect(provider.generate({ prompt: 'a fox' })).rejects.toMatchObject({ code: 'rate_limited', charged: 'no' });
  });
});

it('runs a model of a real package on a real socket', async () => {
  const vendor = await openImagesVendor();
  const xai = createXai({ apiKey: 'xai-1234567890abcdefghij', baseURL: `${vendor.origin}/v1` });
  const provider = fromAiSdk(xai.image('grok-imagine-image'));
  const { images, warnings } = await provider.generate({ prompt: 'a fox', n: 2, aspectRatio: '1:1' });
  expect(images).toHaveLength(2);
  expect(warnings).toEqual([]);
  expect(vendor.submits.map(({ fields }) => [fields.n, fields.aspect_ratio])).toEqual([[2, '1:1']]);
  const wrong = provider.generate({ prompt: 'a fox', options: { xai: { resolution: '9k' } } });
  await expect(wrong).rejects.toMatchObject({ code: 'invalid_request', charged: 'no' });
  expect(vendor.submits).toHaveLength(1);
  await vendor.close();
});
