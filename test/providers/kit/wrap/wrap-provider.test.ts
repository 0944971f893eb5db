import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { wrapProviderLazily as adoptLazily } from '../../../../src/providers/kit/wrap/wrap-lazily.ts';
import { wrapProvider } from '../../../../src/providers/kit/wrap/wrap-provider.ts';
import type {
  AiImageProvider,
  AiImageResult,
  CallContext,
  GeneratedImage,
  GenerateImageParams,
  ImageEvent,
  ImageGeneration,
  MediaProvider,
} from '../../../../src/providers/protocol/index.ts';
import { AiImageError } from '../../../../src/providers/protocol/index.ts';
import { StubProvider } from '../../../../src/providers/stub/stub-provider.ts';
import { startStopwatch } from '../../../support/stopwatch.ts';
import { WHITE_PNG } from '../support/vendor.ts';

const good: AiImageResult = { imageBytes: WHITE_PNG, format: 'png', promptUsed: 'a fox', model: 'own-1' };

/** A provider of somebody else's, with the one method of the canonical protocol. */
function provider(answer: (prompt: string, params: GenerateImageParams, count: number) => unknown = () => good) {
  const calls: { prompt: string; params: GenerateImageParams }[] = [];
  const own = {
    calls,
    async generateImage(prompt: string, params: GenerateImageParams = {}) {
      calls.push({ prompt, params });
      return answer(prompt, params, calls.length) as AiImageResult;
    },
  };
  return { own, adopted: wrapProvider('own', own) };
}

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('it succeeded'),
    (error: unknown) => error as AiImageError,
  );

describe('M1: a provider with generateImage only', () => {
  it('works like a full provider', async () => {
    const { own, adopted } = provider();
    expect(await adopted.generateImage(' a fox ', { size: '1x1', model: 'own-1' })).toEqual(good);
    const { images, model, cost, warnings, failures, applied } = await adopted.generate({ prompt: 'a fox' });
    expect(images[0]).toMatchObject({ width: 1, height: 1, mediaType: 'image/png', promptUsed: 'a fox' });
    expect({ model, cost, warnings, failures, applied }).toEqual({
      model: 'own-1',
      cost: { basis: 'unknown' },
      warnings: [],
      failures: [],
      applied: { model: 'own-1', n: 1 },
    });
    expect(own.calls.map(({ prompt }) => prompt)).toEqual(['a fox', 'a fox']);
    expect(await adopted.healthCheck()).toEqual({ status: 'unknown', message: 'own implements only generateImage' });
    expect(await adopted.models()).toEqual({});
    await adopted.close();
  });

  it('is called once per image, with the signal', async () => {
    const { own, adopted } = provider();
    const events: ImageEvent[] = [];
    const { images } = await adopted.generate({ prompt: 'a fox', n: 3 }, { onEvent: (event) => events.push(event) });
    expect(images).toHaveLength(3);
    expect(new Set(images.map(({ id }) => id)).size).toBe(3);
    expect(own.calls.every(({ params }) => params.signal instanceof AbortSignal)).toBe(true);
    expect(events.map(({ type }) => type)).toEqual(['submitted', 'image', 'image', 'image', 'done']);
  });

  it('B20: a provider with only generateImage returns the other images if one fails', async () => {
    const { adopted } = provider((_, __, count) => {
      if (count === 2) throw new AiImageError('content_refused', 'own: no');
      return good;
    });
    const { images, failures } = await adopted.generate({ prompt: 'a fox', n: 3 });
    expect(images).toHaveLength(2);
    expect(failures).toMatchObject([{ index: 1, error: { code: 'content_refused' } }]);
  });

  it('U01: a provider with only generateImage reports the failure that may have been charged if all failed', async () => {
    const { adopted } = provider((_, __, count) => {
      throw new AiImageError(count === 2 ? 'outcome_unknown' : 'rate_limited', 'own: no');
    });
    expect(await failureOf(adopted.generate({ prompt: 'a fox', n: 3 }))).toMatchObject({
      code: 'outcome_unknown',
      charged: 'unknown',
      failures: [{}, {}, {}],
    });
  });

  it('refuses unsupported fields before the provider is called', async () => {
    const { own, adopted } = provider();
    for (const request of [{ seed: 1 }, { quality: 'hd' }, { aspectRatio: '1:1' }, { negativePrompt: 'x' }] as const) {
      const [field] = Object.keys(request);
      expect(await failureOf(adopted.generate({ prompt: 'a fox', ...request }))).toMatchObject({
        code: 'unsupported',
        message: `own: this provider implements only generateImage, which has no ${field}`,
        charged: 'no',
      });
      expect((await adopted.plan({ prompt: 'a fox', ...request })).refusals).toMatchObject([{ field }]);
    }
    expect(await failureOf(adopted.edit({ prompt: 'a fox', inputImages: [WHITE_PNG] }))).toMatchObject({
      code: 'unsupported',
    });
    expect(own.calls).toEqual([]);
  });

  it('adapts the request if the caller allows it, with a warning per field, but never drops an input image', async () => {
    const { own, adopted } = provider();
    const request = { prompt: 'a fox', onUnsupported: 'adapt' } as const;
    const { warnings } = await adopted.generate({ ...request, quality: 'hd', seed: 1 });
    expect(warnings.map(({ code, field }) => [code, field])).toEqual([
      ['adapted', 'quality'],
      ['adapted', 'seed'],
    ]);
    const before = own.calls.length;
    expect(await failureOf(adopted.generate({ ...request, inputImages: [WHITE_PNG] }))).toMatchObject({
      code: 'unsupported',
    });
    expect(own.calls).toHaveLength(before);
  });

  it('M6: a provider with only generateImage is not called with an invalid request', async () => {
    const { own, adopted } = provider();
    for (const work of [
      adopted.generateImage('  '),
      adopted.generateImage('a fox', { size: 'huge' }),
      adopted.generateImage('a fox', { n: 2 } as GenerateImageParams),
      adopted.generate({ prompt: 'a fox', n: 0 }),
      adopted.generate({ promt: 'a fox' } as never),
    ]) {
      expect(await failureOf(work)).toMatchObject({ code: 'invalid_request', charged: 'no' });
    }
    expect(own.calls).toEqual([]);
  });
});

