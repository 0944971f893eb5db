import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configuredProviders, getProvider, setProvider } from '../../src/config/get-provider.ts';
import { bearer } from '../../src/providers/kit/adapter/about.ts';
import type { AiImageError, AiImageProvider, AiImageResult } from '../../src/providers/protocol/index.ts';
import { listProviders, type ProviderAbout, registry } from '../../src/providers/registry.ts';
import { StubProvider } from '../../src/providers/stub/stub-provider.ts';

const before = { ...process.env };
const variables = Object.values(registry).flatMap(({ about }: { about: ProviderAbout }) => [
  ...(about.auth.kind === 'none' ? [] : about.auth.env),
  ...Object.values(about.env ?? {}).flat(),
]);

beforeEach(() => {
  for (const name of [...variables, 'AI_IMAGE_PROVIDER']) delete process.env[name];
});
afterEach(() => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
});

function failureOf(work: () => unknown): AiImageError {
  try {
    work();
  } catch (error) {
    return error as AiImageError;
  }
  return expect.unreachable('it succeeded');
}

/** Of somebody else, with the one method. */
const own: AiImageProvider = {
  generateImage: () => Promise.resolve({} as AiImageResult),
};

describe('which provider is meant', () => {
  it('the one set, before everything else', () => {
    process.env.AI_IMAGE_PROVIDER = 'openai';
    process.env.OPENAI_API_KEY = 'sk-test-0123456789';
    const stub = new StubProvider();
    const restore = setProvider(stub);
    expect(getProvider()).toBe(stub);
    expect(getProvider('openai')).not.toBe(stub);
    restore();
    expect(getProvider().id).toBe('openai');
  });

  it('the one named, by id or alias', () => {
    expect(getProvider('stub').id).toBe('stub');
    expect(getProvider('dummy').id).toBe('stub');
    expect(getProvider('gpt-image', { apiKey: 'sk-test-0123456789' }).id).toBe('openai');
  });

  it('the one that AI_IMAGE_PROVIDER names', () => {
    process.env.OPENAI_API_KEY = 'sk-test-0123456789';
    process.env.AI_IMAGE_PROVIDER = ' offline ';
    expect(getProvider().id).toBe('stub');
  });

  it('the only one whose key is in the environment', () => {
    process.env.OPENAI_API_KEY = 'sk-test-0123456789';
    expect(configuredProviders()).toEqual(['openai']);
    expect(getProvider().id).toBe('openai');
  });

  it('the only server whose address is in the environment, where it needs no key', () => {
    process.env.OPENAI_COMPATIBLE_BASE_URL = 'http://localhost:8080/v1';
    try {
      expect(configuredProviders()).toEqual(['openai-compatible']);
      expect(getProvider().id).toBe('openai-compatible');
      process.env.OPENAI_API_KEY = 'sk-test-0123456789';
      expect(configuredProviders()).toEqual(['openai']);
    } finally {
      delete process.env.OPENAI_COMPATIBLE_BASE_URL;
    }
  });

  it('none: the error lists every variable, and the way without a key', () => {
    const { code, message, hint } = failureOf(() => getProvider());
    expect({ code, message }).toEqual({ code: 'not_configured', message: 'no provider is configured' });
    for (const { id, keyVariables } of listProviders())
      if (keyVariables[0]) expect(hint).toContain(`${keyVariables[0]} (${id})`);
    expect(hint).toContain("getProvider('stub')");
  });

  it('several: the error names them and asks for one', () => {
    const about = { id: 'zeta', title: 'Zeta', aliases: [], auth: bearer('ZETA_API_KEY') } as const;
    const planted = registry as Record<string, unknown>;
    planted.zeta = { about, load: () => expect.unreachable() };
    try {
      process.env.OPENAI_API_KEY = 'sk-test-0123456789';
      process.env.ZETA_API_KEY = 'zeta-0123456789';
      expect(failureOf(() => getProvider())).toMatchObject({
        code: 'not_configured',
        message: 'keys for several providers are set: openai, zeta',
        hint: "Name one: getProvider('openai'), or set AI_IMAGE_PROVIDER.",
      });
      process.env.AI_IMAGE_PROVIDER = 'zeta';
      expect(getProvider().id).toBe('zeta');
    } finally {
      delete planted.zeta;
    }
  });

  it('an unknown name is refused with the nearest one', () => {
    expect(failureOf(() => getProvider('opanai'))).toMatchObject({
      code: 'not_configured',
      message: 'there is no provider "opanai"',
      hint: 'Did you mean openai?',
    });
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect(failureOf(() => getProvider(name)).message).toBe(`there is no provider "${name}"`);
    }
  });

  it('a missing key is refused with the variable to set', () => {
    expect(failureOf(() => getProvider('openai'))).toMatchObject({
      code: 'not_configured',
      hint: "Pass it as apiKey, or set OPENAI_API_KEY and use getProvider('openai').",
    });
  });
});

