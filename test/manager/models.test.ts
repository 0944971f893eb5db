/** The settings `models` and `fallback`. */
import { describe, expect, it } from 'vitest';
import { createProvider, StubProvider } from '../../src/index.ts';
import { createImageManager } from '../../src/manager/index.ts';
import { registry } from '../../src/providers/registry.ts';
import { PaidProvider, small } from './support.ts';

const openai = createProvider('openai', { apiKey: 'sk-not-used-for-a-plan' });
const stability = createProvider('stability', { apiKey: 'sk-not-used-for-a-plan' });
const providers = { openai, stability };
const image = Uint8Array.of(137, 80, 78, 71);

describe('the model of a provider', () => {
  const images = createImageManager({ providers, models: { openai: 'gpt-image-1', stability: 'stable-image-ultra' } });
  const modelsOf = async (request: object) => {
    const { candidates, refused } = await images.plan({ prompt: 'a fox', ...request });
    return Object.fromEntries([...candidates, ...refused].map(({ provider, model }) => [provider, model]));
  };

  it('comes from the settings when a request names none', async () => {
    expect(await modelsOf({})).toEqual({ openai: 'gpt-image-1', stability: 'stable-image-ultra' });
  });

  it('comes from the request first', async () => {
    expect(await modelsOf({ model: 'gpt-image-2', provider: 'openai' })).toEqual({ openai: 'gpt-image-2' });
  });

  it('comes from the settings for a fallback without a model', async () => {
    const asked = { provider: 'openai', fallback: ['stability'] };
    expect(await modelsOf(asked)).toEqual({ openai: 'gpt-image-1', stability: 'stable-image-ultra' });
  });

  it('is used for an edit only when its card has the operation', async () => {
    const { definition } = await registry.stability.load();
    expect(definition.models['stable-image-ultra']?.edit?.operations).not.toContain('upscale');
    const models = await modelsOf({ operation: 'upscale', inputImages: [image] });
    expect(models.stability).not.toBe('stable-image-ultra');
    expect((await modelsOf({ inputImages: [image] })).openai).toBe('gpt-image-1');
  });

  it('may be a tier', async () => {
    const light = createImageManager({ providers: { main: openai }, models: { main: 'light' } });
    const [first] = (await light.plan({ prompt: 'a fox' })).candidates;
    expect(first?.model).toBe('gpt-image-2.6-flare');
  });
});

describe('the setting fallback', () => {
  it('applies to requests that name neither a provider nor a fallback', async () => {
    const [first, second, third] = [new PaidProvider({ fail: 'unavailable' }), new PaidProvider(), new PaidProvider()];
    const images = createImageManager({ providers: { first, second, third }, fallback: ['third'] });
    expect((await images.generate(small)).attempts.map(({ provider }) => provider)).toEqual(['first', 'third']);
    expect(second.bought).toBe(0);
    expect((await images.generate({ ...small, fallback: ['second'] })).attempts.at(-1)?.provider).toBe('second');
    await expect(images.generate({ ...small, provider: 'first' })).rejects.toMatchObject({ code: 'unavailable' });
  });
});

it('refuses settings for a provider that does not exist', () => {
  for (const wrong of [{ models: { opanai: 'gpt-image-1' } }, { fallback: ['opanai/gpt-image-1'] }]) {
    expect(() => createImageManager({ providers, ...wrong })).toThrow(/"opanai", which is not one of the providers/);
  }
});

it('accepts routing rules with names of providers and any object with test', async () => {
  const promptPattern = { test: (prompt: string) => prompt.includes('fox') };
  const routing = [{ intents: ['animals'], promptPattern, providers: ['stability'] }];
  const images = createImageManager({ providers: { openai, own: openai, stability }, routing });
  const order = async (prompt: string) => (await images.plan({ prompt })).candidates.map(({ provider }) => provider);
  expect((await order('a fox'))[0]).toBe('stability');
  expect((await order('a cat'))[0]).toBe('openai');
  const byName = createImageManager({
    providers: { openai, own: openai },
    routing: [{ ...routing[0]!, providers: ['own'] }],
  });
  expect((await byName.plan({ prompt: 'a fox' })).candidates[0]?.provider).toBe('own');
});

it('calls a provider that has generateImage alone without a model', async () => {
  const stub = new StubProvider();
  const images = createImageManager({
    providers: { own: { generateImage: (...asked) => stub.generateImage(...asked) } },
  });
  const { images: drawn, provider } = await images.generate(small);
  expect({ provider, width: drawn[0].width }).toEqual({ provider: 'own', width: 64 });
  expect((await images.generate(small)).images).toHaveLength(1);
});