describe('its result', () => {
  it.each([
    ['imageBytes', 'imageBytes is not a Uint8Array', [undefined, 'aGVsbG8=', [1, 2], new ArrayBuffer(9)]],
    ['promptUsed', 'promptUsed is not a text', [undefined, 5, '', ' ']],
    ['model', 'model is not a text', [undefined, null, '']],
    ['format', 'format is not one of png, jpeg, webp, gif, avif, svg', [undefined, 'jpg', 'image/png', 'PNG']],
  ])('M2: the result of a third-party provider is rejected with an invalid %s', async (field, fault, values) => {
    for (const value of values) {
      const { adopted } = provider(() => ({ ...good, [field]: value }));
      for (const work of [adopted.generateImage('a fox'), adopted.generate({ prompt: 'a fox' })]) {
        expect(await failureOf(work)).toMatchObject({
          code: 'bad_response',
          message: `own: the provider's result is not an AiImageResult: ${fault}`,
        });
      }
    }
  });

  it('M2: the result of a third-party provider is rejected if it is empty, with every invalid field named', async () => {
    for (const nothing of [undefined, null, 'text', 5, []]) {
      const { message } = await failureOf(provider(() => nothing).adopted.generateImage('a fox'));
      expect(message).toContain(
        'imageBytes is not a Uint8Array, promptUsed is not a text, model is not a text, format is not one of',
      );
    }
  });

  it('P1: the result of a third-party provider has exactly four fields, whatever else the provider returned', async () => {
    const { adopted } = provider(() => ({ ...good, apiKey: 'sk-1', cost: 5 }));
    expect(Object.keys(await adopted.generateImage('a fox')).sort()).toEqual([
      'format',
      'imageBytes',
      'model',
      'promptUsed',
    ]);
    const { images } = await adopted.generate({ prompt: 'a fox' });
    expect(images[0]).not.toHaveProperty('apiKey');
  });

  it('U04: the result of a third-party provider is a complete image, or an error that keeps the bytes', async () => {
    for (const imageBytes of [WHITE_PNG.subarray(0, 40), new TextEncoder().encode('<html>'), new Uint8Array(0)]) {
      const error = await failureOf(provider(() => ({ ...good, imageBytes })).adopted.generateImage('a fox'));
      expect(error).toMatchObject({ code: 'bad_response', quarantine: [imageBytes] });
    }
  });

  it('B07: the result of a third-party provider is not an SVG unless one was requested', async () => {
    const imageBytes = new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" width="4" height="3"/>');
    const { adopted } = provider(() => ({ ...good, imageBytes, format: 'svg' }));
    expect(await failureOf(adopted.generateImage('a fox'))).toMatchObject({ code: 'bad_response' });
    expect(await adopted.generateImage('a fox', { format: 'svg' })).toMatchObject({ format: 'svg' });
  });

  it('B08: the result of a third-party provider reports what the bytes are, not what was declared', async () => {
    const { adopted } = provider(() => ({ ...good, format: 'webp' }));
    expect(await adopted.generateImage('a fox')).toMatchObject({ format: 'png' });
  });

  it('B19: the result of a third-party provider is compared with the request', async () => {
    const { own, adopted } = provider();
    const request = { prompt: 'a fox', size: '512x512', format: 'webp' } as const;
    const { warnings } = await adopted.generate(request);
    expect(warnings.map(({ code, message }) => [code, message])).toEqual([
      ['size_mismatch', 'own: requested 512x512, but the image is 1x1'],
      ['format_mismatch', 'own: requested webp, but the image is png'],
    ]);
    const error = await failureOf(adopted.generate(request, { onMismatch: 'error' }));
    expect(error).toMatchObject({ code: 'bad_response', charged: 'yes', quarantine: [WHITE_PNG] });
    expect(own.calls).toHaveLength(2);
  });
});

