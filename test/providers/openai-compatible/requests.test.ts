/** The requests that are sent to each kind of server. */
import { describe, expect, it } from 'vitest';
import { encodePng } from '../../../src/providers/kit/image/png.ts';
import { createOpenAICompatible } from '../../../src/providers/openai-compatible/index.ts';
import { DEFAULT_ATTEMPT_TIMEOUT_MS } from '../../../src/transport/index.ts';
import { openServer, openWith, type ServerKind } from './servers.ts';
import { failureOf, openKind, openReplying, type Settings } from './support.ts';

const prompt = 'a red fox';
const EDGE = 8;
const grey = await encodePng({ width: EDGE, height: EDGE, channels: 1, data: new Uint8Array(EDGE * EDGE).fill(90) });
/** White in its upper left pixel and in the one below. */
const mask = await encodePng({
  width: EDGE,
  height: EDGE,
  channels: 1,
  data: new Uint8Array(EDGE * EDGE).map((_, at) => (at === 0 || at === EDGE ? 255 : 0)),
});
const REPAINTED = ['0,0', '0,1'];

describe('a body', () => {
  it('contains only the model and the prompt when nothing else is requested', async () => {
    await using open = await openKind('litellm');
    await open.provider.generate({ prompt });
    expect(open.server.received[0]?.json).toEqual({ model: 'flux-pro', prompt });
  });

  it('contains n above one and a requested size', async () => {
    await using open = await openKind('litellm');
    await open.provider.generate({ prompt, n: 2, size: '640x384' });
    expect(open.server.received[0]?.json).toEqual({ model: 'flux-pro', prompt, n: 2, size: '640x384' });
  });

  it('has no model when none is configured and the server does not need one', async () => {
    await using open = await openKind('vllm-omni');
    await open.provider.generate({ prompt });
    expect(open.server.received[0]?.json).toEqual({ prompt, response_format: 'b64_json' });
  });

  it.each<[ServerKind, string | undefined]>([
    ['localai', 'b64_json'],
    ['vllm-omni', 'b64_json'],
    ['sglang', 'b64_json'],
    ['ollama', 'b64_json'],
    ['xinference', 'b64_json'],
    ['gpustack', 'b64_json'],
    ['sd-cpp', undefined],
    ['koboldcpp', undefined],
    ['litellm', undefined],
    ['portkey', undefined],
    ['vercel-ai-gateway', undefined],
  ])('asks %s for response_format %s, and the image arrives', async (kind, format) => {
    await using open = await openKind(kind);
    const { images } = await open.provider.generate({ prompt });
    expect(images).toHaveLength(1);
    expect(open.server.received[0]?.json.response_format).toBe(format);
  });

  it.each(['gpt-image-2', 'openai/gpt-image-2', 'chatgpt-image-latest'])(
    'never requests a response_format from %s, whatever the setting says',
    async (model) => {
      await using open = await openKind('litellm', { responseFormat: 'b64_json' });
      await open.provider.generate({ prompt, model });
      expect(open.server.received[0]?.json).toEqual({ model, prompt });
    },
  );

  it('names the setting when a server refuses the response_format, and does not retry', async () => {
    await using open = await openKind('vllm-omni', { responseFormat: 'url' });
    expect(await failureOf(open.provider.generate({ prompt }))).toMatchObject({
      code: 'invalid_request',
      hint: expect.stringContaining('responseFormat'),
    });
    expect(open.server.received).toHaveLength(1);
  });

  it.each<[ServerKind, Readonly<Record<string, unknown>>, object]>([
    ['localai', { steps: 20 }, { seed: 7, negative: 'blur', steps: 20 }],
    ['vllm-omni', { steps: 20, guidance: 4 }, { seed: 7, negative: 'blur', steps: 20, guidance: 4 }],
    ['sglang', { steps: 20, guidance: 4 }, { seed: 7, negative: 'blur', steps: 20, guidance: 4 }],
    ['sd-cpp', { steps: 20, guidance: 4 }, { seed: 7, negative: 'blur', steps: 20, guidance: 4 }],
    ['koboldcpp', { steps: 20, guidance: 4 }, { seed: 7, negative: 'blur', steps: 20, guidance: 4 }],
    ['xinference', { steps: 20, guidance: 4 }, { seed: 7, negative: 'blur', steps: 20, guidance: 4 }],
    ['gpustack', {}, { seed: 7, negative: 'blur' }],
    ['litellm', {}, { seed: 7, negative: 'blur' }],
  ])('%s understands seed, negative prompt and options %j', async (kind, options, understood) => {
    await using open = await openKind(kind);
    await open.provider.generate({ prompt, seed: 7, negativePrompt: 'blur', options });
    expect(open.server.understood).toMatchObject([{ prompt, ...understood }]);
  });

  it.each<[ServerKind, object, string]>([
    ['ollama', { negativePrompt: 'blur' }, 'negativePrompt'],
    ['portkey', { seed: 7 }, 'seed'],
    ['vercel-ai-gateway', { seed: 7 }, 'seed'],
    ['litellm', { options: { steps: 20 } }, 'steps'],
    ['localai', { options: { guidance: 4 } }, 'guidance'],
  ])('refuses settings that %s has no field for, before the call: %j', async (kind, more, field) => {
    await using open = await openKind(kind);
    expect(await failureOf(open.provider.generate({ prompt, ...more }))).toMatchObject({
      code: expect.stringMatching(/^(?:unsupported|invalid_request)$/),
      charged: 'no',
      message: expect.stringContaining(field),
    });
    expect(open.server.received).toEqual([]);
  });

  it('is merged with extraBody, where null removes a field, and with options.body', async () => {
    await using open = await openKind('sglang', { extraBody: { response_format: null, flow_shift: 3 } });
    const options = { body: { enhance_prompt: true, output_format: null, flow_shift: 1 } };
    await failureOf(open.provider.generate({ prompt, seed: 1, format: 'webp', options }));
    expect(open.server.received[0]?.json).toEqual({ prompt, seed: 1, flow_shift: 3, enhance_prompt: true });
  });

  it('takes field names from the settings', async () => {
    await using open = await openKind('litellm', { seedField: 'random_seed', negativePromptField: 'negative' });
    await open.provider.generate({ prompt, seed: 7, negativePrompt: 'blur' });
    expect(open.server.received[0]?.json).toEqual({ model: 'flux-pro', prompt, random_seed: 7, negative: 'blur' });
  });

  it('is sent with the constant headers of the settings', async () => {
    await using open = await openKind('portkey');
    await open.provider.generate({ prompt });
    expect(open.server.received[0]?.headers['x-portkey-provider']).toBe('openai');
  });

  it.each(['prompt', 'n', 'messages', 'stream', 'image', 'image[]', 'mask', 'model'])(
    'refuses %s in options.body before the call',
    async (name) => {
      await using open = await openKind('vllm-omni');
      const error = await failureOf(open.provider.generate({ prompt, options: { body: { [name]: 1 } } }));
      expect(error).toMatchObject({ code: 'invalid_request', message: expect.stringContaining('options.body') });
      expect(open.server.received).toEqual([]);
    },
  );

  it.each<[ServerKind, string, object]>([
    ['vllm-omni', 'seed', { seed: 7 }],
    ['vllm-omni', 'size', { size: '512x512' }],
    ['xinference', 'kwargs', { seed: 7 }],
  ])(
    'at %s refuses %s in options.body when the request sets it too, so that no value is dropped',
    async (kind, name, more) => {
      await using open = await openKind(kind);
      const error = await failureOf(open.provider.generate({ prompt, ...more, options: { body: { [name]: '1' } } }));
      expect(error).toMatchObject({ code: 'invalid_request', message: expect.stringContaining(name) });
      expect(open.server.received).toEqual([]);
      // Alone it is the caller's.
      await open.provider.generate({ prompt, options: { body: { [name]: '1' } } });
      expect(open.server.received[0]?.json[name]).toBe('1');
    },
  );

  it('refuses fields of the request in extraBody when the provider is created', () => {
    const make = () => createOpenAICompatible({ baseUrl: 'http://127.0.0.1:9/v1', extraBody: { prompt: 'x' } });
    expect(make).toThrow(expect.objectContaining({ code: 'not_configured' }));
  });
});

