/** Images, token counts and costs in every format that servers reply with. */
import { describe, expect, it } from 'vitest';
import { createImageManager } from '../../../src/manager/index.ts';
import { createOpenAICompatible } from '../../../src/providers/openai-compatible/index.ts';
import { encodeSketch } from '../../../src/testing/index.ts';
import { openServer, openWith, type ServerKind } from './servers.ts';
import { failureOf, openKind, openReplying, type Settings } from './support.ts';

const prompt = 'a red fox';
const png = Buffer.from(await encodeSketch({ $image: 'png', width: 64, height: 48 }));
const jpeg = Buffer.from(await encodeSketch({ $image: 'jpeg', width: 64, height: 48 }));
/** Its base64 differs in the two alphabets. */
const urlSafe = await drawUrlSafe();
const base64 = png.toString('base64');
const data = (...items: readonly unknown[]) => ({ json: { created: 0, data: items } });

async function drawUrlSafe(): Promise<Buffer> {
  for (let shade = 0; shade < 256; shade += 1) {
    const drawn = Buffer.from(await encodeSketch({ $image: 'png', width: 64, height: 48, shade }));
    if (/[-_]/.test(drawn.toString('base64url'))) return drawn;
  }
  throw new Error('no picture has such a character');
}

describe('every kind of server', () => {
  it.each<[ServerKind, 'png' | 'jpeg']>([
    ['localai', 'png'],
    ['vllm-omni', 'png'],
    ['sglang', 'png'],
    ['ollama', 'png'],
    ['sd-cpp', 'png'],
    ['koboldcpp', 'png'],
    ['xinference', 'jpeg'],
    ['gpustack', 'png'],
    ['litellm', 'png'],
    ['portkey', 'png'],
    ['vercel-ai-gateway', 'png'],
    ['chat', 'png'],
  ])('%s: its image arrives, as %s', async (kind, format) => {
    await using open = await openKind(kind);
    const { images } = await open.provider.generate({ prompt });
    expect(images).toMatchObject([{ format }]);
  });
});

