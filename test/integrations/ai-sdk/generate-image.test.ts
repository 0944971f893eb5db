/** `createImagen` with the real `generateImage` of the AI SDK, and a vendor that counts its bills. */
import type { ImageModelV4, ProviderV4 } from '@ai-sdk/provider';
import {
  APICallError,
  createProviderRegistry,
  generateImage,
  NoImageGeneratedError,
  NoSuchModelError,
  RetryError,
  wrapImageModel,
} from 'ai';
import { expect, it } from 'vitest';
import { AiImageError, createImageManager, StubProvider } from '../../../src/index.ts';
import { createImagen, type ImagenErrorData, imagenOptions } from '../../../src/integrations/ai-sdk/index.ts';
import { imageOf } from '../../server/clients/images-vendor.ts';
import { prepareImagen, rejectionOf, VENDOR_KEY } from './support.ts';

const start = prepareImagen();
const MODEL = 'openai/gpt-image-2';
type Image = Awaited<ReturnType<typeof generateImage>>['image'];
const idOf = ({ providerMetadata }: Image) => providerMetadata?.['ai-image']?.id;
const dataOf = (error: unknown) => (error as APICallError).data as ImagenErrorData;

it('is an image model and a provider of the AI SDK', async () => {
  const { imagen } = await start();
  const model: ImageModelV4 = imagen(MODEL);
  const provider: ProviderV4 = imagen;
  expect(model).toMatchObject({ specificationVersion: 'v4', provider: 'ai-image', modelId: MODEL });
  expect(provider.imageModel(MODEL).modelId).toBe(MODEL);
  expect(await model.supportsFileInputs).toBe(true);
  expect(await imagen('best').supportsMaskInputs).toBeUndefined();
});

it('has no other models, and says so in the words of the AI SDK', async () => {
  const { imagen } = await start();
  const work = [() => imagen.languageModel('gpt-5'), () => imagen.embeddingModel('e')];
  for (const call of work) {
    const error = await rejectionOf((async () => call())());
    expect(NoSuchModelError.isInstance(error)).toBe(true);
  }
});

it('asks for four images with one call, and tells cost, id, path and settings of each', async () => {
  const { imagen, vendor, store } = await start();
  const result = await generateImage({ model: imagen(MODEL), prompt: 'four foxes', n: 4, size: '1024x1024' });
  expect(vendor.submitsOf('four foxes')).toBe(1);
  expect(result.images.map(({ uint8Array }) => Buffer.from(uint8Array))).toEqual(
    [0, 1, 2, 3].map((index) => Buffer.from(imageOf('four foxes', { width: 1024, height: 1024 }, index))),
  );
  const facts = result.images.map(({ providerMetadata }) => providerMetadata?.['ai-image']);
  expect(facts[0]).toMatchObject({
    provider: 'openai',
    model: 'gpt-image-2',
    isCached: false,
    width: 1024,
    applied: { size: '1024x1024', n: 4 },
    costUsd: expect.any(Number),
  });
  const ids = facts.map((each) => String(each?.id));
  expect(new Set(ids).size).toBe(4);
  const stored = await store.get(ids[1]!);
  expect(stored.path).toBe(facts[1]?.path);
  const spent = facts.reduce((sum, each) => sum + Number(each?.costUsd), 0);
  expect(spent).toBeCloseTo(4 * (stored.cost.usd ?? Number.NaN), 5);
  expect(result.usage).toMatchObject({ inputTokens: 12, outputTokens: 272, totalTokens: 284 });
  expect(result.responses[0]).toMatchObject({ modelId: 'gpt-image-2', timestamp: expect.any(Date) });
  expect(result.warnings).toEqual([]);
});

it('edits with bytes, data links and a mask, and sends no header of the caller', async () => {
  const { imagen, vendor } = await start();
  const input = imageOf('input');
  const { warnings } = await generateImage({
    model: imagen(MODEL),
    prompt: { text: 'make it blue', images: [input, `data:image/png;base64,${Buffer.from(input).toString('base64')}`] },
    headers: { authorization: 'Bearer of-another-host' },
  });
  const [submit] = vendor.submits;
  expect(submit?.path).toBe('/v1/images/edits');
  expect(submit?.files.map(({ bytes }) => Buffer.from(bytes))).toEqual([Buffer.from(input), Buffer.from(input)]);
  expect(warnings).toEqual([expect.objectContaining({ type: 'unsupported', feature: 'headers' })]);
});

