/** Replacing and adding providers with `setProvider`. */
import { describe, expect, it } from 'vitest';
import { getProvider, setProvider } from '../../src/config/get-provider.ts';
import type { AiImageProvider, AiImageResult } from '../../src/providers/protocol/index.ts';
import { StubProvider } from '../../src/providers/stub/stub-provider.ts';
import { isolateEnvironment, thrownBy } from './environment-support.ts';

isolateEnvironment();

/** A third-party provider with only the required method. */
const own: AiImageProvider = {
  generateImage: () => Promise.resolve({} as AiImageResult),
};

describe('setProvider', () => {
  it('replaces a built-in provider under its id and every alias', () => {
    const stub = new StubProvider();
    const restore = setProvider('gpt-image', stub);
    expect(getProvider('openai')).toBe(stub);
    expect(getProvider('gpt-image')).toBe(stub);
    process.env.AI_IMAGE_PROVIDER = 'openai';
    expect(getProvider()).toBe(stub);
    restore();
    expect(thrownBy(() => getProvider('openai')).message).toBe('openai: no key is set');
  });

  it('registers a third-party provider under its own name, with every method of the protocol', () => {
    const restore = setProvider('render-farm', own);
    const provider = getProvider('render-farm');
    expect(provider.id).toBe('render-farm');
    expect(typeof provider.generate).toBe('function');
    expect(getProvider('render-farm')).toBe(provider);
    const restoreOther = setProvider('render-farm-2', own);
    expect(getProvider('render-farm-2').id).toBe('render-farm-2');
    restoreOther();
    restore();
    expect(thrownBy(() => getProvider('render-farm')).message).toBe('unknown provider "render-farm"');
  });

  it('returns a restore function that removes only its own provider', () => {
    const [first, second] = [new StubProvider(), new StubProvider()];
    const restoreFirst = setProvider(first);
    const restoreSecond = setProvider(second);
    expect(getProvider()).toBe(second);
    restoreSecond();
    expect(getProvider()).toBe(first);
    restoreFirst();
    expect(thrownBy(() => getProvider()).message).toBe('no provider is configured');
  });

  it('can be restored in any order and more than once', () => {
    const [first, second] = [new StubProvider(), new StubProvider()];
    const restoreFirst = setProvider(first);
    const restoreSecond = setProvider(second);
    restoreFirst();
    expect(getProvider()).toBe(second);
    restoreFirst();
    restoreSecond();
    expect(thrownBy(() => getProvider()).message).toBe('no provider is configured');
    const restoreThird = setProvider(first);
    restoreSecond();
    expect(getProvider()).toBe(first);
    restoreThird();
  });

  it('refuses a value that is not a provider', () => {
    for (const nothing of [undefined, null, {}, { generateImage: 5 }]) {
      expect(thrownBy(() => setProvider(nothing as never))).toMatchObject({
        code: 'not_configured',
        hint: 'Pass a provider, e.g. new StubProvider().',
      });
    }
  });
});
