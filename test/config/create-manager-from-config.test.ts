/** From a configuration file to a manager that generates images. */
import { describe, expect, it } from 'vitest';
import { EMPTY_CONFIG } from '../../src/config/config.ts';
import { createManagerFromConfig, describeConfig } from '../../src/config/index.ts';
import { createWordMatcher } from '../../src/config/routing-rule.ts';
import { StubProvider } from '../../src/index.ts';
import { cpuMs } from '../support/stopwatch.ts';
import { createTestHome, KEY, parse } from './support.ts';

const orderOf = async (images: ReturnType<typeof createManagerFromConfig>, request: object = {}) =>
  (await images.plan({ prompt: 'a fox', ...request })).candidates.map(({ provider, model }) => `${provider}/${model}`);

describe('createManagerFromConfig', () => {
  it('uses the backends as providers, the default first, each with its model', async () => {
    const env = { OPENAI_API_KEY: 'sk-a-0123456789', SECOND_KEY: 'sk-b-0123456789' };
    const config = await parse(
      `default_backend: second
backends:
  first: { type: openai, model: gpt-image-2-2026-04-21 }
  second: { type: openai, api_key_env: SECOND_KEY, model: light }
`,
      env,
    );
    const images = createManagerFromConfig(config, { env });
    expect(await orderOf(images)).toEqual(['second/gpt-image-2.6-flare', 'first/gpt-image-2-2026-04-21']);
    expect(await orderOf(images, { provider: 'first', model: 'gpt-image-2' })).toEqual(['first/gpt-image-2']);
  });

  it('applies budget, profiles, styles, routing, limits and fallback of the file', async () => {
    const config = await parse(`
backends: { one: { type: stub }, two: { type: stub, cost_usd: 0 }, three: { type: stub } }
budget: { per_call_usd: 1 }
profiles:
  guest: { allowed_backends: [two], max_images_per_session: 1, style_guidance: kindly, defaults: { size: 64x64 } }
styles: { house: flat shapes }
routing: [{ words: [lighthouse], backends: [three] }]
limits: { one: { max_concurrent: 1 } }
fallback: [three]
`);
    const images = createManagerFromConfig(config);
    const session = images.session();
    const request = { prompt: 'a fox', profile: 'guest', style: 'house', session };
    const { attempts: guestAttempts, composed, images: generated } = await images.generate(request);
    expect([guestAttempts[0]?.provider, composed.prompt, generated[0].width]).toEqual([
      'two',
      'a fox. Flat shapes. Kindly',
      64,
    ]);
    await expect(images.generate(request)).rejects.toMatchObject({ code: 'policy_denied' });
    expect((await orderOf(images, { prompt: 'a lighthouse' }))[0]).toBe('three/stub-1');
    const failing = { one: new StubProvider({ fail: 'unavailable' }) };
    const { attempts } = await createManagerFromConfig(config, { providers: failing }).generate({
      prompt: 'a fox',
      size: '64x64',
    });
    expect(attempts.map((each) => each.provider)).toEqual(['one', 'three']);
  });

  it('skips what the file says about optional backends whose key is not set', async () => {
    const config = await parse(`
backends: { stub: , spare: { type: fal, optional: true } }
limits: { spare: { max_concurrent: 1 }, stub: { max_concurrent: 1 } }
routing: [{ words: [fox], backends: [spare, stub, openai] }]
budget: { allow_unpriced: [spare/fal-ai/flux/dev] }
profiles: { guest: { allowed_backends: [spare] }, staff: { allowed_backends: [spare, stub] } }
`);
    const images = createManagerFromConfig(config, { env: {} });
    expect(await orderOf(images, { profile: 'staff' })).toEqual(['stub/stub-1']);
    // Of the allowed backends none is left: that does not allow all others.
    await expect(images.plan({ prompt: 'a fox', profile: 'guest' })).rejects.toMatchObject({ code: 'policy_denied' });
    const given = { spare: new StubProvider() };
    expect(await orderOf(createManagerFromConfig(config, { env: {}, providers: given }), { profile: 'guest' })).toEqual(
      ['spare/stub-1'],
    );
  });

  it('without backends accepts what the file says about providers whose key is not set', async () => {
    const config = await parse('limits: { openai: { max_concurrent: 1 } }\nfallback: [openai]\n');
    const env = { FAL_KEY: 'fal-key-0123456789' };
    expect((await orderOf(createManagerFromConfig(config, { env })))[0]).toMatch(/^fal\//);
  });

  it('refuses a name that is neither a backend nor a provider, in a configuration made by hand', () => {
    const limits = { opnai: { maxConcurrent: 1 } };
    expect(() => createManagerFromConfig({ ...EMPTY_CONFIG, limits }, { env: { OPENAI_API_KEY: KEY } })).toThrow(
      expect.objectContaining({ code: 'not_configured', hint: 'Did you mean openai?' }),
    );
  });

  it('skips optional backends whose key is not set, also in fallbacks', async () => {
    const config = await parse(`
backends: { stub: , spare: { type: fal, optional: true } }
fallback: [spare, stub]
profiles: { p: { defaults: { fallback: [spare] } } }
`);
    const images = createManagerFromConfig(config, { env: {} });
    expect(await orderOf(images)).toEqual(['stub/stub-1']);
    expect(await orderOf(images, { profile: 'p' })).toEqual(['stub/stub-1']);
    const none = await parse('backends: { spare: { type: fal, optional: true } }');
    expect(() => createManagerFromConfig(none, { env: {} })).toThrow(
      /no backend is usable: variables that spare need are not set/,
    );
  });

  it('G10: createManagerFromConfig fails if a key was unset after the file was read', async () => {
    const text = 'backends: { main: { type: openai, api_key_env: MAIN_KEY } }';
    const config = await parse(text, { MAIN_KEY: 'sk-mine-0123456789' });
    expect(() => createManagerFromConfig(config, { env: {} })).toThrow('backend main: MAIN_KEY is not set, or empty');
    const providers = { main: new StubProvider() };
    expect(() => createManagerFromConfig(config, { env: {}, providers })).not.toThrow();
  });

  it('without backends uses every provider that has a key, the one named by AI_IMAGE_PROVIDER or default_backend first', async () => {
    const { load } = await createTestHome();
    const env = { OPENAI_API_KEY: 'sk-a-0123456789', XAI_API_KEY: 'xai-b-0123456789' };
    const names = async (more: object) =>
      (await orderOf(createManagerFromConfig(await load(), { env: { ...env, ...more } }))).map(
        (text) => text.split('/')[0],
      );
    expect(await names({})).toEqual(['openai', 'xai']);
    expect(await names({ AI_IMAGE_PROVIDER: 'grok' })).toEqual(['xai', 'openai']);
    const stubFirst = createManagerFromConfig(await parse('default_backend: offline'), { env });
    expect((await orderOf(stubFirst))[0]).toBe('stub/stub-1');
    const nothing = await load();
    expect(() => createManagerFromConfig(nothing, { env: {} })).toThrow('no provider is configured');
    expect(() => createManagerFromConfig(nothing, { env: { AI_IMAGE_PROVIDER: 'unknown' } })).toThrow(
      'unknown provider "unknown"',
    );
  });

  it('lets the caller’s settings override the file', async () => {
    const config = await parse(
      'backends: { stub: }\nbudget: { per_call_usd: 1, per_day_usd: 5 }\nstyles: { a: one, b: two }',
    );
    const images = createManagerFromConfig(config, { styles: { a: { prompt: 'mine' } }, budget: { perCallUsd: 2 } });
    expect((await images.generate({ prompt: 'x', style: 'a', size: '64x64' })).composed.prompt).toBe('x. Mine');
  });
});

describe('G13: the words of a routing rule', () => {
  it('match whole words, ignoring case', () => {
    const { test } = createWordMatcher(['Poster', 'concept art', 'c++', 'Straße', '(a+)+$', ' ']);
    for (const text of ['a POSTER', 'poster, please', 'Concept Art of x', 'about c++', 'eine STRASSE? nein, straße'])
      expect(test(text)).toBe(true);
    for (const text of ['posters', 'an imposter', 'concept  art', 'c+', 'aaaa!', 'großstraßen', ''])
      expect(test(text)).toBe(false);
    expect(test('a sign with (a+)+$ on it')).toBe(true);
  });

  it('cannot block the program, whatever the words and the prompt are', () => {
    const { test } = createWordMatcher(['(a+)+$', '(.*)*x', 'a'.repeat(400)]);
    expect(cpuMs(() => expect(test(`${'a'.repeat(100_000)}!`)).toBe(false))).toBeLessThan(2_000);
  });
});

describe('G09: describeConfig', () => {
  it('names the variable that holds a key and whether it is set, and never shows the key', async () => {
    const env = { MAIN_KEY: KEY, FAL_KEY: `${KEY}-2`, WHSEC: 'whsec_c2VjcmV0c2VjcmV0MTIz' };
    const text = `
backends:
  main: { type: openai, api_key_env: MAIN_KEY, headers: { X-Team: the-a-team } }
  fal:
  second: { type: replicate, api_token_env: SECOND_TOKEN, webhook_secret_env: WHSEC, optional: true }
  stub:
`;
    const config = await parse(text, env);
    const shown = describeConfig(config, env);
    expect(shown.backends.main).toEqual({
      type: 'openai',
      isOptional: false,
      isUsable: true,
      settings: { headers: ['X-Team'] },
      variables: { apiKey: { variable: 'MAIN_KEY', isSet: true } },
    });
    expect(shown.backends.fal?.variables).toEqual({ apiKey: { variable: 'FAL_KEY', isSet: true } });
    expect(shown.backends.second).toMatchObject({
      isUsable: false,
      variables: { apiKey: { variable: 'SECOND_TOKEN', isSet: false }, webhookSecret: { isSet: true } },
    });
    expect(shown.backends.stub?.variables).toEqual({});
    for (const all of [JSON.stringify(shown), JSON.stringify(config)]) {
      for (const secret of [KEY, 'c2VjcmV0']) expect(all).not.toContain(secret);
    }
    expect(JSON.stringify(shown)).not.toContain('the-a-team');
  });
});