it('L03: fetches a link of an input only from a public address', async () => {
  const { imagen, vendor } = await start();
  const prompt = { text: 'make it blue', images: ['http://169.254.169.254/latest/meta-data'] };
  const error = await rejectionOf(generateImage({ model: imagen(MODEL), prompt }));
  expect(dataOf(error)).toEqual({ code: 'invalid_request', charged: 'no', jobId: null });
  expect(vendor.submits).toEqual([]);
});

it('passes its own options, typed and strict', async () => {
  const { imagen, vendor, store } = await start();
  const { image } = await generateImage({
    model: imagen(MODEL),
    prompt: 'a fox of quality',
    providerOptions: {
      ...imagenOptions({ quality: 'hd', background: 'opaque', metadata: { costCenter: 'zoo' } }),
      fal: { something: 'of another provider' },
    },
  });
  expect(vendor.submits[0]?.fields).toMatchObject({ quality: 'high', background: 'opaque' });
  const stored = await store.get(String(image.providerMetadata?.['ai-image']?.id));
  expect(stored.request.metadata).toEqual({ costCenter: 'zoo' });

  const providerOptions = { 'ai-image': { qualty: 'hd' } };
  const error = await rejectionOf(generateImage({ model: imagen(MODEL), prompt: 'a fox of quality', providerOptions }));
  expect(APICallError.isInstance(error)).toBe(true);
  expect(String(error)).toContain('Did you mean quality?');
  expect(() => imagenOptions({ seed: 1 } as object)).toThrow(/unknown option "seed"/);
  expect(vendor.submits).toHaveLength(1);
});

it('refuses a size that the model does not have, or adapts it with a warning', async () => {
  const { imagen, vendor } = await start();
  const call = { model: imagen(MODEL), prompt: 'a wide fox', size: '9000x10' } as const;
  const error = await rejectionOf(generateImage(call));
  expect(dataOf(error)).toMatchObject({ code: 'unsupported', charged: 'no' });
  expect(vendor.submits).toEqual([]);
  const { warnings } = await generateImage({ ...call, providerOptions: imagenOptions({ onUnsupported: 'adapt' }) });
  expect(warnings[0]).toMatchObject({ type: 'unsupported', feature: 'size' });
});

it('does not send a call again whose outcome is unknown, and names the call', async () => {
  const { imagen, vendor, manager } = await start(() => 'die');
  const error = await rejectionOf(generateImage({ model: imagen(MODEL), prompt: 'a lost fox' }));
  expect(vendor.submitsOf('a lost fox')).toBe(1);
  expect(APICallError.isInstance(error)).toBe(true);
  expect(error).toMatchObject({ isRetryable: false, data: { code: 'outcome_unknown', charged: 'unknown' } });
  expect(await manager.findCall(String(dataOf(error).jobId))).toMatchObject({ state: 'unknown' });
});

it('lets the AI SDK send a call again that the vendor refused with 503, but not one that it answered with 500', async () => {
  const failure = { code: 'overloaded', message: 'later' };
  const busy = await start((_, nth) => (nth === 1 ? { ...failure, status: 503 } : undefined));
  await generateImage({ model: busy.imagen(MODEL), prompt: 'a busy fox' });
  expect(busy.vendor.submitsOf('a busy fox')).toBe(2);
  const broken = await start(() => ({ ...failure, status: 500 }));
  const error = await rejectionOf(generateImage({ model: broken.imagen(MODEL), prompt: 'a broken fox' }));
  expect(dataOf(error)).toMatchObject({ code: 'outcome_unknown', charged: 'unknown' });
  expect(broken.vendor.submitsOf('a broken fox')).toBe(1);
});

