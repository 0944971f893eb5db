import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodePng, encodePng } from '../../../src/providers/kit/image/png.ts';
import {
  type AiImageError,
  ERROR_CODES,
  ERROR_RULES,
  type ImageEvent,
  type JobHandle,
} from '../../../src/providers/protocol/index.ts';
import { createProvider } from '../../../src/providers/registry.ts';
import { StubProvider } from '../../../src/providers/stub/stub-provider.ts';
import { startStopwatch } from '../../support/stopwatch.ts';

const size = '64x48';
const small = { prompt: 'a red fox', size } as const;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('it succeeded'),
    (error: unknown) => error as AiImageError,
  );
async function generate(request: object, settings = {}) {
  const { images } = await new StubProvider(settings).generate({ ...small, ...request });
  return hex(images[0].imageBytes);
}

describe('an image of the stub', () => {
  it('is the same for the same request, in another instance too', async () => {
    expect(await generate({})).toBe(await generate({}));
    expect(await generate({ seed: 7 })).toBe(await generate({ seed: 7 }));
  });

  it('changes with the prompt, seed, model, style and quality', async () => {
    const all = [
      generate({}),
      generate({ prompt: 'a blue fox' }),
      generate({ seed: 1 }),
      generate({ model: 'stub-2' }),
      generate({ style: 'ink', onUnsupported: 'adapt' }).then(() => generate({ size: '256x256', style: 'photo' })),
      generate({ size: '256x256', quality: 'hd' }),
      generate({ size: '256x256' }),
    ];
    expect(new Set(await Promise.all(all)).size).toBe(all.length);
  });

  it.each(['png', 'jpeg', 'webp'] as const)(
    'as %s is a file that other decoders read, of exactly the requested size',
    async (format) => {
      const { images } = await new StubProvider().generate({ ...small, format });
      expect(images[0]).toMatchObject({ format, width: 64, height: 48, promptUsed: 'a red fox', model: 'stub-1' });
      expect(await sharp(images[0].imageBytes).metadata()).toMatchObject({ format, width: 64, height: 48 });
      expect((await sharp(images[0].imageBytes).stats()).isOpaque).toBe(true);
    },
  );

  it.each(['1x1', '1x300', '300x1', '17x31'])('can have %s pixels', async (odd) => {
    const { images, warnings } = await new StubProvider().generate({ ...small, size: odd });
    expect(`${images[0].width}x${images[0].height}`).toBe(odd);
    expect(warnings).toEqual([]);
  });

  it('is transparent if the request says so', async () => {
    const { images } = await new StubProvider().generate({ ...small, background: 'transparent' });
    expect((await sharp(images[0].imageBytes).stats()).isOpaque).toBe(false);
  });

  it('is a 1024x1024 PNG from the canonical call', async () => {
    const result = await new StubProvider().generateImage('a red fox');
    expect(Object.keys(result).sort()).toEqual(['format', 'imageBytes', 'model', 'promptUsed']);
    expect(await sharp(result.imageBytes).metadata()).toMatchObject({ format: 'png', width: 1024, height: 1024 });
  });

  it('M1: the stub rejects a parameter that the canonical call does not have', async () => {
    const params = { size, n: 2 } as object;
    expect(await failureOf(new StubProvider().generateImage('a red fox', params))).toMatchObject({
      code: 'invalid_request',
      message: 'stub: generateImage has no parameter "n"',
      hint: 'Pass it in the request: generate({ prompt, n }).',
    });
    const misspelt = { formt: 'png' } as object;
    expect((await failureOf(new StubProvider().generateImage('a red fox', misspelt))).hint).toBe(
      'Did you mean format?',
    );
  });

  it('has no prompt in its metadata', async () => {
    const { imageBytes } = await new StubProvider().generateImage('sesame', { size });
    expect(Buffer.from(imageBytes).toString('latin1')).not.toContain('sesame');
  });
});

