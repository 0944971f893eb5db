import { describe, expect, it } from 'vitest';
import { createImageManager, createProvider, StubProvider, setProvider } from '../../src/index.ts';
import { createImageManager as createOfObjects } from '../../src/manager/index.ts';

const small = { prompt: 'a fox', size: '64x64' } as const;

describe('createImageManager of the package root', () => {
  it('takes an id in place of a provider, and leaves a provider of the host open when it closes', async () => {
    const own = new StubProvider();
    const restore = setProvider('stub', own);
    try {
      const images = createImageManager({ providers: { main: 'stub' } });
      expect((await images.generate(small)).images).toHaveLength(1);
      await images.close();
      expect((await own.generate(small)).images).toHaveLength(1);
    } finally {
      restore();
    }
  });

  it('refuses an id that names no provider', () => {
    const create = () => createImageManager({ providers: { main: 'opnai' as 'openai' } });
    expect(create).toThrow(expect.objectContaining({ code: 'not_configured', hint: 'Did you mean openai?' }));
  });

  it('finds a provider by an alias, and says to add a known provider that is missing', async () => {
    const images = createImageManager({ providers: { openai: createProvider('openai', { apiKey: 'sk-none' }) } });
    expect((await images.plan({ ...small, provider: 'dalle', size: '1024x1024' })).candidates[0]?.provider).toBe(
      'openai',
    );
    await expect(images.plan({ ...small, provider: 'replicate' })).rejects.toMatchObject({
      hint: 'The providers of this manager are openai. Add replicate to the providers of the manager.',
    });
  });
});

describe('createImageManager of the entry manager', () => {
  it('finds a provider by its id, and knows no alias', async () => {
    const images = createOfObjects({ providers: { mine: new StubProvider() } });
    expect((await images.generate({ ...small, provider: 'stub' })).images).toHaveLength(1);
    await expect(images.generate({ ...small, provider: 'offline' })).rejects.toMatchObject({
      code: 'invalid_request',
      hint: 'The providers of this manager are mine.',
    });
  });

  it('says what a dummy image needs, and generates it with a provider named stub', async () => {
    const images = createOfObjects({ providers: { mine: new StubProvider() } });
    await expect(images.generate({ ...small, model: 'dummy' })).rejects.toMatchObject({
      code: 'invalid_request',
      hint: expect.stringContaining('createStub()'),
    });
    const withStub = createOfObjects({ providers: { stub: new StubProvider() } });
    expect((await withStub.generate({ ...small, model: 'dummy' })).provider).toBe('stub');
  });

  it('refuses an id: it takes provider objects', () => {
    const create = () => createOfObjects({ providers: { main: 'stub' as unknown as StubProvider } });
    expect(create).toThrow(/has no method generateImage/);
  });
});