describe('the environment', () => {
  it('G10: a variable of blanks counts as absent', () => {
    process.env.OPENAI_API_KEY = '  ';
    process.env.AI_IMAGE_PROVIDER = '';
    expect(configuredProviders()).toEqual([]);
    expect(failureOf(() => getProvider()).message).toBe('no provider is configured');
    expect(failureOf(() => getProvider('openai')).message).toBe('openai: no key is set');
  });

  it('G10: blanks around a value are dropped', () => {
    process.env.OPENAI_API_KEY = ' sk-test-0123456789\n';
    expect(() => getProvider('openai')).not.toThrow();
  });

  it('gives the same provider as long as it says the same, and a new one when it changes', () => {
    process.env.OPENAI_API_KEY = 'sk-test-0123456789';
    const first = getProvider('openai');
    expect(getProvider()).toBe(first);
    expect(getProvider('gpt-image')).toBe(first);
    process.env.OPENAI_API_KEY = 'sk-test-9876543210';
    const second = getProvider();
    expect(second).not.toBe(first);
    process.env.OPENAI_BASE_URL = 'http://127.0.0.1:9/v1';
    expect(getProvider()).not.toBe(second);
  });

  it('does not put other credentials beside those that were given', async () => {
    Object.assign(process.env, {
      GOOGLE_CLOUD_PROJECT: 'lying-around',
      GOOGLE_VERTEX_API_KEY: 'vertex-key-in-the-environment',
      AWS_BEARER_TOKEN_BEDROCK: 'bedrock-key-in-the-environment',
      AWS_ACCESS_KEY_ID: 'AKIA-in-the-environment',
      AWS_SECRET_ACCESS_KEY: 'secret-in-the-environment',
    });
    const urlOf = async (...args: Parameters<typeof getProvider>) =>
      (await getProvider(...args).plan({ prompt: 'a fox' })).requests[0]?.url;
    expect(await urlOf('vertex')).toContain('/projects/lying-around/');
    expect(await urlOf('vertex', { apiKey: 'vertex-key-0123456789' })).not.toContain('/projects/');
    expect(await urlOf('vertex', { accessToken: 'ya29.token-0123456789' })).toContain('/projects/lying-around/');

    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization?.split(' ')[0]);
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"message":"no"}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const signing = { accessKeyId: 'AKIA0123456789', secretAccessKey: 'secret-0123456789' };
    for (const given of [{}, { apiKey: 'bedrock-key-0123456789' }, signing]) {
      await expect(getProvider('bedrock', { ...given, baseUrl }).generateImage('a fox')).rejects.toThrow();
    }
    server.closeAllConnections();
    server.close();
    expect(seen).toEqual(['Bearer', 'Bearer', 'AWS4-HMAC-SHA256']);
  });

  it('is not hidden by a setting that is undefined', () => {
    process.env.OPENAI_API_KEY = 'sk-test-0123456789';
    expect(() => getProvider('openai', { apiKey: undefined, deadlineMs: 5000 })).not.toThrow();
  });
});

describe('two tenants', () => {
  it('never influence each other: each call goes out with its own key', async () => {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":{"message":"no"}}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
      process.env.OPENAI_API_KEY = 'sk-env-0123456789';
      process.env.OPENAI_BASE_URL = baseUrl;
      const tenants = ['a', 'b', 'c'].map((name) => getProvider('openai', { apiKey: `sk-tenant-${name}-012345` }));
      for (const each of [...tenants, getProvider('openai')]) {
        await expect(each.generateImage('a fox')).rejects.toMatchObject({ code: 'authentication' });
      }
      expect(seen).toEqual(
        ['a', 'b', 'c'].map((name) => `Bearer sk-tenant-${name}-012345`).concat('Bearer sk-env-0123456789'),
      );
      expect(getProvider('openai', { apiKey: 'sk-tenant-a-012345' })).not.toBe(tenants[0]);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

describe('setProvider', () => {
  it('puts a provider in the place of a named one, under its id and every alias', () => {
    const stub = new StubProvider();
    const restore = setProvider('gpt-image', stub);
    expect(getProvider('openai')).toBe(stub);
    expect(getProvider('gpt-image')).toBe(stub);
    process.env.AI_IMAGE_PROVIDER = 'openai';
    expect(getProvider()).toBe(stub);
    restore();
    expect(failureOf(() => getProvider('openai')).message).toBe('openai: no key is set');
  });

  it('takes a third party’s provider under a name of its own, with every method', () => {
    const restore = setProvider('render-farm', own);
    const provider = getProvider('render-farm');
    expect(provider.id).toBe('render-farm');
    expect(typeof provider.generate).toBe('function');
    expect(getProvider('render-farm')).toBe(provider);
    const restoreOther = setProvider('render-farm-2', own);
    expect(getProvider('render-farm-2').id).toBe('render-farm-2');
    restoreOther();
    restore();
    expect(failureOf(() => getProvider('render-farm')).message).toBe('there is no provider "render-farm"');
  });

  it('restores nest: each takes away its own provider only', () => {
    const [first, second] = [new StubProvider(), new StubProvider()];
    const restoreFirst = setProvider(first);
    const restoreSecond = setProvider(second);
    expect(getProvider()).toBe(second);
    restoreSecond();
    expect(getProvider()).toBe(first);
    restoreFirst();
    expect(failureOf(() => getProvider()).message).toBe('no provider is configured');
  });

  it('restores may come in any order and twice, and leave nothing behind', () => {
    const [first, second] = [new StubProvider(), new StubProvider()];
    const restoreFirst = setProvider(first);
    const restoreSecond = setProvider(second);
    restoreFirst();
    expect(getProvider()).toBe(second);
    restoreFirst();
    restoreSecond();
    expect(failureOf(() => getProvider()).message).toBe('no provider is configured');
    const restoreThird = setProvider(first);
    restoreSecond();
    expect(getProvider()).toBe(first);
    restoreThird();
  });

  it('refuses what is no provider', () => {
    for (const nothing of [undefined, null, {}, { generateImage: 5 }]) {
      expect(failureOf(() => setProvider(nothing as never))).toMatchObject({
        code: 'not_configured',
        hint: 'Pass a provider, e.g. new StubProvider().',
      });
    }
  });
});