describe('several images', () => {
  it('differ, have consecutive seeds, and equal the images of single calls', async () => {
    const { images, cost } = await new StubProvider({ costUsd: 0.04 }).generate({ ...small, n: 6, seed: 10 });
    expect(images.map(({ seed }) => seed)).toEqual([10, 11, 12, 13, 14, 15]);
    expect(new Set(images.map(({ imageBytes }) => hex(imageBytes))).size).toBe(6);
    expect(hex(images[5]!.imageBytes)).toBe(await generate({ seed: 15 }));
    expect(cost).toEqual({ usd: 0.24, basis: 'reported' });
  });

  it('stay within the range of seeds', async () => {
    const { images } = await new StubProvider().generate({ ...small, n: 2, seed: 4_294_967_295 });
    expect(images.map(({ seed }) => seed)).toEqual([4_294_967_295, 0]);
  });

  it('B20: lack the refused ones, which are listed as failures', async () => {
    const stub = new StubProvider({ refuse: [1, 5], costUsd: 0.01 });
    const { images, failures, warnings, cost } = await stub.generate({ ...small, n: 6 });
    expect(images).toHaveLength(4);
    expect(failures.map(({ error }) => error.code)).toEqual(['content_refused', 'content_refused']);
    expect(warnings).toMatchObject([{ code: 'fewer_images' }]);
    expect(cost.usd).toBe(0.04);
  });

  it('are an error if all are refused', async () => {
    for (const refuse of [true, [0, 1]]) {
      expect(await failureOf(new StubProvider({ refuse }).generate({ ...small, n: 2 }))).toMatchObject({
        code: 'content_refused',
        charged: 'unknown',
      });
    }
  });
});

const solid = (width: number, height: number, colour: readonly number[]) =>
  encodePng({
    width,
    height,
    channels: 4,
    data: Uint8Array.from({ length: width * height * 4 }, (_, at) => colour[at % 4]!),
  });
const red = await solid(64, 48, [200, 20, 20, 255]);

/** White on the right half: that half is repainted. */
const rightHalf = await encodePng({
  width: 64,
  height: 48,
  channels: 4,
  data: Uint8Array.from({ length: 64 * 48 * 4 }, (_, at) => (at % 4 === 3 || (at >> 2) % 64 >= 32 ? 255 : 0)),
});

describe('an edit', () => {
  it('changes only what the mask marks', async () => {
    const { images, applied } = await new StubProvider().edit({ ...small, inputImages: [red], mask: rightHalf });
    expect(applied.operation).toBe('inpaint');
    const { data, width } = await decodePng(images[0].imageBytes, { maxPixels: 1e6 });
    const channels = data.length / (64 * 48);
    const at = (x: number, y: number) => [...data.subarray((y * width + x) * channels, (y * width + x) * channels + 3)];
    for (const [x, y] of [
      [2, 2],
      [20, 10],
      [29, 24],
    ] as const)
      expect(at(x, y)).toEqual([200, 20, 20]);
    const right = Array.from({ length: 12 }, (_, row) => at(50, row * 4));
    expect(right.filter(([r, g, b]) => r === 200 && g === 20 && b === 20).length).toBeLessThan(6);
  });

  it('shows the input, so another input gives another image', async () => {
    const edit = (input: Uint8Array) => new StubProvider().edit({ ...small, inputImages: [input] });
    const [one, same, other] = [await edit(red), await edit(red), await edit(await solid(64, 48, [20, 20, 200, 255]))];
    expect(hex(one.images[0].imageBytes)).toBe(hex(same.images[0].imageBytes));
    expect(hex(one.images[0].imageBytes)).not.toBe(hex(other.images[0].imageBytes));
  });

  it('accepts a JPEG, a WebP, and several inputs at once', async () => {
    const jpeg = await sharp(red).jpeg().toBuffer();
    const webp = await sharp(red).webp().toBuffer();
    const { images } = await new StubProvider().edit({ ...small, inputImages: [jpeg, webp, red] });
    expect(images[0]).toMatchObject({ width: 64, height: 48 });
  });

  it('accepts its own result as input', async () => {
    const { images } = await new StubProvider().generate(small);
    await expect(new StubProvider().edit({ ...small, inputImages: [images[0].imageBytes] })).resolves.toBeDefined();
  });

  it('U04: an edit rejects an incomplete input image, and a mask of another size, before the call', async () => {
    for (const request of [
      { inputImages: [red.subarray(0, 60)] },
      { inputImages: [new TextEncoder().encode('<svg/>')] },
      { inputImages: [red], mask: await solid(8, 8, [255, 255, 255, 255]) },
    ]) {
      expect(await failureOf(new StubProvider().edit({ ...small, ...request }))).toMatchObject({
        code: 'invalid_request',
        charged: 'no',
      });
    }
  });
});

