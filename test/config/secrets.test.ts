import { describe, expect, it } from 'vitest';
import { registry } from '../../src/providers/registry.ts';
import { errorTextOf, failureOf, KEY, parse } from './support.ts';

describe('G09: a key in the file', () => {
  it.each([
    [`backends: { a: { type: openai, api_key: ${KEY} } }`],
    [`backends: { a: { type: openai, api_key_env: ${KEY} } }`],
    [`backends: { a: { type: replicate, api_token: r8_A1b2C3d4E5f6G7h8I9j0 } }`],
    [`backends: { a: { type: comfyui, base_url: "https://me:hunter2-hunter2@host.example/" } }`],
    [`backends: { a: { type: comfyui, base_url: "https://host.example/?api_key=hunter2-hunter2" } }`],
    [`backends: { a: { type: comfyui, headers: { Authorization: hunter2-hunter2 } } }`],
    [`backends: { a: { type: comfyui, headers: { X-Other: Bearer ${KEY} } } }`],
    [`backends: { a: { type: azure, token: hunter2-hunter2, resource: r } }`],
    [`backends: { a: { type: luma, photon_api_key: hunter2-hunter2 } }`],
    [`backends: { a: { type: stub, password: hunter2-hunter2 } }`],
    [`backends: { ${KEY}: { type: stub } }`],
    [`default_backend: ${KEY}`],
    [`styles: { a: "in the style of ${KEY}" }`],
    [`store: { database_url_env: "postgresql://me:hunter2-hunter2@host/x" }`],
    [`store: { database_url: "postgresql://me:hunter2-hunter2@host/x" }`],
    [`store: { s3: { bucket: b, secret_access_key_env: wJalrXUtnFEMIK7MDENGbPxRfiCY } }`],
    [`${KEY}`],
    [`"${KEY}`],
    [`a: [${KEY}`],
    [`- !${KEY} x`],
    [`a: *${KEY}`],
  ])('a key in %j of the file is refused and not shown', async (text) => {
    const shown = await errorTextOf(text, {});
    for (const secret of [KEY, 'r8_A1b2', 'hunter2', 'wJalr']) expect(shown).not.toContain(secret);
  });

  it('is refused with a hint what to write instead', async () => {
    const { message, hint } = await failureOf(parse('backends: { a: { type: openai, api_key: abc } }'));
    expect(message).toBe('imagen.yaml:1:41: backends.a.api_key is secret; secrets are not allowed in the file');
    expect(hint).toBe('Name the variable that holds it, e.g. api_key_env: MY_API_KEY.');
  });

  it('is found because every provider declares its secret settings', async () => {
    for (const [id, { load }] of Object.entries(registry)) {
      const { settingsSchema, secretSettings = [] } = (await load()).definition;
      const settings = Object.keys((settingsSchema as { shape?: object } | undefined)?.shape ?? {});
      // This setting is a function, which a file cannot hold.
      const secretNames = settings.filter(
        (name) => /(?:key|token|secret|credentials)$/i.test(name) && `${id}.${name}` !== 'bedrock.credentials',
      );
      expect(
        secretNames.filter((name) => !secretSettings.includes(name)),
        id,
      ).toEqual([]);
      expect(
        secretSettings.filter((name) => !settings.includes(name)),
        id,
      ).toEqual([]);
    }
  });
});

describe('an environment variable', () => {
  const backend = 'backends:\n  main:\n    type: openai\n    api_key_env: MAIN_KEY\n';

  it('G10: an environment variable that is missing, empty or blank is reported with its name and its backend', async () => {
    for (const env of [{}, { MAIN_KEY: '' }, { MAIN_KEY: ' \n' }, { OPENAI_API_KEY: 'sk-other-0123456789' }]) {
      const { code, message, hint } = await failureOf(parse(backend, env));
      expect(code).toBe('not_configured');
      expect(message).toBe('imagen.yaml:4:18: backends.main: the variable MAIN_KEY is not set, or empty');
      expect(hint).toContain('optional: true');
    }
    expect((await parse(backend, { MAIN_KEY: 'sk-mine-0123456789' })).backends.main?.variables).toEqual({
      apiKey: 'MAIN_KEY',
    });
  });

  it('G10: an environment variable that is missing causes only a notice for an optional backend, and nothing with checkKeys: false', async () => {
    const { notices } = await parse(`${backend}    optional: true\n`);
    expect(notices).toEqual([
      expect.stringContaining('MAIN_KEY is not set, or empty; this optional backend is skipped'),
    ]);
    expect((await parse(backend, {}, false)).notices).toEqual([]);
  });

  it.each(['sk-a b', 'sk-a\nX-Evil: 1', 'sk-ключ-0123456789', 'sk-a\tb'])(
    'K19: an environment variable that holds %j is refused, and its value is not shown',
    async (key) => {
      for (const [text, env] of [
        [backend, { MAIN_KEY: key }],
        ['backends: { main: { type: openai } }', { OPENAI_API_KEY: key }],
        ['backends: { main: { type: azure, resource: r, token_env: MAIN_KEY } }', { MAIN_KEY: key }],
        ['backends: { main: { type: luma, photon_api_key_env: MAIN_KEY } }', { MAIN_KEY: key }],
      ] as const) {
        const shown = await errorTextOf(text, env);
        expect(shown).toMatch(
          /contains characters that are not allowed in a key|contains characters that no key or password has/,
        );
        expect(shown).not.toContain(key);
      }
    },
  );

  it('may hold any other setting, which is checked like a value in the file', async () => {
    const text = 'backends: { a: { type: bedrock, region_env: MY_REGION } }';
    const env = { AWS_BEARER_TOKEN_BEDROCK: 'bedrock-0123456789', MY_REGION: 'nowhere at all' };
    expect(await errorTextOf(text, env)).toContain('1:45: backends.a: the value of MY_REGION must be a region');
  });

  it('may be named by api_key_env or api_token_env, but not by both', async () => {
    const text = 'backends: { a: { type: replicate, api_token_env: A_TOKEN } }';
    expect((await parse(text, { A_TOKEN: 'r8-0123456789' })).backends.a?.variables).toEqual({ apiKey: 'A_TOKEN' });
    const both = 'backends: { a: { type: replicate, api_token_env: A, api_key_env: B } }';
    expect(await errorTextOf(both, {})).toContain('backends.a.api_key_env sets the same setting as api_token_env');
  });

  it('U05: an environment variable that holds the vendor’s key is not used with another base_url, unless the backend names it', async () => {
    const text = 'backends: { a: { type: openai, base_url: "https://proxy.example/v1" } }';
    const env = { OPENAI_API_KEY: 'sk-mine-0123456789' };
    expect(await errorTextOf(text, env)).toContain('has its own base_url, and names no key for it');
    const named =
      'backends: { a: { type: openai, base_url: "https://proxy.example/v1", api_key_env: OPENAI_API_KEY } }';
    expect((await parse(named, env)).backends.a?.settings).toEqual({ baseUrl: 'https://proxy.example/v1' });
  });
});
