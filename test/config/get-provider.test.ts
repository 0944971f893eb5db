/** Which provider `getProvider` returns, and what it takes from the environment. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { EMPTY_CONFIG } from '../../src/config/config.ts';
import { createManagerFromConfig } from '../../src/config/create-manager-from-config.ts';
import { configuredProviders, getProvider, setProvider } from '../../src/config/get-provider.ts';
import { bearer } from '../../src/providers/kit/adapter/about.ts';
import { createProvider, listProviders, registry } from '../../src/providers/registry.ts';
import { StubProvider } from '../../src/providers/stub/stub-provider.ts';
import { isolateEnvironment, thrownBy } from './environment-support.ts';

isolateEnvironment();

describe('getProvider', () => {
  it('returns the provider set with setProvider before any other', () => {
    process.env.AI_IMAGE_PROVIDER = 'openai';
    process.env.OPENAI_API_KEY = 'sk-test-0123456789';
    const stub = new StubProvider();
    const restore = setProvider(stub);
    expect(getProvider()).toBe(stub);
    expect(getProvider('openai')).not.toBe(stub);
    restore();
    expect(getProvider().id).toBe('openai');
  });

  it('returns the provider that is named by id or alias', () => {
    expect(getProvider('stub').id).toBe('stub');
    expect(getProvider('dummy').id).toBe('stub');
    expect(getProvider('gpt-image', { apiKey: 'sk-test-0123456789' }).id).toBe('openai');
  });

  it('returns the provider that AI_IMAGE_PROVIDER names', () => {
    process.env.OPENAI_API_KEY = 'sk-test-0123456789';
    process.env.AI_IMAGE_PROVIDER = ' offline ';
    expect(getProvider().id).toBe('stub');
  });

  it('returns the only provider whose key is in the environment', () => {
    process.env.OPENAI_API_KEY = 'sk-test-0123456789';
    expect(configuredProviders()).toEqual(['openai']);
    expect(getProvider().id).toBe('openai');
  });

  it('returns the only keyless server whose address is in the environment, if no key is set', () => {
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

  it('without any key, fails with every key variable and the offline provider in the hint', () => {
    const { code, message, hint } = thrownBy(() => getProvider());
    expect({ code, message }).toEqual({ code: 'not_configured', message: 'no provider is configured' });
    for (const { id, keyVariables } of listProviders())
      if (keyVariables[0]) expect(hint).toContain(`${keyVariables[0]} (${id})`);
    expect(hint).toContain("getProvider('stub')");
  });

  it('with several keys, fails, names the providers and asks for one', () => {
    const about = { id: 'zeta', title: 'Zeta', aliases: [], auth: bearer('ZETA_API_KEY') } as const;
    const planted = registry as Record<string, unknown>;
    planted.zeta = { about, load: () => expect.unreachable() };
    try {
      process.env.OPENAI_API_KEY = 'sk-test-0123456789';
      process.env.ZETA_API_KEY = 'zeta-0123456789';
      expect(thrownBy(() => getProvider())).toMatchObject({
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

  it('refuses an unknown name and suggests the nearest one', () => {
    expect(thrownBy(() => getProvider('opanai'))).toMatchObject({
      code: 'not_configured',
      message: 'unknown provider "opanai"',
      hint: 'Did you mean openai?',
    });
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect(thrownBy(() => getProvider(name)).message).toBe(`unknown provider "${name}"`);
    }
  });

  it('refuses a provider without a key and names the variable to set', () => {
    expect(thrownBy(() => getProvider('openai'))).toMatchObject({
      code: 'not_configured',
      hint: "Set OPENAI_API_KEY, or pass apiKey: getProvider('openai', { apiKey }).",
    });
    expect(thrownBy(() => createProvider('openai'))).toMatchObject({
      hint: "Pass it as apiKey, or set OPENAI_API_KEY and use getProvider('openai').",
    });
  });

  it('names AI_IMAGE_PROVIDER where it holds the unknown name', () => {
    process.env.AI_IMAGE_PROVIDER = 'stubb';
    const named = {
      code: 'not_configured',
      message: 'AI_IMAGE_PROVIDER names the unknown provider "stubb"',
      hint: 'Did you mean stub?',
    };
    expect(thrownBy(() => getProvider())).toMatchObject(named);
    expect(thrownBy(() => createManagerFromConfig(EMPTY_CONFIG))).toMatchObject(named);
    expect(thrownBy(() => getProvider('stubb')).message).toBe('unknown provider "stubb"');
  });

  it('says how to list the providers where none has a similar name', () => {
    expect(thrownBy(() => getProvider('a-long-unknown-name')).hint).toBe(
      'listProviders() lists the available providers.',
    );
  });
});

describe('getProvider and the environment', () => {
  it('G10: getProvider ignores a variable that holds only white space', () => {
    process.env.OPENAI_API_KEY = '  ';
    process.env.AI_IMAGE_PROVIDER = '';
    expect(configuredProviders()).toEqual([]);
    expect(thrownBy(() => getProvider()).message).toBe('no provider is configured');
    expect(thrownBy(() => getProvider('openai')).message).toBe('openai: no key is set');
  });

  it('G10: getProvider trims the value of a variable', () => {
    process.env.OPENAI_API_KEY = ' sk-test-0123456789\n';
    expect(() => getProvider('openai')).not.toThrow();
  });

  it('returns the same provider until the environment changes, then a new one', () => {
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

  it('does not mix credentials from the environment with the ones passed', async () => {
    Object.assign(process.env, {
      GOOGLE_CLOUD_PROJECT: 'from-environment',
      GOOGLE_VERTEX_API_KEY: 'vertex-key-in-the-environment',
      AWS_BEARER_TOKEN_BEDROCK: 'bedrock-key-in-the-environment',
      AWS_ACCESS_KEY_ID: 'AKIA-in-the-environment',
      AWS_SECRET_ACCESS_KEY: 'secret-in-the-environment',
    });
    const urlOf = async (...args: Parameters<typeof getProvider>) =>
      (await getProvider(...args).plan({ prompt: 'a fox' })).requests[0]?.url;
    expect(await urlOf('vertex')).toContain('/projects/from-environment/');
    expect(await urlOf('vertex', { apiKey: 'vertex-key-0123456789' })).not.toContain('/projects/');
    expect(await urlOf('vertex', { accessToken: 'ya29.token-0123456789' })).toContain('/projects/from-environment/');

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

  it('uses the environment for a setting that is undefined', () => {
    process.env.OPENAI_API_KEY = 'sk-test-0123456789';
    expect(() => getProvider('openai', { apiKey: undefined, deadlineMs: 5000 })).not.toThrow();
  });
});

describe('two tenants', () => {
  it('never share a key: each call is sent with its own', async () => {
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