describe('an image', () => {
  it('may be the complete reply', async () => {
    await using open = await openReplying({ headers: { 'content-type': 'image/png' }, bytes: png });
    const { images } = await open.provider.generate({ prompt });
    expect(Buffer.from(images[0]!.imageBytes)).toEqual(png);
  });

  it('is not a web page, and the hint names baseUrl', async () => {
    const page = '<!doctype html><html><head><title>Sign in</title></head></html>';
    await using open = await openReplying({ headers: { 'content-type': 'text/html' }, text: page });
    expect(await failureOf(open.provider.generate({ prompt }))).toMatchObject({
      code: 'bad_response',
      charged: 'unknown',
      hint: expect.stringContaining('baseUrl'),
    });
  });

  it('is not a ZIP file, which is quarantined', async () => {
    const zip = Buffer.from('PK\u0003\u0004 and so on', 'latin1');
    await using open = await openReplying({ headers: { 'content-type': 'application/zip' }, bytes: zip });
    const error = await failureOf(open.provider.generate({ prompt }));
    expect(error).toMatchObject({ code: 'bad_response', charged: 'yes' });
    expect(error.quarantine?.map((bytes) => Buffer.from(bytes))).toEqual([zip]);
  });

  it('is not searched for in events that were not requested', async () => {
    const text = `data: ${JSON.stringify({ data: [{ b64_json: base64 }] })}\n\n`;
    await using open = await openReplying({ headers: { 'content-type': 'text/event-stream' }, text });
    const error = await failureOf(open.provider.generate({ prompt }));
    expect(error).toMatchObject({ code: 'bad_response', charged: 'unknown' });
    expect(error.quarantine?.length).toBeGreaterThan(0);
  });

  it('is not requested as a ZIP file', async () => {
    await using open = await openKind('vllm-omni');
    const options = { body: { response_format: 'file' } };
    expect(await failureOf(open.provider.generate({ prompt, n: 2, options }))).toMatchObject({ charged: 'no' });
    expect(open.server.received).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['b64_json', { b64_json: base64 }],
    ['b64_json before url', { b64_json: base64, url: 'http://127.0.0.1:1/never-asked' }],
    ['url beside an empty b64_json', { b64_json: '', url: `data:image/png;base64,${base64}` }],
    ['image_url.url', { image_url: { url: `data:image/png;base64,${base64}` } }],
    ['image_url as a string', { image_url: `data:image/png;base64,${base64}` }],
  ])('is read from %s', async (_, item) => {
    await using open = await openReplying(data(item));
    const { images } = await open.provider.generate({ prompt });
    expect(images.map(({ imageBytes }) => Buffer.from(imageBytes))).toEqual([png]);
  });

  it('is read from the list images of AUTOMATIC1111', async () => {
    await using open = await openReplying({ json: { images: [base64], parameters: {} } });
    expect((await open.provider.generate({ prompt })).images).toHaveLength(1);
  });

  it.each<[string, unknown]>([
    ['no data', { created: 0 }],
    ['data null', { data: null }],
    ['data empty', { data: [] }],
    ['an item null', { data: [null] }],
  ])('is missing with %s, and the reply is quarantined', async (_, json) => {
    await using open = await openReplying({ json });
    const error = await failureOf(open.provider.generate({ prompt }));
    expect(error).toMatchObject({ code: 'bad_response', charged: 'unknown' });
    expect(error.quarantine).toHaveLength(1);
  });

  it('that is the empty string of KoboldCpp counts as missing', async () => {
    await using open = await openKind('koboldcpp');
    expect(await failureOf(open.provider.generate({ prompt: 'nothing' }))).toMatchObject({
      code: 'no_image',
      message: expect.stringContaining('empty image'),
    });
  });

  it('is returned when fewer than requested arrive, with a warning', async () => {
    await using open = await openReplying(data({ b64_json: base64 }));
    const { images, warnings } = await open.provider.generate({ prompt, n: 3 });
    expect(images).toHaveLength(1);
    expect(warnings).toMatchObject([{ code: 'fewer_images' }]);
  });

  it.each<[string, string]>([
    ['a data URL', `data:image/png;base64,${base64}`],
    ['lines', base64.replace(/.{60}/g, '$&\n')],
    ['the URL-safe alphabet', urlSafe.toString('base64url')],
  ])('is decoded from %s in b64_json', async (_, text) => {
    await using open = await openReplying(data({ b64_json: text }));
    const { images } = await open.provider.generate({ prompt });
    expect([base64, urlSafe.toString('base64')]).toContain(Buffer.from(images[0]!.imageBytes).toString('base64'));
  });

  it('has the format of its bytes, not the one that the reply names', async () => {
    const claims = { output_format: 'png', size: '1024x1024', quality: 'medium' };
    await using open = await openReplying({ json: { data: [{ b64_json: jpeg.toString('base64') }], ...claims } });
    const { images, warnings } = await open.provider.generate({ prompt });
    expect(images).toMatchObject([{ format: 'jpeg', width: 64, height: 48 }]);
    expect(warnings.every(({ code }) => code !== 'vendor_warning')).toBe(true);
  });

  it('of unknown bytes is an error, and the bytes are quarantined', async () => {
    const odd = Buffer.from('this is certainly no image at all');
    await using open = await openReplying(data({ b64_json: odd.toString('base64') }));
    const error = await failureOf(open.provider.generate({ prompt }));
    expect(error.code).toBe('bad_response');
    expect(error.quarantine?.map((bytes) => Buffer.from(bytes))).toEqual([odd]);
  });

  it('arrives whatever created and index contain', async () => {
    for (const created of [0, 1763600000.25, null]) {
      await using open = await openReplying({
        json: {
          created,
          data: [
            { index: 0, b64_json: base64 },
            { index: 0, b64_json: jpeg.toString('base64') },
          ],
        },
      });
      expect((await open.provider.generate({ prompt, n: 2 })).images).toHaveLength(2);
    }
  });

  it('above the size limit is refused while it is read', async () => {
    await using open = await openReplying(data({ b64_json: Buffer.alloc(300_000, 7).toString('base64') }), {
      limits: { maxRetries: 0, maxImageBytes: 100_000 },
    });
    expect(await failureOf(open.provider.generate({ prompt }))).toMatchObject({ code: 'too_large' });
  });
});

