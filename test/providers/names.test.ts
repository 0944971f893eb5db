/** Names that people know: aliases of providers, models used as provider names, and misspelt names. */
import { describe, expect, it } from 'vitest';
import { toUsageError } from '../../src/apps/cli/output/errors/app-error-texts.ts';
import { AppError } from '../../src/apps/shared/app-error.ts';
import { findBackend } from '../../src/apps/shared/list-backends.ts';
import { getProvider } from '../../src/config/get-provider.ts';
import { createImageManager } from '../../src/index.ts';
import {
  createProvider,
  findProvider,
  findServers,
  type ProviderAbout,
  registry,
} from '../../src/providers/registry.ts';

const ALIASES = [
  ['openai_images', 'openai'],
  ['openai-images', 'openai'],
  ['dalle', 'openai'],
  ['imagen', 'google-gemini'],
  ['nano-banana', 'google-gemini'],
  ['nano_banana', 'google-gemini'],
  ['titan', 'bedrock'],
  ['aurora', 'xai'],
  ['flux', 'bfl'],
] as const;
const FAMILIES = ['sdxl', 'seedream', 'qwen-image'];
const key = { apiKey: 'test-key-0123456789' };
const config = { origin: { kind: 'none' }, notices: [], backends: {} } as never; // findBackend reads the backends alone

describe.each(ALIASES)('%s', (name, id) => {
  it(`means ${id} in the library, a manager and the command line`, async () => {
    expect(findProvider(name)).toBe(id);
    expect(getProvider(name, id === 'bedrock' ? { ...key, region: 'us-west-2' } : key).id).toBe(id);
    expect(findBackend(name, config, {}).type).toBe(id);
    const provider = createProvider(id as 'openai', key);
    const images = createImageManager({ providers: { [id]: provider, stub: createProvider('stub') } });
    const { candidates } = await images.plan({ prompt: 'a fox', provider: name, fallback: [`${name}/some-model`] });
    expect(new Set(candidates.map((each) => each.provider))).toEqual(new Set([id]));
  });
});

/** The hint that the command line shows. */
function cliHintOf(find: () => unknown): string {
  try {
    find();
  } catch (error) {
    if (error instanceof AppError) return toUsageError(error).hint;
  }
  throw new Error('no AppError was thrown');
}

describe.each(FAMILIES)('%s', (name) => {
  const servers = findServers(name);

  it('is refused with the providers that serve it', () => {
    const named = servers.join(', ');
    expect(servers.length).toBeGreaterThan(0);
    const hint = expect.stringContaining(named);
    expect(() => createProvider(name as 'stub')).toThrow(expect.objectContaining({ code: 'not_configured', hint }));
    expect(() => getProvider(name)).toThrow(expect.objectContaining({ hint }));
    expect(() => findBackend(name, config, {})).toThrow(expect.objectContaining({ hint }));
    expect(cliHintOf(() => findBackend(name, config, {}))).toContain(`--provider ${servers[0]}`);
  });

  it('is refused by a manager too, which names its own providers', async () => {
    const images = createImageManager({ providers: { stub: createProvider('stub') } });
    await expect(images.plan({ prompt: 'a fox', provider: name })).rejects.toMatchObject({
      code: 'invalid_request',
      hint: expect.stringMatching(new RegExp(`stub.*${servers[0]}`)),
    });
  });
});

it('lists each provider for a family if and only if it has a card of that family', async () => {
  const words: Readonly<Record<string, RegExp>> = {
    sdxl: /sdxl|stable-diffusion-xl/i,
    seedream: /seedream/i,
    'qwen-image': /qwen-image/i,
  };
  expect(Object.keys(words).sort()).toEqual([...FAMILIES].sort());
  for (const { about, load } of Object.values(registry)) {
    const { definition } = await load();
    const living = Object.entries(definition.models).filter(([, card]) => card.shutdown === undefined);
    const served = FAMILIES.filter((family) => living.some(([model]) => words[family]?.test(model)));
    expect([...((about as ProviderAbout).serves ?? [])].sort(), about.id).toEqual(served.sort());
  }
});

it.each([
  ['opnai', 'openai'],
  ['fluxx', 'flux'],
  ['imagn', 'imagen'],
])('suggests for %s the most similar name, %s', (name, near) => {
  const hint = `Did you mean ${near}?`;
  expect(() => createProvider(name as 'stub')).toThrow(expect.objectContaining({ hint }));
  expect(() => findBackend(name, config, {})).toThrow(expect.objectContaining({ hint }));
});