describe('a stream', () => {
  const collect = async (stub: StubProvider, request: object) => {
    const events: ImageEvent[] = [];
    for await (const event of stub.stream({ ...small, ...request })) events.push(event);
    return events;
  };

  it('emits unfinished images, then the finished ones, and ends with done', async () => {
    const events = await collect(new StubProvider({ costUsd: 0.5 }), { n: 2 });
    expect(events.map(({ type }) => type)).toEqual(['submitted', 'partial', 'partial', 'image', 'image', 'done']);
    const done = events.at(-1);
    expect(done).toMatchObject({ generation: { images: [{ seed: 0 }, { seed: 1 }], cost: { usd: 1 }, warnings: [] } });
    for (const event of events)
      if (event.type === 'partial') expect((await sharp(event.imageBytes).metadata()).width).toBe(64);
  });

  it('ends with the same images as a plain call', async () => {
    const done = (await collect(new StubProvider(), { seed: 3 })).at(-1);
    expect(done?.type === 'done' && hex(done.generation.images[0].imageBytes)).toBe(await generate({ seed: 3 }));
  });

  it('refuses and fails like a plain call', async () => {
    expect(await failureOf(collect(new StubProvider({ refuse: true }), {}))).toMatchObject({ code: 'content_refused' });
    expect(await failureOf(collect(new StubProvider({ fail: 'rate_limited' }), {}))).toMatchObject({
      code: 'rate_limited',
    });
    const done = (await collect(new StubProvider({ refuse: [0] }), { n: 2 })).at(-1);
    expect(done).toMatchObject({
      generation: { images: [{ seed: 1 }], failures: [{ error: { code: 'content_refused' } }] },
    });
  });
});

describe('a stub with jobs', () => {
  it('J01: a stub with jobs submits a job, polls it, and fetches the result', async () => {
    const events: string[] = [];
    const stub = new StubProvider({ job: { polls: 2 } });
    let noted: JobHandle | undefined;
    const { images, job } = await stub.generate(small, {
      onJob: (handle) => {
        noted = handle;
      },
      onEvent: ({ type }) => events.push(type),
    });
    expect(job).toEqual(noted);
    expect(events.filter((type, at) => type !== events[at - 1])).toEqual([
      'submitted',
      'queued',
      'progress',
      'image',
      'done',
    ]);
    expect(hex(images[0].imageBytes)).toBe(await generate({}));
  });

  it('J16: a stub with jobs returns a job as plain JSON, which can be resumed any number of times', async () => {
    const stub = new StubProvider({ job: { polls: 1 } });
    const handle = await stub.submit({ ...small, seed: 5 });
    expect(handle).toMatchObject({
      version: 1,
      provider: 'stub',
      model: 'stub-1',
      id: 'stub-job-1',
      request: { prompt: 'a red fox', n: 1, seed: 5 },
    });
    const copy = JSON.parse(JSON.stringify(handle)) as JobHandle;
    expect(copy).toEqual(handle);
    const { images } = await stub.resume(copy);
    expect(hex(images[0].imageBytes)).toBe(await generate({ seed: 5 }));
    expect((await stub.resume(copy)).images[0].width).toBe(64);
  });

  it('J09: a stub with jobs cancels an aborted job at the vendor and puts its handle into the error', async () => {
    const stub = new StubProvider({ job: { polls: 10_000 } });
    const caller = new AbortController();
    const waiting = failureOf(
      stub.generate(small, { signal: caller.signal, onJob: () => void setTimeout(() => caller.abort(), 20) }),
    );
    const error = await waiting;
    expect(error).toMatchObject({ code: 'aborted', charged: 'unknown', job: { id: 'stub-job-1' } });
    // The first poll comes after the cancellation has arrived.
    expect(await failureOf(stub.resume(error.job!, { deadlineMs: 5_000 }))).toMatchObject({
      code: 'no_image',
      message: expect.stringContaining('no such job'),
    });
  });

  it('J06: a job that takes too long ends at its deadline and can be resumed', async () => {
    const stub = new StubProvider({ job: { polls: 2 } });
    const error = await failureOf(stub.generate(small, { deadlineMs: 30 }));
    expect(error).toMatchObject({ code: 'timeout', job: { id: 'stub-job-1' } });
    expect((await stub.resume(error.job!)).images[0].width).toBe(64);
  });

  it('rejects handles of other providers and versions', async () => {
    const handle = await new StubProvider({ job: { polls: 0 } }).submit(small);
    for (const wrong of [{ ...handle, provider: 'openai' }, { ...handle, version: 2 }, {}, undefined]) {
      expect(await failureOf(new StubProvider({ job: { polls: 0 } }).resume(wrong as JobHandle))).toMatchObject({
        code: 'invalid_request',
      });
    }
  });

  it('rejects submit without the job setting', async () => {
    expect(await failureOf(new StubProvider().submit(small))).toMatchObject({
      code: 'unsupported',
      hint: 'Use generate.',
    });
  });
});