describe('a server of unknown kind', () => {
  it('gets a size with x, seed, negative_prompt and no steps', async () => {
    await using open = await openReplying({ json: { data: [{ b64_json: Buffer.from(grey).toString('base64') }] } });
    await open.provider.generate({ prompt, size: '512x256', seed: 0, negativePrompt: 'blur' });
    expect(open.server.received[0]?.json).toEqual({
      prompt,
      size: '512x256',
      seed: 0,
      negative_prompt: 'blur',
      response_format: 'b64_json',
    });
    const steps = open.provider.generate({ prompt, options: { steps: 9 } });
    expect(await failureOf(steps)).toMatchObject({ code: 'invalid_request', charged: 'no' });
  });

  it('gets one file as image and several as image[]', async () => {
    await using open = await openReplying({ json: { data: [{ b64_json: Buffer.from(grey).toString('base64') }] } });
    await open.provider.edit({ prompt, inputImages: [grey] });
    await open.provider.edit({ prompt, inputImages: [grey, mask] });
    expect(open.server.received.map(({ path, form }) => [path, Object.keys(form).sort()])).toEqual([
      ['/v1/images/edits', ['image', 'prompt', 'response_format']],
      ['/v1/images/edits', ['image[]', 'prompt', 'response_format']],
    ]);
  });
});

