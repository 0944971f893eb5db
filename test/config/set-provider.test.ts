/** Replacing and adding providers with `setProvider`. */
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type * as copied from '../../src/config/get-provider.ts';
import { borrowProvider, getProvider, resetProviders, setProvider } from '../../src/config/get-provider.ts';
import type { AiImageProvider, AiImageResult } from '../../src/providers/protocol/index.ts';
import { StubProvider } from '../../src/providers/stub/stub-provider.ts';
import { isolateEnvironment, thrownBy } from './environment-support.ts';

isolateEnvironment();
afterEach(resetProviders);

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

/** Loads a further copy of the package, as a bundler makes one per entry of the host. */
async function loadCopy(name: string): Promise<typeof copied> {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const outfile = `${root}node_modules/.cache/set-provider-${process.pid}-${name}.mjs`;
  onTestFinished(() => rm(outfile, { force: true }));
  await build({
    entryPoints: [`${root}src/config/get-provider.ts`],
    bundle: true,
    format: 'esm',
    platform: 'node',
    alias: { '#platform': './src/transport/platform/node.ts' },
    outfile,
    logLevel: 'silent',
  });
  return import(outfile) as Promise<typeof copied>;
}

describe('two copies of the package in one process', () => {
  it('share the provider that is set, as Next.js needs for its instrumentation and its routes', async () => {
    const copy = await loadCopy('share');
    const stub = new StubProvider();
    const restore = setProvider(stub);

    const { images } = await copy.getProvider().generate({ prompt: 'a fox', size: '64x64' });

    expect(images[0]).toMatchObject({ format: 'png', width: 64, height: 64 });
    expect(stub.calls).toMatchObject([{ method: 'generate', request: { prompt: 'a fox' } }]);
    restore();
    expect(() => copy.getProvider()).toThrow('no provider is configured');

    copy.setProvider('gpt-image', own);
    expect(getProvider('openai').id).toBe('gpt-image');
    expect(copy.getProvider('openai')).toBe(copy.getProvider('openai'));
  });

  it('check what the shared provider returns, each with its own code', async () => {
    const copy = await loadCopy('check');
    copy.setProvider('empty', own);
    await expect(getProvider('empty').generateImage('a fox')).rejects.toMatchObject({ code: 'bad_response' });
    await expect(copy.getProvider('empty').generateImage('a fox')).rejects.toMatchObject({ code: 'bad_response' });
  });

  it('do not close a provider that another copy has set', async () => {
    const copy = await loadCopy('borrow');
    const stub = new StubProvider();
    copy.setProvider(stub);
    await borrowProvider().close();
    await expect(stub.generateImage('a fox', { size: '64x64' })).resolves.toMatchObject({ format: 'png' });
    await getProvider().close();
    await expect(getProvider().generateImage('a fox', { size: '64x64' })).resolves.toMatchObject({ format: 'png' });
    expect(getProvider()).toBe(getProvider());
    await copy.getProvider().generateImage('a fox', { size: '64x64' });
    await copy.getProvider().close();
    await expect(getProvider().generateImage('a fox')).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('are both isolated by resetProviders', async () => {
    const copy = await loadCopy('reset');
    setProvider(new StubProvider());
    copy.setProvider('mine', own);
    resetProviders();
    for (const each of [getProvider, copy.getProvider]) {
      expect(() => each()).toThrow('no provider is configured');
      expect(() => each('mine')).toThrow('unknown provider "mine"');
    }
  });
});

describe('resetProviders', () => {
  it('removes every provider that was set, and closes none', async () => {
    const stub = new StubProvider();
    const restore = setProvider(stub);
    setProvider('openai', stub);
    resetProviders();
    expect(thrownBy(() => getProvider()).message).toBe('no provider is configured');
    expect(thrownBy(() => getProvider('openai')).message).toBe('openai: no key is set');
    await expect(stub.generateImage('a fox', { size: '64x64' })).resolves.toMatchObject({ format: 'png' });
    setProvider(stub);
    restore();
    expect(getProvider()).toBe(stub);
  });

  it('leaves no enumerable property on the global object', () => {
    setProvider(new StubProvider());
    expect(Object.keys(globalThis).filter((key) => key.includes('ai-image'))).toEqual([]);
  });
});

describe('a foreign value in the list of set providers', () => {
  const KEY = Symbol.for('@org/ai-image/providers/1');
  const shared = globalThis as { [KEY]?: unknown };

  it.each([
    ['a text', 'x'],
    ['null', null],
    ['an object', {}],
    ['a list in place of entries', new Map([['', 5]])],
    ['no provider', new Map([['', [{ name: 'x', provider: {} }]]])],
    ['null in place of a provider', new Map([['', [null]]])],
  ])('is reported with its symbol, and resetProviders removes it: %s', (_, value) => {
    shared[KEY] = value;
    try {
      for (const call of [() => getProvider(), () => setProvider(new StubProvider())]) {
        const error = thrownBy(call);
        expect(error).toMatchObject({ code: 'not_configured' });
        expect(error.message).toMatch(/^the providers set with setProvider cannot be read: expected/);
        expect(error.hint).toContain("Symbol.for('@org/ai-image/providers/1')");
      }
    } finally {
      resetProviders();
    }
    const stub = new StubProvider();
    setProvider(stub);
    expect(getProvider()).toBe(stub);
  });
});