describe('its errors', () => {
  it('an unknown error becomes internal, also if it is thrown synchronously', async () => {
    const { adopted } = provider(() => {
      throw new TypeError('own is broken');
    });
    const thrower = wrapProvider('own', {
      generateImage() {
        throw new TypeError('own is broken');
      },
    });
    const silent = wrapProvider('own', { generateImage: () => Promise.reject(undefined) });
    for (const each of [adopted, thrower]) {
      expect(await failureOf(each.generateImage('a fox'))).toMatchObject({
        code: 'internal',
        message: 'own: the provider failed: own is broken',
        charged: 'unknown',
      });
    }
    expect(await failureOf(silent.generateImage('a fox'))).toMatchObject({ code: 'internal' });
  });

  it('an AiImageError is kept unchanged', async () => {
    const error = new AiImageError('rate_limited', 'own: slow down', { retryAfterMs: 5 });
    const { adopted } = provider(() => Promise.reject(error));
    expect(await failureOf(adopted.generateImage('a fox'))).toBe(error);
  });

  it('K04: an error shows neither a key nor the prompt', async () => {
    const { adopted } = provider((prompt) =>
      Promise.reject(Object.assign(new Error(`cannot draw ${prompt}`), { config: { key: 'sk-canary-0123456789' } })),
    );
    const error = await failureOf(adopted.generateImage('my secret birthday cake'));
    const text = inspect(error, { showHidden: true, depth: 20 });
    expect(text).not.toMatch(/canary|birthday/);
  });

  it('U03: an abort rejects at once, even if the provider ignores the signal', async () => {
    const { adopted } = provider(() => new Promise(() => undefined));
    const caller = new AbortController();
    const waiting = [
      failureOf(adopted.generateImage('a fox', { signal: caller.signal })),
      failureOf(adopted.generate({ prompt: 'a fox', n: 2 }, { signal: caller.signal })),
    ];
    setTimeout(() => caller.abort(), 10);
    const elapsedMs = startStopwatch();
    for (const error of await Promise.all(waiting))
      expect(error).toMatchObject({ code: 'aborted', charged: 'unknown' });
    expect(elapsedMs()).toBeLessThan(2_000);
    const { own, adopted: another } = provider();
    expect(await failureOf(another.generateImage('a fox', { signal: caller.signal }))).toMatchObject({
      code: 'aborted',
      charged: 'no',
    });
    expect(own.calls).toEqual([]);
  });

  it('U03: a call ends by its deadline', async () => {
    const { adopted } = provider(() => new Promise(() => undefined));
    expect(await failureOf(adopted.generate({ prompt: 'a fox' }, { deadlineMs: 20 }))).toMatchObject({
      code: 'timeout',
      message: 'own: no answer within 20 ms',
      charged: 'unknown',
    });
  });
});