describe('a stub configured to fail', () => {
  it.each(ERROR_CODES)('fails with %s and the charge that the table of codes gives', async (fail) => {
    const stub = new StubProvider({ fail });
    const { charged, mayRetry, mayFailOver } = ERROR_RULES[fail];
    const error = await failureOf(stub.generate(small));
    expect(error).toMatchObject({ code: fail, charged, mayRetry, mayFailOver, provider: 'stub' });
    expect(error.message).toContain(`configured to fail with ${fail}`);
    expect(await failureOf(new StubProvider({ fail, job: { polls: 1 } }).submit(small))).toMatchObject({
      code: fail,
      charged,
    });
  });

  it('fails its health check too', async () => {
    expect(await new StubProvider({ fail: 'authentication' }).healthCheck()).toMatchObject({
      status: 'failing',
      code: 'authentication',
    });
    expect(await new StubProvider().healthCheck()).toMatchObject({ status: 'ok' });
  });

  it('U03: a stub configured to fail waits for delayMs, and stops within 250 ms of an abort', async () => {
    const stub = new StubProvider({ delayMs: 60_000 });
    const caller = new AbortController();
    setTimeout(() => caller.abort(), 10);
    const elapsedMs = startStopwatch();
    for (const error of await Promise.all([
      failureOf(stub.generate(small, { signal: caller.signal })),
      failureOf(stub.generateImage('a red fox', { size, signal: caller.signal })),
    ])) {
      expect(error.code).toBe('aborted');
    }
    expect(elapsedMs()).toBeLessThan(5_000); // includes the time to load the adapter
    expect(await failureOf(stub.generate(small, { deadlineMs: 20 }))).toMatchObject({ code: 'outcome_unknown' });
  });

  it('H19: a stub configured to fail does nothing if the signal has already fired', async () => {
    expect(await failureOf(new StubProvider().generate(small, { signal: AbortSignal.abort() }))).toMatchObject({
      code: 'aborted',
      charged: 'no',
    });
  });

  it('rejects an unknown setting at creation', () => {
    expect(() => new StubProvider({ fial: 'timeout' } as object)).toThrow('stub: unknown setting "fial"');
  });

  it.each([{ delayMs: -1 }, { fail: 'no_such_code' }, { job: { polls: 0.5 } }, { job: {} }])(
    'rejects the setting %j',
    async (settings) => {
      expect(await failureOf(new StubProvider(settings as object).generate(small))).toMatchObject({
        code: 'not_configured',
      });
    },
  );
});

describe('a stub in tests of a host app', () => {
  it('records every call with the arguments of the caller, including refused ones', async () => {
    const stub = new StubProvider({ job: { polls: 0 } });
    await stub.generateImage('one', { size });
    const handle = await stub.submit({ ...small, prompt: 'two' });
    await stub.resume(handle);
    await failureOf(stub.generate({ prompt: ' ' }));
    for await (const _ of stub.stream({ ...small, prompt: 'three' }));
    expect(stub.calls).toEqual([
      { method: 'generateImage', prompt: 'one', params: { size } },
      { method: 'submit', request: { ...small, prompt: 'two' } },
      { method: 'resume', job: handle },
      { method: 'generate', request: { prompt: ' ' } },
      { method: 'stream', request: { ...small, prompt: 'three' } },
    ]);
    stub.reset();
    expect(stub.calls).toEqual([]);
  });

  it('does not record plans, model lists and health checks', async () => {
    const stub = new StubProvider();
    await stub.plan(small);
    await stub.models();
    await stub.healthCheck();
    expect(stub.calls).toEqual([]);
  });

  it('shares nothing with another stub', async () => {
    const [calm, failing] = [new StubProvider({ job: { polls: 0 } }), new StubProvider({ fail: 'unavailable' })];
    const handle = await calm.submit(small);
    await failureOf(failing.generate(small));
    expect(calm.calls).toHaveLength(1);
    expect(failing.calls).toHaveLength(1);
    const other = new StubProvider({ job: { polls: 0 } });
    expect(await failureOf(other.resume(handle))).toMatchObject({ code: 'no_image' });
    await expect(calm.resume(handle)).resolves.toBeDefined();
  });

  it('can be created by name, with the same settings', async () => {
    const stub = createProvider('stub', { costUsd: 2 });
    expect((await stub.generate(small)).cost).toEqual({ usd: 2, basis: 'reported' });
    expect(() => createProvider('dummy')).not.toThrow();
  });

  it('rejects its retired model and names the successor', async () => {
    expect(await failureOf(new StubProvider().generate({ ...small, model: 'stub-0' }))).toMatchObject({
      code: 'model_retired',
      hint: 'Use stub-1.',
    });
  });
});
