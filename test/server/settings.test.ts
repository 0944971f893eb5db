/** Settings that are wrong: each is refused when the server is created, with what is wrong and what to do. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createContext } from '../../src/apps/server/create-context.ts';
import { createImageServer, type ImageServerSettings } from '../../src/apps/server/index.ts';
import { AiImageError, createImageManager, createProvider, StubProvider } from '../../src/index.ts';
import { hashOf, type TestServer, useServers } from './support.ts';

const start = useServers();
const ADA = { name: 'ada', sha256: hashOf('ada') };
let running: TestServer;
beforeAll(async () => {
  running = await start();
});

const settingsWith = (changes: object): ImageServerSettings => ({
  manager: running.manager,
  store: running.store,
  tokens: [ADA],
  ...changes,
});

function refusalOf(settings: unknown): AiImageError {
  try {
    createImageServer(settings as ImageServerSettings); // as JavaScript can
  } catch (error) {
    if (error instanceof AiImageError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

const token = (changes: object) => ({ tokens: [{ ...ADA, ...changes }] });

/** Settings with a manager that has two providers and a profile. */
const withNames = (changes: object): ImageServerSettings => {
  const { store } = running;
  const providers = { main: new StubProvider(), spare: new StubProvider() };
  return settingsWith({ manager: createImageManager({ providers, profiles: { careful: {} }, store }), ...changes });
};

describe('the profile of a token that the manager does not have', () => {
  it.each([
    ['carefull', 'Did you mean careful?'],
    ['x', 'The manager has the profiles careful. Add it to profiles of createImageManager, or leave it out.'],
  ])('is refused: %s', (profile, hint) => {
    const error = refusalOf(withNames(token({ profile })));
    expect(error.code).toBe('invalid_request');
    expect(error.message).toContain(`setting tokens[0].profile names "${profile}", which is no profile of the manager`);
    expect(error.hint).toBe(hint);
  });

  it('is refused by a manager without profiles', () => {
    const error = refusalOf(settingsWith(token({ profile: 'careful' })));
    expect(error.hint).toContain('The manager has no profiles.');
  });

  it('is not known of a manager of the host, which need not say which it has', () => {
    const { providers: _, profiles: __, ...manager } = running.manager;
    expect(() => createImageServer(settingsWith({ manager, ...token({ profile: 'x' }) }))).not.toThrow();
  });
});

describe('a model that no provider of the manager has', () => {
  const reportsOf = async (changes: object) => {
    const reported = Promise.withResolvers<unknown>();
    const settings = withNames({ ...changes, onError: reported.resolve });
    createImageServer(settings);
    // The server has asked for them before.
    await settings.manager.models({ isOffline: true }).then(() => reported.resolve(undefined));
    return reported.promise;
  };

  it.each<[object, string, string]>([
    [
      { aliases: { fox: 'stub-9' } },
      'aliases.fox names "stub-9", which is not an available model',
      'Did you mean stub-1?',
    ],
    [
      token({ models: ['main', 'openai/gpt'] }),
      'tokens[0].models[1] names "openai", which is not an available provider',
      'main, spare.',
    ],
    [
      token({ models: ['gpt-image-2'] }),
      'tokens[0].models[0] names "gpt-image-2", which is not an available provider',
      'main, spare.',
    ],
  ])('is reported when the server is created: %o', async (changes, message, hint) => {
    const error = await reportsOf(changes);
    expect(error).toBeInstanceOf(AiImageError);
    expect((error as AiImageError).message).toContain(message);
    expect((error as AiImageError).hint).toContain(hint);
  });

  it.each(['main', 'main/stub-1', 'main/unlisted', 'stub-1', 'best'])('is not what %s is', async (target) => {
    expect(await reportsOf({ aliases: { fox: target }, ...token({ models: ['spare/any'] }) })).toBeUndefined();
  });
});