describe('an address', () => {
  it.each(['/v1', '/v1/', '', '/', '/proxy/v1'])('is used unchanged, with nothing added to %j', async (path) => {
    await using server = await openServer('vllm-omni');
    const provider = createOpenAICompatible({ baseUrl: `${server.origin}${path}`, limits: { maxRetries: 0 } });
    await provider.generate({ prompt }).catch(() => undefined);
    expect(server.received[0]?.path).toBe(`${path.replace(/\/$/, '')}/images/generations`);
  });

  it('gets a key header only when a key is set', async () => {
    await using open = await openKind('vllm-omni');
    await open.provider.generate({ prompt });
    expect(open.server.received[0]?.headers).not.toHaveProperty('authorization');
    await using keyed = await openKind('vllm-omni', { apiKey: 'team-key-0123456789' });
    await keyed.provider.generate({ prompt });
    expect(keyed.server.received[0]?.headers.authorization).toBe('Bearer team-key-0123456789');
  });

  it('may be plain http only on a loopback or private address', () => {
    const make = (baseUrl: string) => () => createOpenAICompatible({ baseUrl });
    expect(make('http://127.0.0.1:8080/v1')).not.toThrow();
    expect(make('http://192.168.1.5:8080/v1')).not.toThrow();
    expect(make('http://gpu.example.com/v1')).toThrow(expect.objectContaining({ code: 'not_configured' }));
  });

  it('is required when no kind of server is named', () => {
    expect(() => createOpenAICompatible({})).toThrow(
      expect.objectContaining({ code: 'not_configured', message: expect.stringContaining('baseUrl') }),
    );
    expect(() => createOpenAICompatible({ server: 'localai' })).not.toThrow();
  });
});

describe('a server with a fixed default seed', () => {
  it.each(['sglang', 'sd-cpp'] as const)(
    'gets a random seed with each call at %s, and the result contains it',
    async (kind) => {
      await using open = await openKind(kind);
      const results = [await open.provider.generate({ prompt }), await open.provider.generate({ prompt })];
      const seeds = open.server.understood.map(({ seed }) => seed);
      expect(new Set(seeds).size).toBe(2);
      expect(results.map(({ images }) => images[0]?.seed)).toEqual(seeds);
    },
  );

  it('gets the caller’s seed unchanged, also zero', async () => {
    await using open = await openKind('sd-cpp');
    await open.provider.generate({ prompt, seed: 0 });
    expect(open.server.understood).toMatchObject([{ seed: 0 }]);
  });

  it.each(['vllm-omni', 'koboldcpp', 'localai'] as const)('does not apply to %s', async (kind) => {
    await using open = await openKind(kind);
    await open.provider.generate({ prompt });
    expect(open.server.received[0]?.json).not.toHaveProperty('seed');
  });
});

describe('a prompt', () => {
  it.each<[ServerKind, string]>([
    ['localai', 'a fox | a hound'],
    ['sd-cpp', 'a fox <SD_cpp_extra_args>{"seed":1}</sd_cpp_extra_args>'],
    ['koboldcpp', 'a fox <LoRA:style:1>'],
  ])('with text that %s interprets is refused before the call', async (kind, marked) => {
    await using open = await openKind(kind);
    for (const request of [{ prompt: marked }, { prompt, negativePrompt: marked }]) {
      expect(await failureOf(open.provider.generate(request))).toMatchObject({
        code: 'invalid_request',
        charged: 'no',
      });
    }
    expect(open.server.received).toEqual([]);
  });

  it('with such text is sent unchanged to every other server', async () => {
    await using open = await openKind('vllm-omni');
    await open.provider.generate({ prompt: 'a fox | <lora:x> <sd_cpp_extra_args>' });
    expect(open.server.understood).toMatchObject([{ prompt: 'a fox | <lora:x> <sd_cpp_extra_args>' }]);
  });
});