it('does not send a refused prompt again', async () => {
  const { imagen, vendor } = await start(() => ({
    status: 400,
    code: 'moderation_blocked',
    message: `not with ${VENDOR_KEY}`,
  }));
  const error = await rejectionOf(generateImage({ model: imagen(MODEL), prompt: 'a bad fox' }));
  expect(vendor.submits).toHaveLength(1);
  expect(error).toMatchObject({ statusCode: 400, isRetryable: false, data: { code: 'content_refused' } });
  expect(String((error as Error).message)).not.toContain(VENDOR_KEY);
});

/** A stub whose first calls fail. */
class FailingFirst extends StubProvider {
  readonly #fail: () => AiImageError;
  #left: number;

  constructor(times: number, fail: () => AiImageError) {
    super();
    this.#left = times;
    this.#fail = fail;
  }

  override async generate(...[request, context]: Parameters<StubProvider['generate']>) {
    const generation = await super.generate(request, context);
    if (this.#left-- > 0) throw this.#fail();
    return generation;
  }
}

it.each(['rate_limited', 'unavailable'] as const)(
  'lets the AI SDK send a call again that failed with %s at no cost',
  async (code) => {
    const failing = new FailingFirst(2, () => new AiImageError(code, 'later', { retryAfterMs: 1 }));
    const imagen = createImagen(createImageManager({ providers: { failing } }));
    const callId = 'a-call-of-the-sdk';
    const { images } = await generateImage({
      model: imagen('failing'),
      prompt: 'a patient fox',
      providerOptions: imagenOptions({ callId }),
    });
    expect(images).toHaveLength(1);
    expect(failing.calls).toHaveLength(3);
  },
);

it('gives up after the retries of the AI SDK, and not before', async () => {
  const failing = new FailingFirst(9, () => new AiImageError('rate_limited', 'later', { retryAfterMs: 1 }));
  const imagen = createImagen(createImageManager({ providers: { failing } }));
  const error = await rejectionOf(
    generateImage({ model: imagen('failing'), prompt: 'a fox', size: '64x64', maxRetries: 1 }),
  );
  expect(RetryError.isInstance(error)).toBe(true);
  expect(failing.calls).toHaveLength(2);
});

it('returns the images that came, and a warning for each that did not', async () => {
  const stub = new StubProvider({ refuse: [1] });
  const imagen = createImagen(createImageManager({ providers: { stub } }));
  const { images, warnings } = await generateImage({
    model: imagen('stub/stub-1'),
    prompt: 'three foxes',
    n: 3,
    size: '64x64',
  });
  expect(images).toHaveLength(2);
  expect(stub.calls).toHaveLength(1);
  const message = expect.stringMatching(/^image \d of 3 failed: .*content_refused/);
  expect(warnings).toContainEqual({ type: 'other', message });
});

it('buys nothing again when no image came', async () => {
  const stub = new StubProvider({ refuse: true });
  const imagen = createImagen(createImageManager({ providers: { stub } }));
  const error = await rejectionOf(generateImage({ model: imagen('stub'), prompt: 'no fox' }));
  expect(stub.calls).toHaveLength(1);
  expect(NoImageGeneratedError.isInstance(error)).toBe(false);
  expect(dataOf(error)).toMatchObject({ code: 'content_refused', charged: 'unknown' });
});

it('L15: pays once for a call id, and returns the same images', async () => {
  const { imagen, vendor } = await start();
  const call = {
    model: imagen(MODEL),
    prompt: 'a repeated fox',
    providerOptions: imagenOptions({ callId: 'conversation-7:call.a' }),
  };
  const [first, second] = await Promise.all([generateImage(call), generateImage(call)]);
  const third = await generateImage(call);
  expect(vendor.submitsOf('a repeated fox')).toBe(1);
  expect([second, third].map(({ image }) => idOf(image))).toEqual([idOf(first.image), idOf(first.image)]);
  const factsOf = ({ image }: typeof first) => image.providerMetadata?.['ai-image'];
  // Either of the two simultaneous calls may be the one that pays.
  expect([first, second].map((call) => factsOf(call)?.isCached).sort()).toEqual([false, true]);
  expect(factsOf(third)).toMatchObject({ isCached: true, costUsd: 0 });
});

it('gives each part of a call that the AI SDK splits an id of its own', async () => {
  const { imagen, vendor } = await start();
  const call = {
    model: imagen(MODEL),
    prompt: 'a split fox',
    n: 3,
    maxImagesPerCall: 2,
    providerOptions: imagenOptions({ callId: 'conversation-8:call.a' }),
  };
  const first = await generateImage(call);
  const ids = first.images.map(({ providerMetadata }) => providerMetadata?.['ai-image']?.callId);
  expect(ids).toEqual(['conversation-8:call.a', 'conversation-8:call.a', 'conversation-8:call.a:2']);
  const again = await generateImage(call);
  expect(again.images.map(idOf)).toEqual(first.images.map(idOf));
  expect(new Set(first.images.map(idOf)).size).toBe(3);
  expect(vendor.submitsOf('a split fox')).toBe(2);
});

it('ends with the abort of the caller, and keeps the name of the error', async () => {
  const aborting = new AbortController();
  const { imagen, vendor } = await start(() => new Promise(() => undefined));
  const work = rejectionOf(
    generateImage({ model: imagen(MODEL), prompt: 'an aborted fox', abortSignal: aborting.signal }),
  );
  await vendor.received('an aborted fox');
  aborting.abort();
  expect(await work).toMatchObject({ name: 'AbortError', data: { code: 'aborted', charged: 'unknown' } });
  expect(vendor.submitsOf('an aborted fox')).toBe(1);
});

it('refuses before the call what the budget does not allow', async () => {
  const { imagen, vendor } = await start(undefined, { budget: { perCallUsd: 0.000001 } });
  const error = await rejectionOf(generateImage({ model: imagen(MODEL), prompt: 'an expensive fox' }));
  expect(dataOf(error)).toEqual({ code: 'budget_exceeded', charged: 'no', jobId: null });
  expect(error).toMatchObject({ isRetryable: false });
  expect(vendor.submits).toEqual([]);
});

it('finds the model by every form of its id', async () => {
  const stub = new StubProvider();
  const imagen = createImagen(createImageManager({ providers: { stub } }));
  for (const id of ['stub/stub-1', 'stub', 'stub-1', 'best', 'light', 'stub/best', 'dummy']) {
    const { responses } = await generateImage({ model: imagen(id), prompt: `a fox of ${id}`, size: '64x64' });
    expect(responses[0]?.modelId, id).toBe('stub-1');
  }
  const error = await rejectionOf(generateImage({ model: imagen('stubb/stub-1'), prompt: 'a fox' }));
  expect(String(error)).toContain('there is no provider "stubb". Did you mean stub?');
});

it('finds a provider by its alias', async () => {
  const { imagen, vendor } = await start();
  await generateImage({ model: imagen('dalle/gpt-image-2'), prompt: 'a fox by alias' });
  expect(vendor.submits[0]?.fields.model).toBe('gpt-image-2');
});

it('works in a registry and under a middleware', async () => {
  const { imagen } = await start();
  const registry = createProviderRegistry({ img: imagen });
  const model = wrapImageModel({
    model: registry.imageModel(`img:${MODEL}`),
    middleware: { transformParams: async ({ params }) => ({ ...params, prompt: `${params.prompt}, at night` }) },
  });
  const { image } = await generateImage({ model, prompt: 'a fox' });
  expect(Buffer.from(image.uint8Array)).toEqual(Buffer.from(imageOf('a fox, at night')));
});

it('uses the defaults of the provider, and those of the call first', async () => {
  const { manager, vendor } = await start();
  const imagen = createImagen(manager, { defaults: { quality: 'draft', background: 'opaque' } });
  const providerOptions = imagenOptions({ quality: 'hd' });
  await generateImage({ model: imagen(MODEL), prompt: 'a fox', providerOptions });
  expect(vendor.submits[0]?.fields).toMatchObject({ quality: 'high', background: 'opaque' });
});