describe('a server is not created with', () => {
  it.each<[unknown, string]>([
    [undefined, 'the settings must be an object, not undefined'],
    [[], 'the settings must be an object, not an array'],
    [{}, 'setting manager is missing'],
    [{ manager: {} }, 'setting manager must be an object with the methods'],
  ])('the settings %o', (settings, message) => {
    expect(refusalOf(settings).message).toContain(`createImageServer: ${message}`);
  });

  it('the store of another manager, or a manager without one: links would lead nowhere', async () => {
    const other = await start();
    const { store: _, ...without } = running.manager;
    for (const manager of [other.manager, without]) {
      expect(refusalOf(settingsWith({ manager })).message).toContain('setting store is not the store of the manager');
    }
  });

  it('a provider in place of a manager', () => {
    const message = 'setting manager must be an object with the methods';
    expect(refusalOf(settingsWith({ manager: createProvider('stub') })).message).toContain(message);
  });

  it.each<[object, string]>([
    [{ tokns: [] }, 'unknown setting "tokns"'],
    [{ store: undefined }, 'setting store is missing'],
    [{ queue: {} }, 'setting queue must be an object with the methods'],
    [{ tokens: undefined }, 'setting tokens has no token'],
    [{ tokens: [] }, 'setting tokens has no token'],
    [{ tokens: {} }, 'setting tokens must be a list'],
    [{ tokens: [null] }, 'setting tokens[0] must be an object'],
    [{ tokens: [{ ...ADA, token: 'x' }] }, 'unknown setting "tokens[0].token"'],
    [{ tokens: [ADA, { ...ADA, sha256: hashOf('b') }] }, 'setting tokens[1].name is used twice'],
    [{ tokens: [ADA, { name: 'b', sha256: ADA.sha256.toUpperCase() }] }, 'setting tokens[1].sha256 is used twice'],
    [{ tokens: Array.from({ length: 1_001 }, () => ADA) }, 'more than 1000 tokens'],
    [token({ name: '' }), 'tokens[0].name must be a text of 1 to 64'],
    [token({ name: undefined }), 'tokens[0].name must be a text of 1 to 64'],
    [token({ name: 'x'.repeat(65) }), 'tokens[0].name must be a text of 1 to 64'],
    [token({ name: ' ada' }), 'tokens[0].name must be a text of 1 to 64'],
    [token({ name: 'a\nb' }), 'tokens[0].name must be a text of 1 to 64'],
    [token({ name: 'a\u202eb' }), 'tokens[0].name must be a text of 1 to 64'],
    [token({ name: `sk-${'a1B2'.repeat(10)}` }), 'tokens[0].name contains a key'],
    [token({ sha256: undefined }), 'tokens[0].sha256 must be 64 hex digits'],
    [token({ sha256: 'my-secret-token' }), 'tokens[0].sha256 must be 64 hex digits'],
    [token({ sha256: hashOf('') }), 'tokens[0].sha256 is that of an empty token'],
    [token({ profile: '' }), 'tokens[0].profile is empty'],
    [token({ models: [] }), 'tokens[0].models has no model'],
    [token({ models: [''] }), 'tokens[0].models has no model'],
    [token({ models: 'openai' }), 'tokens[0].models must be a list of texts'],
    [token({ perDayUsd: 0 }), 'tokens[0].perDayUsd must be above 0'],
    [token({ perDayUsd: Number.POSITIVE_INFINITY }), 'tokens[0].perDayUsd must be above 0'],
    [token({ perDayUsd: '1' }), 'tokens[0].perDayUsd must be a number'],
    [token({ requestsPerMinute: 0 }), 'tokens[0].requestsPerMinute must be a whole number from 1'],
    [token({ requestsPerMinute: 1.5 }), 'tokens[0].requestsPerMinute must be a whole number from 1'],
    [{ aliases: true }, 'setting aliases must be false, or an object'],
    [{ aliases: { 'dall-e-3': 3 } }, 'setting aliases must be false, or an object'],
    [{ aliases: { '': 'stub' } }, 'setting aliases must be false, or an object'],
    [{ hosts: ['http://a.example'] }, 'setting hosts[0] must be the name of a host'],
    [{ hosts: ['a.example', 'a.example:80'] }, 'setting hosts[1] must be the name of a host'],
    [{ hosts: ['a.example/x'] }, 'setting hosts[0] must be the name of a host'],
    [{ hosts: ['*'] }, 'setting hosts[0] must be the name of a host'],
    [{ hosts: ['*.example.com'] }, 'setting hosts[0] must be the name of a host'],
    [{ hosts: [''] }, 'setting hosts[0] must be the name of a host'],
    [{ hosts: 'a.example' }, 'setting hosts must be a list of texts'],
    [{ origins: ['*'] }, 'setting origins[0] must be the origin of a web page'],
    [{ origins: ['https://a.example/'] }, 'setting origins[0] must be the origin of a web page'],
    [{ origins: ['a.example'] }, 'setting origins[0] must be the origin of a web page'],
    [{ origins: ['null'] }, 'setting origins[0] must be the origin of a web page'],
    [{ origins: ['file:///a'] }, 'setting origins[0] must be the origin of a web page'],
    [{ publicUrl: 'images.example.com' }, 'setting publicUrl must be a web address'],
    [{ publicUrl: 'https://a.example/?x' }, 'setting publicUrl must be a web address'],
    [{ publicUrl: 'https://ada:secret@a.example' }, 'setting publicUrl must be a web address'],
    [{ fileKey: new Uint8Array(31) }, 'setting fileKey must be a Uint8Array of at least 32 bytes'],
    [{ fileKey: 'x'.repeat(64) }, 'setting fileKey must be a Uint8Array of at least 32 bytes'],
    [{ limits: null }, 'setting limits must be an object'],
    [{ limits: { calls: 1 } }, 'unknown setting "limits.calls"'],
    [{ limits: { callsPerToken: 0 } }, 'limits.callsPerToken must be a whole number from 1'],
    [{ limits: { waitingPerToken: -1 } }, 'limits.waitingPerToken must be a whole number from 0'],
    [{ limits: { requestsPerMinute: Number.POSITIVE_INFINITY } }, 'limits.requestsPerMinute must be a whole number'],
    [{ limits: { maxJsonBytes: 10 } }, 'limits.maxJsonBytes must be a whole number from 1024'],
    [{ limits: { maxUploadBytes: 1024 ** 4 } }, 'limits.maxUploadBytes must be a whole number'],
    [{ limits: { maxUploadBytes: 2_048 } }, 'limits.maxUploadBytes is below limits.maxJsonBytes'],
    [{ trustProxy: 'yes' }, 'setting trustProxy must be true or false'],
    [{ metrics: 1 }, 'setting metrics must be true or false'],
    [{ keepAliveJson: 1 }, 'setting keepAliveJson must be true or false'],
    [{ onAccess: 'log' }, 'setting onAccess must be a function'],
    [{ onError: {} }, 'setting onError must be a function'],
  ])('%o', (changes, message) => {
    const error = refusalOf(settingsWith(changes));
    expect(error.code).toBe('invalid_request');
    expect(error.message).toContain(message);
    expect(error.hint).toBeTruthy();
    // The settings have secrets, and may be passed at the wrong place.
    for (const secret of ['my-secret-token', 'secret@', 'a1B2a1B2']) {
      expect(JSON.stringify(error)).not.toContain(secret);
    }
  });
});

