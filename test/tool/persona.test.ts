/** The image settings of a persona as a profile of the manager. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AiImageError, createImageManager, isAiImageError, StubProvider } from '../../src/index.ts';
import { toProfile } from '../../src/tool/index.ts';
import { createTestTools } from './tool-set.ts';

const persona = (image_generation: unknown) => ({ name: 'Ada', image_generation });

describe('a persona', () => {
  it.for([
    ['without the block', { name: 'Ada' }],
    ['whose block is null', persona(null)],
    ['whose block is empty', persona({})],
  ] as const)('%s may generate images without limits of its own', ([, given]) => {
    expect(toProfile(given)).toEqual({ profile: {}, unavailable: [] });
  });

  it.for([
    [true, true],
    ['True', true],
    ['true', true],
    [false, false],
    ['False', false],
    ['false', false],
  ] as const)('with `enabled: %j` is enabled: %j', ([enabled, expected]) => {
    expect(toProfile(persona({ enabled })).profile).toEqual({ enabled: expected });
  });

  it('becomes a profile with its providers, its limit and its style', () => {
    const block = {
      enabled: true,
      allowed_providers: ['openai_images', 'vertex_imagen', 'bedrock_titan', 'stability', 'fal', 'openai'],
      max_images_per_session: 3,
      style_guidance: 'watercolour, soft light',
    };

    expect(toProfile(persona(block))).toEqual({
      profile: {
        enabled: true,
        allowedProviders: ['openai', 'vertex', 'bedrock', 'stability', 'fal'],
        maxImagesPerSession: 3,
        styleGuidance: 'watercolour, soft light',
      },
      maxImages: 3,
      unavailable: [],
    });
  });

  it('that may generate no image keeps the limit 0', () => {
    expect(toProfile(persona({ max_images_per_session: 0 })).maxImages).toBe(0);
  });

  it('without style guidance adds nothing to prompts', () => {
    expect(toProfile(persona({ style_guidance: ' ' })).profile).toEqual({});
  });

  it('that allows providers which the manager lacks says so, and a manager accepts the profile', async () => {
    const { profile, unavailable } = toProfile(persona({ allowed_providers: ['openai_images', 'stub'] }), {
      providers: ['stub'],
    });
    const manager = createImageManager({ providers: { stub: new StubProvider() }, profiles: { ada: profile } });

    expect(unavailable).toEqual(['openai_images']);
    expect((await manager.plan({ prompt: 'a fox', profile: 'ada' })).candidates).toHaveLength(1);
  });

  it('that allows only providers which the manager lacks may use none', async () => {
    const { profile } = toProfile(persona({ allowed_providers: ['fal'] }), { providers: ['stub'] });
    const manager = createImageManager({ providers: { stub: new StubProvider() }, profiles: { ada: profile } });

    await expect(manager.generate({ prompt: 'a fox', profile: 'ada' })).rejects.toMatchObject({
      code: 'policy_denied',
    });
  });

  it('that is not enabled is refused by the manager', async () => {
    const { profile } = toProfile(persona({ enabled: 'False' }));
    const manager = createImageManager({ providers: { stub: new StubProvider() }, profiles: { ada: profile } });

    await expect(manager.generate({ prompt: 'a fox', profile: 'ada' })).rejects.toMatchObject({
      code: 'policy_denied',
    });
  });
});

describe('the tools of a persona', () => {
  it('L05: generate as many images as the persona may, and add its style', async () => {
    const { profile, maxImages } = toProfile(persona({ max_images_per_session: 1, style_guidance: 'watercolour' }));
    const tools = await createTestTools({ profiles: { ada: profile }, profile: 'ada', maxImages });
    const generate = () => tools.call('generate_image', { prompt: 'a fox', size: '64x64' });

    expect(await generate()).toMatchObject({ success: true });
    expect(await generate()).toMatchObject({ success: false, data: { charged: 'no' } });
    expect(tools.bills()).toBe(1);
    expect(JSON.stringify(await tools.call('get_image', { id: await tools.lastId() }))).toContain('watercolour');
    await tools.remove();
  });

  it('L05: generate nothing if the persona may have no image', async () => {
    const { profile, maxImages } = toProfile(persona({ max_images_per_session: 0 }));
    const tools = await createTestTools({ profiles: { ada: profile }, profile: 'ada', maxImages });

    expect(await tools.call('generate_image', { prompt: 'a fox' })).toMatchObject({ success: false });
    expect(tools.bills()).toBe(0);
    await tools.remove();
  });
});

describe('a wrong persona', () => {
  it.for([
    [{ enabled: 'yes' }, 'image_generation.enabled must be true or false'],
    [{ enabled: 1 }, 'image_generation.enabled must be true or false'],
    [{ enabled: 'toString' }, 'image_generation.enabled must be true or false'],
    [{ allowed_providers: 'openai' }, 'image_generation.allowed_providers must be a list of names'],
    [{ allowed_providers: [''] }, 'image_generation.allowed_providers must be a list of names'],
    [{ max_images_per_session: -1 }, 'image_generation.max_images_per_session must be a whole number'],
    [{ max_images_per_session: 1.5 }, 'image_generation.max_images_per_session must be a whole number'],
    [{ max_images_per_session: '3' }, 'image_generation.max_images_per_session must be a whole number'],
    [{ style_guidance: null }, 'image_generation.style_guidance must be a text'],
    [[], 'image_generation must be an object'],
    ['on', 'image_generation must be an object'],
  ] as const)('%j is refused', ([block, message]) => {
    expect(() => toProfile(persona(block))).toThrow(message);
  });

  it('with a misspelled limit is refused, because it would be no limit', () => {
    const error = errorOf(() => toProfile(persona({ max_images_per_sesion: 3 })));

    expect(error.message).toContain('image_generation has no field "max_images_per_sesion"');
    expect(error.hint).toContain('max_images_per_session');
  });

  it.for([undefined, null, 'Ada', []])('%j is refused: a persona is an object', (given) => {
    expect(() => toProfile(given)).toThrow('the persona must be an object');
  });

  it('never leads to another error, whatever it holds', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (given, block) => {
        for (const each of [given, persona(block)]) {
          try {
            expect(toProfile(each)).toHaveProperty('profile');
          } catch (error) {
            expect(isAiImageError(error), String(error)).toBe(true);
          }
        }
      }),
    );
  });
});

function errorOf(run: () => unknown): AiImageError {
  try {
    run();
  } catch (error) {
    if (error instanceof AiImageError) return error;
  }
  throw new Error('it was not refused');
}
