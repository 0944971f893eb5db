/** The manifest of `generate_image`, for hosts that read tools from a file. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createImageManager, createProvider, listProviders, StubProvider } from '../../src/index.ts';
import { createStore } from '../../src/store/index.ts';
import { createImageTools, createManifest, type ManifestOptions, type ToolManifest } from '../../src/tool/index.ts';
import { manifestSchema } from './manifest-schema.ts';
import { createTestTools } from './tool-set.ts';

const apiKey = 'not-a-real-key';
const LOCAL = 'http://127.0.0.1:9/v1';

async function manifestOf(
  providers: Parameters<typeof createImageManager>[0]['providers'],
  options?: ManifestOptions,
): Promise<ToolManifest> {
  const [manifest] = await createManifest(createImageManager({ providers }), options);
  return manifest!;
}

/** What some providers need besides a key. */
const NEEDED: Readonly<Record<string, object>> = {
  'azure-openai': { resource: 'name', deployment: 'name' },
  bedrock: { region: 'us-east-1' },
  firefly: { clientId: 'id' },
  'openai-compatible': { baseUrl: LOCAL },
  stub: { apiKey: undefined },
};
const create = (id: string) => createProvider(id, { apiKey, ...NEEDED[id] });

const stub = () => manifestOf({ stub: new StubProvider() });
const propertiesOf = ({ parameters }: ToolManifest) =>
  parameters.properties as Readonly<Record<string, Readonly<Record<string, unknown>>>>;

describe('the manifest', () => {
  it('has the form that hosts of agents expect, also after it was written to a file', async () => {
    const written = JSON.parse(JSON.stringify([await stub()]));

    expect(manifestSchema.parse(written)).toEqual(written);
    expect(written).toHaveLength(1);
  });

  it.for([
    ['name', ''],
    ['description', undefined],
    ['parameters', { type: 'object', properties: {} }],
    ['version', 1],
    ['side_effects', 'files'],
    ['default_timeout', 1.5],
    ['auth', { type: 'api_key' }],
    ['allow_parallel', 'no'],
    ['idempotency_key', { required: true }],
    ['providers', [{ name: 'fal', priority: 'high', health_check_interval: 60 }]],
  ] as const)('is checked: a wrong %s is found', async ([field, value]) => {
    expect(manifestSchema.safeParse([{ ...(await stub()), [field]: value }]).success).toBe(false);
  });

  it('has the fixed values that hosts rely on', async () => {
    expect(await stub()).toMatchObject({
      name: 'generate_image',
      version: '1.0.0',
      side_effects: 'filesystem',
      default_timeout: 120,
      allow_parallel: false,
      cost_unit: 'USD',
      capabilities: ['image_generation', 'media', 'creative'],
      idempotency_key: { required: true, scope: 'per-prompt', guidance: expect.stringContaining('hash') },
      auth: { required: true, type: 'api_key', docs: expect.stringContaining('At least one key') },
    });
  });

  it('lists the arguments that hosts know, and only the prompt is required', async () => {
    const manifest = await stub();
    const properties = propertiesOf(manifest);

    expect(manifest.parameters.required).toEqual(['prompt']);
    expect(Object.keys(properties)).toEqual([
      ...['prompt', 'model', 'n', 'size', 'aspect_ratio', 'style', 'quality', 'provider', 'reference_images'],
    ]);
    expect(properties.prompt).toMatchObject({ type: 'string', minLength: 1 });
    expect(properties.n).toMatchObject({ type: 'integer', minimum: 1, maximum: 4, default: 1 });
    expect(properties.quality).toMatchObject({ enum: ['draft', 'standard', 'hd'] });
    expect(properties.reference_images).toMatchObject({ type: 'array', items: { type: 'string' } });
  });
});

describe('the providers of a manifest', () => {
  it('have the names and priorities that hosts know, and further ones follow', async () => {
    const { providers } = await manifestOf({
      xai: create('xai'),
      farm: create('openai-compatible'),
      fal: create('fal'),
      bedrock: create('bedrock'),
      vertex: create('vertex'),
      stability: create('stability'),
      openai: create('openai'),
    });

    expect(providers).toEqual([
      { name: 'openai_images', priority: 0, health_check_interval: 300 },
      { name: 'stability', priority: 10, health_check_interval: 300 },
      { name: 'vertex_imagen', priority: 20, health_check_interval: 300 },
      { name: 'bedrock_titan', priority: 30, health_check_interval: 300 },
      { name: 'fal', priority: 100, health_check_interval: 60 },
      { name: 'xai', priority: 110, health_check_interval: 300 },
      { name: 'farm', priority: 120, health_check_interval: 300 },
    ]);
  });

  it('are those of the manager only', async () => {
    expect((await stub()).providers).toEqual([{ name: 'stub', priority: 110, health_check_interval: 300 }]);
  });
});