describe('a third-party full provider', () => {
  const image: GeneratedImage = { ...good, id: 'their-id', width: 9, height: 9, mediaType: 'image/webp', seed: 4 };
  const generation: ImageGeneration = {
    images: [image],
    failures: [],
    provider: 'theirs',
    model: 'own-1',
    warnings: [],
    applied: { model: 'own-1', n: 1 },
    cost: { usd: 0.5, basis: 'reported' },
    timing: { startedAt: 1, durationMs: 2 },
  };

  /** Everything of the protocol, of which each test replaces a part. */
  function full(parts: Partial<MediaProvider>): MediaProvider {
    const theirs: MediaProvider = {
      id: 'theirs',
      generateImage: async () => good,
      generate: async () => generation,
      edit: async () => generation,
      models: async () => ({}),
      plan: async () => expect.unreachable(),
      healthCheck: async () => ({ status: 'ok', latencyMs: 1 }),
      close: async () => undefined,
      ...parts,
    };
    return wrapProvider('own', theirs);
  }

  it('has each image inspected, and keeps its other fields', async () => {
    const { images, cost, timing, provider: id } = await full({}).generate({ prompt: 'a fox' });
    expect(images[0]).toEqual({ ...image, width: 1, height: 1, mediaType: 'image/png' });
    expect({ cost, timing, id }).toEqual({ cost: generation.cost, timing: generation.timing, id: 'own' });
  });

  it('moves broken images to the failures, and fails if none is left', async () => {
    const broken = { ...image, imageBytes: WHITE_PNG.subarray(0, 40) };
    const both = full({ generate: async () => ({ ...generation, images: [broken, image] }) });
    const { images, failures } = await both.generate({ prompt: 'a fox', n: 2 });
    expect(images).toHaveLength(1);
    expect(failures).toMatchObject([{ index: 0, error: { code: 'bad_response', quarantine: [broken.imageBytes] } }]);
    const none = full({ edit: async () => ({ ...generation, images: [broken] }) });
    expect(await failureOf(none.edit({ prompt: 'x', inputImages: [WHITE_PNG] }))).toMatchObject({
      code: 'bad_response',
    });
  });

  it('gets an error that describes an invalid generation', async () => {
    for (const nothing of [undefined, null, {}, { images: [] }, { images: 'png' }, { images: [undefined] }]) {
      const theirs = full({ generate: async () => nothing as unknown as ImageGeneration });
      expect(await failureOf(theirs.generate({ prompt: 'a fox' }))).toMatchObject({ code: 'bad_response' });
    }
  });

  it('D05: an invalid amount counts as an unknown cost', async () => {
    for (const usd of [-1, Number.NaN, Number.POSITIVE_INFINITY, '5']) {
      const theirs = full({ generate: async () => ({ ...generation, cost: { usd, basis: 'reported' } as never }) });
      expect((await theirs.generate({ prompt: 'a fox' })).cost).toEqual({ basis: 'unknown' });
    }
  });

  it('B19: a third-party full provider is compared with size and format, without repeating its own warning', async () => {
    const own = { code: 'size_mismatch', field: 'size', message: 'theirs: smaller' } as const;
    const theirs = full({ generate: async () => ({ ...generation, warnings: [own] }) });
    const { warnings } = await theirs.generate({ prompt: 'a fox', size: '2x2', format: 'webp' });
    expect(warnings.map(({ message }) => message)).toEqual([
      'theirs: smaller',
      'own: requested webp, but the image is png',
    ]);
  });

  it('has the images of its events checked too', async () => {
    const broken = { ...image, imageBytes: new Uint8Array(3) };
    const sent: ImageEvent[] = [
      { type: 'submitted' },
      { type: 'image', index: 0, image: broken },
      { type: 'image', index: 1, image },
      { type: 'done', generation: { ...generation, images: [broken, image] } },
    ];
    const heard: ImageEvent[] = [];
    const theirs = full({
      async generate(_, context: CallContext = {}) {
        for (const event of sent) context.onEvent?.(event);
        return generation;
      },
    });
    await theirs.generate({ prompt: 'a fox' }, { onEvent: (event) => heard.push(event) });
    expect(heard.map(({ type }) => type)).toEqual(['submitted', 'image', 'done']);
    expect(heard[2]).toMatchObject({ generation: { images: [{ width: 1 }], failures: [{ index: 0 }] } });
  });

  it('streams checked events, and throws for invalid ones', async () => {
    async function* stream(): AsyncGenerator<ImageEvent> {
      yield { type: 'image', index: 0, image };
      yield { type: 'done', generation };
      throw new TypeError('too late');
    }
    const seen: ImageEvent[] = [];
    const loop = async () => {
      for await (const event of full({ stream }).stream!({ prompt: 'a fox' })) seen.push(event);
    };
    expect(await failureOf(loop())).toMatchObject({ code: 'internal', message: 'own: the provider failed: too late' });
    expect(seen).toMatchObject([
      { type: 'image', image: { width: 1 } },
      { type: 'done', generation: { provider: 'own' } },
    ]);
  });

  it('has the errors of every method translated', async () => {
    const fail = async () => {
      throw new TypeError('broken');
    };
    const handle = {
      version: 1,
      provider: 'own',
      model: 'm',
      id: 'j',
      submittedAt: '',
      request: { prompt: 'x', n: 1 },
    } as const;
    const theirs = full({
      generate: fail,
      edit: fail,
      models: fail,
      plan: fail,
      healthCheck: fail,
      close: fail,
      submit: fail,
      resume: fail,
    });
    const request = { prompt: 'a fox' };
    for (const work of [
      theirs.generate(request),
      theirs.edit({ ...request, inputImages: [WHITE_PNG] }),
      theirs.models(),
      theirs.plan(request),
      theirs.healthCheck(),
      theirs.submit!(request),
      theirs.resume!(handle),
      theirs.close(),
    ]) {
      expect(await failureOf(work)).toMatchObject({ code: 'internal', provider: 'own' });
    }
  });

  it('does not gain methods it does not have', () => {
    expect(full({})).not.toHaveProperty('submit');
    expect(full({})).not.toHaveProperty('stream');
  });
});

describe('wrapping', () => {
  it('returns built-in providers unchanged, and wraps another one once', () => {
    const stub = new StubProvider();
    expect(adoptLazily('x', stub)).toBe(stub);
    const { own } = provider();
    expect(adoptLazily('x', own)).toBe(adoptLazily('x', own));
  });

  it('has every method from the start; a missing one rejects when it is called', async () => {
    const lazy = adoptLazily('own', provider().own as AiImageProvider);
    const handle = {
      version: 1,
      provider: 'own',
      model: 'm',
      id: 'j',
      submittedAt: '',
      request: { prompt: 'x', n: 1 },
    } as const;
    const loop = async () => {
      for await (const _ of lazy.stream({ prompt: 'a fox' })) expect.unreachable();
    };
    for (const work of [lazy.submit({ prompt: 'a fox' }), lazy.resume(handle), loop()]) {
      expect(await failureOf(work)).toMatchObject({ code: 'unsupported', hint: 'Use generate.' });
    }
    expect(await lazy.generateImage('a fox')).toEqual(good);
  });
});