/** A server that answers with a link, and returns the image at every other URL. */
async function openLinking(url: string | ((origin: string) => string), settings: Settings = {}) {
  const server = await openWith(({ path }, { origin }) =>
    path.endsWith('/images/generations')
      ? data({ url: typeof url === 'string' ? url : url(origin) })
      : { headers: { 'content-type': 'image/png' }, bytes: png },
  );
  const provider = createOpenAICompatible({
    baseUrl: server.baseUrl,
    apiKey: 'team-key-0123456789',
    limits: { maxRetries: 0 },
    ...settings,
  });
  return { server, provider, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

describe('a link', () => {
  it.each<[string, string | ((origin: string) => string), string]>([
    ['with a host', (origin: string) => `${origin}/generated-images/x.png`, '/generated-images/x.png'],
    ['that begins with a slash', '/v1/images/g1/content?variant=1', '/v1/images/g1/content?variant=1'],
    ['relative to the request', 'x.png', '/v1/images/x.png'],
  ])('%s is fetched from the server', async (_, url, path) => {
    await using open = await openLinking(url);
    expect((await open.provider.generate({ prompt })).images).toHaveLength(1);
    expect(open.server.received[1]?.path).toBe(path);
  });

  it('of LocalAI is fetched when links are requested', async () => {
    await using open = await openKind('localai', { responseFormat: 'url' });
    expect((await open.provider.generate({ prompt })).images).toHaveLength(1);
  });

  it('of SGLang is fetched, and the path on its disk appears nowhere', async () => {
    await using open = await openKind('sglang', { responseFormat: 'url' });
    const result = await open.provider.generate({ prompt });
    expect(result.images).toHaveLength(1);
    expect(JSON.stringify(result)).not.toContain('secret-place');
  });

  it.each(['file:///srv/outputs/x.png', 'C:\\outputs\\x.png'])(
    'that is a path of the server (%s) is reported as such',
    async (path) => {
      await using open = await openLinking(path);
      expect(await failureOf(open.provider.generate({ prompt }))).toMatchObject({
        message: expect.stringContaining("responseFormat to 'b64_json'"),
      });
      expect(open.server.received).toHaveLength(1);
    },
  );

  it('that is a path of Xinference is missing, and the hint names b64_json', async () => {
    await using open = await openKind('xinference', { responseFormat: 'url' });
    const error = await failureOf(open.provider.generate({ prompt }));
    expect(error.hint).toContain('b64_json');
    expect(error.charged).not.toBe('no');
  });

  it('to another private host is not followed, and gets no key', async () => {
    await using files = await openWith(() => ({ headers: { 'content-type': 'image/png' }, bytes: png }));
    await using open = await openLinking(`${files.origin}/x.png`);
    const error = await failureOf(open.provider.generate({ prompt }));
    expect(error).toMatchObject({ code: 'unsafe_url', hint: expect.stringContaining('b64_json') });
    expect(error.charged).not.toBe('no');
    expect(files.received).toEqual([]);
  });

  it('to the same origin gets the key when the server requires it', async () => {
    const key = 'Bearer team-key-0123456789';
    await using server = await openWith(({ path, headers }, { origin }) => {
      if (path.endsWith('/images/generations')) return data({ url: `${origin}/files/x.png` });
      return headers.authorization === key ? { bytes: png } : { status: 401, json: { error: 'Unauthorized' } };
    });
    const provider = createOpenAICompatible({ baseUrl: server.baseUrl, apiKey: 'team-key-0123456789' });
    expect((await provider.generate({ prompt })).images).toHaveLength(1);
  });
});

describe('token counts and costs', () => {
  it.each<[string, unknown, object | undefined]>([
    ['null', null, undefined],
    ['zeros', { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }, undefined],
    [
      'prompt_tokens',
      { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 },
      { inputTokens: 5, outputTokens: 7 },
    ],
    ['input_tokens', { input_tokens: 5, output_tokens: 7, total_tokens: 12 }, { inputTokens: 5, outputTokens: 7 }],
    ['inputTokens', { inputTokens: 5, outputTokens: 7, totalTokens: 12 }, { inputTokens: 5, totalTokens: 12 }],
  ])('are read from %s', async (_, usage, expected) => {
    await using open = await openReplying({ json: { data: [{ b64_json: base64 }], usage } });
    const { usage: read } = await open.provider.generate({ prompt });
    if (expected === undefined) expect(read ?? {}).toEqual({});
    else expect(read).toMatchObject(expected);
  });

  it.each<[ServerKind, number]>([
    ['litellm', 0.04],
    ['vercel-ai-gateway', 0.04],
    ['chat', 0.039],
  ])('the cost that %s sends is the reported cost', async (kind, usd) => {
    await using open = await openKind(kind);
    expect((await open.provider.generate({ prompt })).cost).toEqual({ usd, basis: 'reported' });
  });

  it.each(['', 'None', '-1', 'NaN'])('a cost of %j in the header is ignored', async (cost) => {
    await using open = await openReplying({
      headers: { 'x-litellm-response-cost': cost },
      ...data({ b64_json: base64 }),
    });
    expect((await open.provider.generate({ prompt })).cost).toEqual({ basis: 'unknown' });
  });
});

describe('a price in the settings', () => {
  it('is an estimate, for all models or for one', async () => {
    await using one = await openKind('vllm-omni', { pricePerImageUsd: 0.02 });
    expect((await one.provider.generate({ prompt, n: 2 })).cost).toEqual({ usd: 0.04, basis: 'estimated' });
    await using byName = await openKind('vllm-omni', { pricePerImageUsd: { flux: 0.01 } });
    expect((await byName.provider.generate({ prompt, model: 'flux' })).cost).toEqual({ usd: 0.01, basis: 'estimated' });
    expect((await byName.provider.generate({ prompt, model: 'other' })).cost).toEqual({ basis: 'unknown' });
  });

  it('a price of zero in the settings counts as free in a budget', async () => {
    await using open = await openKind('vllm-omni', { pricePerImageUsd: 0 });
    const images = createImageManager({ providers: { local: open.provider }, budget: { perDayUsd: 0.01 } });
    for (const seed of [1, 2, 3]) await images.generate({ prompt, seed });
    expect(open.server.understood).toHaveLength(3);
  });

  it('a price that is not set is unknown, and a budget refuses the call', async () => {
    await using open = await openKind('vllm-omni');
    const budget = { perDayUsd: 1 };
    const images = createImageManager({ providers: { local: open.provider }, budget });
    expect(await failureOf(images.generate({ prompt }))).toMatchObject({ code: 'budget_exceeded', charged: 'no' });
    const allowing = createImageManager({
      providers: { local: open.provider },
      budget: { ...budget, allowUnpriced: ['local/default'] },
    });
    await allowing.generate({ prompt });
    expect(open.server.understood).toHaveLength(1);
  });
});

describe('a name in the settings', () => {
  it('replaces the id in results and errors', async () => {
    await using open = await openKind('vllm-omni', { name: 'team-gpu' });
    expect(open.provider.id).toBe('team-gpu');
    expect(await open.provider.generate({ prompt })).toMatchObject({ provider: 'team-gpu' });
    const error = await failureOf(open.provider.generate({ prompt, n: 0 }));
    expect(error).toMatchObject({ provider: 'team-gpu', message: expect.stringMatching(/^team-gpu: /) });
  });
});

describe('the list of models', () => {
  it.each<[string, unknown, readonly string[]]>([
    ['{ data }', { object: 'list', data: [{ id: 'a' }, { id: 'b' }] }, ['a', 'b']],
    ['{ models }', { models: [{ name: 'a' }] }, ['a']],
    ['a bare array', [{ id: 'a' }], ['a']],
    ['other data', { hello: 1 }, []],
    ['an array of other data', { data: [1, null, 'x', { id: 5 }] }, []],
  ])('has those that the server lists in %s', async (_, json, names) => {
    await using open = await openReplying({ json });
    const models = await open.provider.models();
    expect(Object.keys(models).filter((name) => name !== 'default')).toEqual(names);
  });

  it.each<[ServerKind, readonly string[]]>([
    ['xinference', ['sd3.5-medium']],
    ['vercel-ai-gateway', ['bfl/flux-pro-1.1']],
  ])('leaves out the models that %s marks as text models', async (kind, names) => {
    await using open = await openKind(kind);
    expect(Object.keys(await open.provider.models()).filter((name) => name !== 'default')).toEqual(names);
  });

  it.each([404, 401, 500])('has those of the settings when the server answers %d', async (status) => {
    await using open = await openReplying({ status, text: '404 page not found' }, { models: ['mine'] });
    expect(Object.keys(await open.provider.models()).sort()).toEqual(['default', 'mine']);
  });

  it('is cached for a while', async () => {
    await using open = await openKind('vllm-omni');
    await open.provider.models();
    await open.provider.models();
    expect(open.server.received).toHaveLength(1);
  });

  it('does not need to contain a model that is used', async () => {
    await using open = await openKind('sglang', { models: ['flux'] });
    const { model } = await open.provider.generate({ prompt, model: 'never-heard-of' });
    expect(model).toBe('never-heard-of');
    expect(open.server.received[0]?.json.model).toBe('never-heard-of');
  });
});

describe('a health check', () => {
  it.each(['localai', 'ollama', 'sglang', 'chat', 'koboldcpp', 'sd-cpp'] as const)(
    'succeeds at %s, with a list of models or without',
    async (kind) => {
      await using open = await openKind(kind);
      expect(await open.provider.healthCheck()).toMatchObject({ status: 'ok' });
    },
  );

  it('reports a wrong key', async () => {
    await using server = await openServer('vllm-omni', 'right-key-0123456789');
    const provider = createOpenAICompatible({ baseUrl: server.baseUrl, apiKey: 'wrong-key-0123456789' });
    expect(await provider.healthCheck()).toMatchObject({ status: 'failing', code: 'authentication' });
  });

  it('reports a server that fails', async () => {
    await using open = await openReplying({ status: 500, json: { error: 'down' } });
    expect((await open.provider.healthCheck()).status).not.toBe('ok');
  });
});
