import { describe, expect, expectTypeOf, it } from 'vitest';
import { getProvider } from '../../src/config/get-provider.ts';
import { COMMON_SETTINGS } from '../../src/providers/kit/adapter/settings.ts';
import { knownKeys } from '../../src/providers/kit/schema/parse.ts';
import { wrapProvider } from '../../src/providers/kit/wrap/wrap-provider.ts';
import type { CallContext } from '../../src/providers/protocol/context.ts';
import { isAiImageError } from '../../src/providers/protocol/errors.ts';
import { CONTEXT_KEYS, PROVIDER_KEYS, REQUEST_KEYS } from '../../src/providers/protocol/input/misplaced-key.ts';
import { imageRequestSchema } from '../../src/providers/protocol/request.ts';
import { createProvider, listProviders, type ProviderAbout, registry } from '../../src/providers/registry.ts';
import { StubProvider } from '../../src/providers/stub/stub-provider.ts';

const ids = listProviders().map(({ id }) => id);

/** The ways to create a provider, each by its id. */
const WAYS: Readonly<Record<string, (id: (typeof ids)[number], settings: object) => Promise<unknown>>> = {
  createProvider: async (id, settings) => createProvider(id as string, settings),
  getProvider: async (id, settings) => getProvider(id as string, { ...settings }),
  'its own create function': async (id, settings) => (await registry[id].load()).create(settings as never),
};

async function refusalOf(work: () => unknown) {
  try {
    await work();
  } catch (error) {
    if (isAiImageError(error)) return { code: error.code, message: error.message, hint: error.hint };
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('the settings of a provider', () => {
  it.each(ids)('%s: lists its own settings in about.ts as its schema has them', async (id) => {
    const { definition } = await registry[id].load();
    const { settings = [] }: ProviderAbout = definition.about;
    expect(settings).toEqual(knownKeys(definition.settingsSchema));
  });

  it.each(Object.keys(WAYS))('refuses an unknown name at creation, before anything else, with %s', async (way) => {
    for (const id of ids) {
      const { settings = [] }: ProviderAbout = registry[id].about;
      for (const name of [...COMMON_SETTINGS, ...settings]) {
        const refusal = await refusalOf(() => WAYS[way]!(id, { [`${name}x`]: 1 }));
        expect(refusal, `${id} ${name}`).toEqual({
          code: 'not_configured',
          message: `${id}: unknown setting "${name}x"`,
          hint: `Did you mean ${name}?`,
        });
      }
    }
  });

  it.each([
    ['baseURL', 'Did you mean baseUrl?'],
    ['api_key', 'Did you mean apiKey?'],
    ['timeout', 'Did you mean deadlineMs?'],
    ['maxRetries', 'Pass it in limits: { maxRetries }.'],
    ['quality', 'Pass it in the request: generate({ prompt, quality }).'],
    ['format', 'Pass it in the request: generate({ prompt, format }).'],
    ['signal', 'Pass it in the second argument: generate(request, { signal }).'],
  ])('says where %s belongs', async (name, hint) => {
    expect(await refusalOf(() => createProvider('openai' as string, { [name]: 'high' }))).toMatchObject({ hint });
    expect(await refusalOf(() => new StubProvider({ [name]: 'high' } as object))).toMatchObject({ hint });
  });

  it('lets a setting that is undefined pass', () => {
    expect(() => createProvider('stub' as string, { timeout: undefined } as object)).not.toThrow();
  });
});

describe('a call', () => {
  const stub = createProvider('stub');

  it('knows every key of a request and of a context', () => {
    expect(REQUEST_KEYS).toEqual(knownKeys(imageRequestSchema));
    expect(PROVIDER_KEYS).toEqual(COMMON_SETTINGS.filter((key) => !(CONTEXT_KEYS as readonly string[]).includes(key)));
    expectTypeOf<(typeof CONTEXT_KEYS)[number]>().toEqualTypeOf<keyof CallContext>();
  });

  it.each(CONTEXT_KEYS)('says that %s belongs in the context, not in the request', async (key) => {
    expect(await refusalOf(() => stub.generate({ prompt: 'a fox', [key]: 1 }))).toEqual({
      code: 'invalid_request',
      message: `stub: unknown field "${key}"`,
      hint: `Pass it in the second argument: generate(request, { ${key} }).`,
    });
  });

  it('says that onStep belongs to the manager', async () => {
    const hint = 'Pass it to createImageManager, as a setting.';
    expect(await refusalOf(() => stub.generate({ prompt: 'a fox', onStep: () => 1 } as never))).toMatchObject({ hint });
  });

  it('says that metadata belongs in the request, not in the options', async () => {
    for (const id of ids) {
      const provider = createProvider(id as string, { apiKey: 'sk-0123456789', ...REQUIRED[id] });
      expect(
        await provider.plan({ prompt: 'a fox', options: { metadata: 'x' } }).then(
          ({ refusals }) => refusals[0] ?? expect.unreachable(id),
          ({ message, hint }) => ({ message, hint }),
        ),
        id,
      ).toMatchObject({ hint: 'Pass it in the request: generate({ prompt, metadata }).' });
    }
  });

  it.each([
    [{ quality: 'high' }, 'Did you mean hd?'],
    [{ quality: 'low' }, 'Did you mean draft?'],
    [{ quality: 'medium' }, 'Did you mean standard?'],
    [{ format: 'jpg' }, 'Did you mean jpeg?'],
    [{ format: 'bmp' }, 'Change format as the message says.'],
  ])('suggests a word for %o', async (fields, hint) => {
    expect(await refusalOf(() => stub.generate({ prompt: 'a fox', ...fields } as never))).toMatchObject({ hint });
  });

  it('M1: ends generateImage at its deadlineMs', async () => {
    const slow = new StubProvider({ delayMs: 3_600_000 });
    const message = 'stub: no answer within 20 ms';
    expect((await refusalOf(() => slow.generateImage('a fox', { deadlineMs: 20 }))).message).toContain(message);
    const silent = wrapProvider('silent', { generateImage: () => new Promise(() => undefined) });
    await expect(silent.generateImage('a fox', { deadlineMs: 20 })).rejects.toMatchObject({ code: 'timeout' });
  });

  it('names the other method for a field that generateImage does not have', async () => {
    const call = () => stub.generateImage('a fox', { quality: 'hd' } as never);
    expect(await refusalOf(call)).toMatchObject({ hint: 'Pass it in the request: generate({ prompt, quality }).' });
  });
});

/** Settings without which a provider cannot be created. */
const REQUIRED: Partial<Record<(typeof ids)[number], object>> = {
  'azure-openai': { resource: 'r', deployment: 'd', modelFamily: 'gpt-image-2' },
  bedrock: { region: 'us-east-1' },
  firefly: { clientId: 'c' },
  'openai-compatible': { baseUrl: 'http://127.0.0.1:9' },
};
