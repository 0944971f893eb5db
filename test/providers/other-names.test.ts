/** A key under a name of another library is refused everywhere, and the hint names ours and its place. */
import { afterAll, describe, expect, it } from 'vitest';
import { createImageManager, createProvider, isAiImageError } from '../../src/index.ts';
import { createStore } from '../../src/store/index.ts';

const stub = createProvider('stub');
const manager = createImageManager({ providers: { stub } });
afterAll(() => manager.close());

const request = { prompt: 'a fox' };
/** Each place that takes an object of the caller, with one wrong key in it. */
const PLACES: Readonly<Record<string, (wrong: object) => unknown>> = {
  provider: (wrong) => createProvider('fal' as string, wrong),
  manager: (wrong) => createImageManager({ providers: { stub }, ...wrong }),
  store: (wrong) => createStore({ ...wrong } as { directory: string }),
  request: (wrong) => stub.generate({ ...request, ...wrong }),
  'request of a manager': (wrong) => manager.generate({ ...request, ...wrong }),
  generateImage: (wrong) => stub.generateImage(request.prompt, wrong),
};

async function hintFor(place: string, key: string): Promise<string | undefined> {
  try {
    await PLACES[place]?.({ [key]: 'x' });
  } catch (error) {
    if (isAiImageError(error) && error.message.includes(`"${key}"`)) return error.hint;
    throw error;
  }
  return undefined;
}

const settingOf = (key: string) => `Pass it as a setting of the provider: createProvider(id, { ${key} }).`;
const fieldOf = (key: string) => `Pass it in the request: generate({ prompt, ${key} }).`;
const secondArgument = 'Pass it in the second argument: generate(request, { deadlineMs }).';
const APART_FROM_STORE = ['manager', 'request', 'request of a manager', 'generateImage'];

describe('a key under another name', () => {
  it.each(['key', 'token', 'api_key', 'apikey'])('%s means apiKey, a setting of the provider', async (key) => {
    expect(await hintFor('provider', key)).toBe('Did you mean apiKey?');
    for (const place of APART_FROM_STORE) expect(await hintFor(place, key), place).toBe(settingOf('apiKey'));
  });

  it.each(['baseURL', 'base_url', 'url', 'endpoint'])('%s means baseUrl, a setting of the provider', async (key) => {
    expect(await hintFor('provider', key)).toBe('Did you mean baseUrl?');
    for (const place of APART_FROM_STORE) expect(await hintFor(place, key), place).toBe(settingOf('baseUrl'));
  });

  it.each(['timeout', 'timeoutMs', 'deadline'])('%s means deadlineMs, of a provider or of a call', async (key) => {
    for (const place of ['provider', 'generateImage'])
      expect(await hintFor(place, key), place).toBe('Did you mean deadlineMs?');
    for (const place of ['manager', 'request', 'request of a manager'])
      expect(await hintFor(place, key), place).toBe(secondArgument);
  });

  it.each(['dir', 'path', 'folder', 'directroy'])('%s means directory, of a store', async (key) => {
    expect(await hintFor('store', key)).toBe('Did you mean directory?');
  });

  it.each([
    ['count', 'n'],
    ['num_images', 'n'],
    ['image', 'inputImages'],
    ['resolution', 'size'],
    ['width', 'size'],
    ['ratio', 'aspectRatio'],
    ['negative_prompt', 'negativePrompt'],
  ])('%s means %s, a field of the request', async (key, field) => {
    for (const place of ['request', 'request of a manager'])
      expect(await hintFor(place, key), place).toBe(`Did you mean ${field}?`);
    for (const place of ['provider', 'manager']) expect(await hintFor(place, key), place).toBe(fieldOf(field));
  });

  it.each([
    ['szie', 'size'],
    ['prmpt', 'prompt'],
    ['pormpt', 'prompt'],
    ['sede', 'seed'],
  ])('%s is taken for %s misspelled', async (key, field) => {
    for (const place of ['request', 'request of a manager'])
      expect(await hintFor(place, key), place).toBe(`Did you mean ${field}?`);
  });

  it('that means nothing here gets the list of names', async () => {
    for (const place of Object.keys(PLACES)) {
      const hint = await hintFor(place, 'wallpaper');
      expect(hint, place).toMatch(/^(?:Known (?:settings|fields): |It takes size, )/);
    }
  });
});

it('the misspelled prompt is named even where the prompt is missing', async () => {
  await expect(stub.generate({ prmpt: 'a fox' } as never)).rejects.toMatchObject({ hint: 'Did you mean prompt?' });
});