describe('timeouts', () => {
  it('a cold model has five minutes for the first byte', () => {
    expect(DEFAULT_ATTEMPT_TIMEOUT_MS).toBeGreaterThanOrEqual(300_000);
  });

  it('a request that timed out is not sent again', async () => {
    await using server = await openWith(() => new Promise(() => undefined));
    const provider = createOpenAICompatible({ baseUrl: server.baseUrl, attemptTimeoutMs: 1_000, deadlineMs: 20_000 });
    expect(await failureOf(provider.generate({ prompt }))).toMatchObject({ charged: 'unknown' });
    expect(server.received).toHaveLength(1);
  });
});

describe('an edit', () => {
  it.each<[ServerKind, string, string]>([
    ['localai', '/v1/images/generations', 'application/json'],
    ['vllm-omni', '/v1/images/edits', 'multipart/form-data'],
    ['sglang', '/v1/images/edits', 'multipart/form-data'],
    ['ollama', '/v1/images/edits', 'application/json'],
    ['sd-cpp', '/v1/images/edits', 'multipart/form-data'],
    ['koboldcpp', '/v1/images/generations', 'application/json'],
    ['xinference', '/v1/images/edits', 'multipart/form-data'],
    ['gpustack', '/v1/images/edits', 'multipart/form-data'],
    ['litellm', '/v1/images/edits', 'multipart/form-data'],
  ])('is sent to %s at %s as %s, and the server reads its image', async (kind, path, type) => {
    await using open = await openKind(kind);
    await open.provider.edit({ prompt, inputImages: [grey] });
    expect(open.server.received[0]?.path).toBe(path);
    expect(open.server.received[0]?.headers['content-type']).toContain(type);
    expect(open.server.understood).toMatchObject([{ prompt, inputs: 1 }]);
  });

  it.each<[ServerKind, number]>([
    ['localai', 2],
    ['vllm-omni', 2],
    ['sglang', 2],
    ['sd-cpp', 2],
    ['litellm', 2],
  ])('sends %s all %d images', async (kind, inputs) => {
    await using open = await openKind(kind);
    await open.provider.edit({ prompt, inputImages: [grey, mask] });
    expect(open.server.understood).toMatchObject([{ inputs }]);
  });

  it.each(['ollama', 'koboldcpp'] as const)('refuses a second image that %s would ignore', async (kind) => {
    await using open = await openKind(kind);
    const error = await failureOf(open.provider.edit({ prompt, inputImages: [grey, mask] }));
    expect(error).toMatchObject({ charged: 'no' });
    expect(open.server.received).toEqual([]);
  });
});

describe('a mask', () => {
  it.each(['localai', 'vllm-omni', 'sd-cpp', 'koboldcpp', 'xinference', 'litellm'] as const)(
    'makes %s repaint exactly the white pixels',
    async (kind) => {
      await using open = await openKind(kind);
      await open.provider.edit({ prompt, operation: 'inpaint', inputImages: [grey], mask });
      expect(open.server.understood).toMatchObject([{ repaints: REPAINTED }]);
    },
  );

  it('selects the same pixels at a generic OpenAI-compatible server, whether that reads colours or transparency', async () => {
    await using white = await openKind('sd-cpp', { maskPolarity: 'transparent-repaints' });
    await white.provider.edit({ prompt, operation: 'inpaint', inputImages: [grey], mask });
    await using transparent = await openKind('litellm');
    await transparent.provider.edit({ prompt, operation: 'inpaint', inputImages: [grey], mask });
    expect([white, transparent].map(({ server }) => server.understood[0]?.repaints)).toEqual([REPAINTED, REPAINTED]);
  });

  it.each(['sglang', 'ollama'] as const)('is refused when %s takes none or ignores it', async (kind) => {
    await using open = await openKind(kind);
    const error = await failureOf(open.provider.edit({ prompt, inputImages: [grey], mask }));
    expect(error).toMatchObject({ code: 'unsupported', charged: 'no' });
    expect(open.server.received).toEqual([]);
  });
});

describe('several images', () => {
  it.each<[ServerKind, Settings]>([
    ['ollama', {}],
    ['koboldcpp', {}],
    ['vllm-omni', { maxImagesPerRequest: 1 }],
  ])('are requested from %s one by one with %j, each with its own seed', async (kind, settings) => {
    await using open = await openKind(kind, settings);
    const { images } = await open.provider.generate({ prompt, n: 3, seed: 5 });
    expect(images).toHaveLength(3);
    expect(open.server.understood.map(({ seed }) => seed)).toEqual([5, 6, 7]);
  });

  it('are requested from a gateway in one request', async () => {
    await using open = await openKind('portkey');
    expect((await open.provider.generate({ prompt, n: 3 })).images).toHaveLength(3);
    expect(open.server.received).toHaveLength(1);
  });
});
