/** A key that stands where a call of the library expects a name. Errors are logged, so none may show it. */
import { describe, expect, it } from 'vitest';
import {
  AiImageError,
  createImageManager,
  createProvider,
  getProvider,
  type ImageRequest,
  StubProvider,
  setProvider,
} from '../../src/index.ts';
import { createStore } from '../../src/store/index.ts';
import { PREFIXED_KEYS, showsKey, VENDOR_KEYS } from '../support/vendor-keys.ts';

const stub = new StubProvider();
const manager = createImageManager({ providers: { stub }, profiles: { kids: {} } });
const third = { generateImage: () => Promise.reject(new Error('must not be called')) };
const thirdManager = createImageManager({ providers: { third } });

/** Settings and requests with names that no type allows. */
// biome-ignore lint/suspicious/noExplicitAny: a caller without types
const untyped = (value: object): any => value;
const prompt = 'a red fox';

/** Places for a name from a closed list. */
const NAMES: Readonly<Record<string, (key: string) => unknown>> = {
  'getProvider(KEY)': (key) => getProvider(key),
  'createProvider(KEY)': (key) => createProvider(key),
  'a setting of a provider': (key) => createProvider('openai', untyped({ apiKey: 'x', [key]: 1 })),
  'a limit of a provider': (key) => createProvider('openai', untyped({ apiKey: 'x', limits: { [key]: 1 } })),
  'a header of a provider': (key) => createProvider('openai', { apiKey: 'x', headers: { [`${key} `]: 'x' } }),
  'an own setting of an adapter': (key) =>
    createProvider('azure-openai', untyped({ apiKey: 'x', resource: 'r', [key]: 1 })),
  'a provider of a manager': (key) => createImageManager({ providers: untyped({ openai: key }) }),
  'the name of a provider without generateImage': (key) => createImageManager({ providers: untyped({ [key]: 1 }) }),
  'the name of a provider with a slash': (key) => createImageManager({ providers: { [`${key}/x`]: stub } }),
  'models of a manager': (key) => createImageManager({ providers: { stub }, models: { [key]: 'x' } }),
  'fallback of a manager': (key) => createImageManager({ providers: { stub }, fallback: [key] }),
  'a setting of a manager': (key) => createImageManager(untyped({ providers: { stub }, [key]: 1 })),
  'a profile': (key) => createImageManager(untyped({ providers: { stub }, profiles: { [key]: { [key]: 1 } } })),
  'a style': (key) => createImageManager(untyped({ providers: { stub }, styles: { [key]: { [key]: 1 } } })),
  'a budget': (key) => createImageManager(untyped({ providers: { stub }, budget: { [key]: 1 } })),
  'a breaker': (key) => createImageManager(untyped({ providers: { stub }, breaker: { [key]: 1 } })),
  'limits of a manager': (key) => createImageManager(untyped({ providers: { stub }, limits: { [key]: { [key]: 1 } } })),
  'a routing rule': (key) => createImageManager(untyped({ providers: { stub }, routing: [{ [key]: 1 }] })),
  'a setting of a store': (key) => createStore(untyped({ directory: 'x', [key]: 1 })),
  'a setting of a bucket': (key) => createStore(untyped({ directory: 'x', s3: { bucket: 'b', [key]: 1 } })),
  'partition of a store': (key) => createStore(untyped({ directory: 'x', partition: key })),
  'naming of a store': (key) => createStore(untyped({ directory: 'x', naming: `{${key}}` })),
  'a parameter of generateImage': (key) => stub.generateImage(prompt, untyped({ [key]: 1 })),
  'a parameter of a third party': (key) => thirdManager.generate(untyped({ prompt, [key]: 1 })),
  ...onRequest('a field', (key) => ({ [key]: 1 })),
  ...onRequest('an option', (key) => ({ options: { [key]: 1 } })),
  ...onRequest('size', (key) => ({ size: key })),
  ...onRequest('aspectRatio', (key) => ({ aspectRatio: key })),
  ...onRequest('format', (key) => ({ format: key })),
  ...onRequest('quality', (key) => ({ quality: key })),
  ...onRequest('background', (key) => ({ background: key })),
  ...onRequest('onUnsupported', (key) => ({ onUnsupported: key })),
  ...onRequest('style', (key) => ({ style: key })),
  'provider of a request': (key) => manager.generate({ prompt, provider: key }),
  'fallback of a request': (key) => manager.generate({ prompt, fallback: [`${key}/${key}`] }),
  'profile of a request': (key) => manager.generate({ prompt, profile: key }),
};

function onRequest(name: string, make: (key: string) => object) {
  return {
    [`${name} of a request`]: (key: string) => stub.generate(untyped({ prompt, ...make(key) })),
    [`${name} of a manager's request`]: (key: string) => manager.generate(untyped({ prompt, ...make(key) })),
    [`${name} of a request to a third party`]: (key: string) =>
      thirdManager.generate(untyped({ prompt, ...make(key) })),
  };
}

/** Places for a name that may be any text. Only keys with a prefix are recognized there. */
const TEXTS: Readonly<Record<string, (key: string) => unknown>> = {
  'the name of a set provider': (key) => setProvider(key, third),
  'the name of a provider of a manager': (key) => createImageManager({ providers: { [key]: stub } }),
  'the model of a request': (key) => stub.generate({ prompt, model: key } as ImageRequest),
  'the model of a request to a third party': (key) => thirdManager.generate({ prompt, model: key }),
  'the model of generateImage': (key) => stub.generateImage(prompt, { model: key }),
  'the id of a job': (key) => manager.resume(key),
  'the id of a settlement': (key) => manager.settle(key, untyped({ charged: true, by: 'me' })),
};

async function errorOf(work: () => unknown): Promise<AiImageError> {
  try {
    await work();
  } catch (error) {
    expect(error).toBeInstanceOf(AiImageError);
    return error as AiImageError;
  }
  throw new Error('it was accepted');
}

const textsOf = (error: AiImageError) => `${error.stack}\n${JSON.stringify(error)}\n${error.hint}`;

describe('a key in place of a name', () => {
  it.each(Object.entries(NAMES))('is refused and not shown as %s', async (_, call) => {
    for (const [vendor, key] of Object.entries(VENDOR_KEYS))
      expect(showsKey(textsOf(await errorOf(() => call(key))), key), vendor).toBe(false);
  });

  it.each(Object.entries(TEXTS))('is refused and not shown as %s', async (_, call) => {
    for (const key of PREFIXED_KEYS) expect(showsKey(textsOf(await errorOf(() => call(key))), key), key).toBe(false);
  });
});