it('a server is created with every setting that is right', () => {
  const server = createImageServer(
    withNames({
      tokens: [{ ...ADA, profile: 'careful', models: ['main'], requestsPerMinute: 5 }],
      aliases: { 'dall-e-3': 'main/stub-1' },
      hosts: ['images.example.com', '192.168.0.7', 'fd00::1', '[fd00::2]', 'Nas'],
      origins: ['https://app.example.com', 'http://localhost:3000'],
      publicUrl: 'https://images.example.com/imagen/',
      fileKey: new Uint8Array(32),
      limits: {
        callsPerToken: 1,
        waitingPerToken: 0,
        requestsPerMinute: 1,
        maxJsonBytes: 1_024,
        maxUploadBytes: 1_024,
      },
      trustProxy: true,
      metrics: true,
      keepAliveJson: false,
      onAccess: () => undefined,
      onError: undefined,
    }),
  );
  expect(Object.keys(server).sort()).toEqual(['close', 'fetch']);
});

it('later changes of the settings change nothing', () => {
  const settings = settingsWith({ tokens: [{ ...ADA }] });
  const context = createContext(settings);
  Object.assign(settings.tokens[0]!, { sha256: hashOf('other') });
  Object.assign(settings, { trustProxy: true });
  expect(context.settings).toMatchObject({ tokens: [ADA] });
  expect(context.settings.trustProxy).toBeUndefined();
});