describe('the environment variables of a manifest', () => {
  it('are those that hosts know, without a list of providers', async () => {
    expect((await stub()).auth.envs).toEqual({
      OPENAI_API_KEY: { required: false, providers: ['openai_images'] },
      STABILITY_API_KEY: { required: false, providers: ['stability'] },
      GOOGLE_API_KEY: { required: false, providers: ['vertex_imagen'] },
      FAL_API_KEY: { required: false, providers: ['fal'] },
    });
  });

  it('are those of every provider with a key, with `listProviders()`', async () => {
    const { auth } = await manifestOf({ stub: new StubProvider() }, { providers: listProviders() });

    for (const { keyVariables } of listProviders()) {
      for (const variable of keyVariables) expect(auth.envs).toHaveProperty(variable);
    }
    expect(auth.envs.OPENAI_API_KEY).toEqual({ required: false, providers: ['openai_images'] });
    expect(auth.envs.GOOGLE_API_KEY?.providers).toEqual(['vertex_imagen', 'google-gemini']);
    expect(auth.envs.XAI_API_KEY).toEqual({ required: false, providers: ['xai'] });
  });
});

describe('the cost of a manifest', () => {
  it('is the median of the prices of the default models', async () => {
    const openai = create('openai');
    const stability = create('stability');
    const providers = { openai, stability, stub: new StubProvider() };
    const prices = await Promise.all(
      Object.values(providers).map(async (each) => (await each.plan({ prompt: 'an image' })).price.usd ?? Number.NaN),
    );

    const [, median] = prices.toSorted((a, b) => a - b);
    expect(median).toBeGreaterThan(0);
    expect((await manifestOf(providers)).cost_per_call).toBe(median);
  });

  it('is the mean of the two prices in the middle of an even number', async () => {
    const stability = create('stability');
    const price = (await stability.plan({ prompt: 'an image' })).price.usd ?? Number.NaN;

    expect((await manifestOf({ stability, stub: new StubProvider() })).cost_per_call).toBeCloseTo(price / 2, 6);
  });

  it('is 0.04 where no price is known', async () => {
    const farm = create('openai-compatible');

    expect((await manifestOf({ farm })).cost_per_call).toBe(0.04);
  });
});

describe('the arguments of a manifest', () => {
  it('are accepted by the tool', async () => {
    const tools = await createTestTools();
    const [manifest] = await tools.manifest();
    const { properties } = tools.tool('generate_image').parameters;

    expect(properties).toMatchObject(
      Object.fromEntries(Object.keys(propertiesOf(manifest!)).map((name) => [name, {}])),
    );
    const args = { prompt: 'a fox', n: 1, size: '256x256', quality: 'draft', provider: 'stub', model: 'stub-1' };
    expect(await tools.call('estimate_image', args)).toMatchObject({ success: true });
    await tools.remove();
  });

  it('accept the names of providers that the manifest lists', async () => {
    const store = createStore({ directory: await mkdtemp(join(tmpdir(), 'ai-image-tool-')), marks: 'none' });
    const manager = createImageManager({ providers: { openai: create('openai') }, store });
    const tools = createImageTools({ manager, store });
    const [manifest] = await tools.manifest();

    for (const { name } of manifest!.providers) {
      const answer = await tools.call('estimate_image', { prompt: 'a fox', provider: name });
      expect(answer, name).toMatchObject({ success: true });
    }
    expect(await tools.call('estimate_image', { prompt: 'a fox', provider: 'nowhere' })).toMatchObject({
      success: false,
    });
    await tools.close();
    await store.close();
  });
});

describe('the sizes of a manifest', () => {
  it('begin with those that hosts know, where a default model supports them', async () => {
    const sizes = propertiesOf(await stub()).size?.enum as readonly string[];

    expect(sizes.slice(0, 5)).toEqual(['256x256', '512x512', '1024x1024', '1024x1792', '1792x1024']);
  });

  it('are sizes that one of the default models supports', async () => {
    const xai = create('xai');
    const sizes = propertiesOf(await manifestOf({ xai })).size?.enum as readonly string[];

    expect(sizes.length).toBeGreaterThan(3);
    for (const size of sizes) {
      expect((await xai.plan({ prompt: 'an image', size: size as '1024x1024' })).refusals, size).toEqual([]);
    }
  });

  it('are few enough to read, also with every provider', async () => {
    const everyOne = listProviders().map(({ id }) => [id, create(id)] as const);
    const manifest = await manifestOf(Object.fromEntries(everyOne), { providers: listProviders() });

    expect(propertiesOf(manifest).size?.enum).toHaveProperty('length', 40);
    expect(manifest.providers).toHaveLength(everyOne.length);
    expect(JSON.stringify(manifest).length).toBeLessThan(10_000);
  });
});
