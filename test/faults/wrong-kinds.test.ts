/** Values of a wrong kind in every place of the public functions, as callers without types pass them. A `TypeError` names no setting. */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  createImageManager,
  createProvider,
  getProvider,
  isAiImageError,
  StubProvider,
  setProvider,
} from '../../src/index.ts';
import { COMMON_SETTINGS } from '../../src/providers/kit/adapter/settings.ts';
import { CONTEXT_KEYS } from '../../src/providers/protocol/input/misplaced-key.ts';
import { type ProviderId, registry } from '../../src/providers/registry.ts';
import { createStore } from '../../src/store/index.ts';
import { failure } from './support.ts';

// biome-ignore lint/suspicious/noExplicitAny: a caller without types
type Any = any;

const WRONG: readonly (readonly [kind: string, value: Any])[] = [
  ['null', null],
  ['a number', 5],
  ['NaN', Number.NaN],
  ['a text', 'x'],
  ['an empty list', []],
  ['a list with null', [null]],
  ['an empty object', {}],
  ['an object with null', { x: null }],
  ['an object with an object', { x: {} }],
  ['a function', () => 'x'],
  ['a Map', new Map([['x', 'y']])],
  ['Headers', new Headers({ x: 'y' })],
  ['pairs', [['x', 'y']]],
  ['a URL', new URL('http://127.0.0.1:9/v1')],
  ['a symbol', Symbol('x')],
  ['a bigint', 5n],
  ['an object without a prototype', Object.create(null)],
];
/** These would be copied without their entries, so they must be refused, not only survive. */
const WITHOUT_FIELDS = ['null', 'a number', 'a text', 'an empty list', 'a Map', 'Headers', 'pairs'];

const folder = mkdtempSync(join(tmpdir(), 'ai-image-kinds-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const stub = new StubProvider();
const request = { prompt: 'a red fox', size: '64x64' } as const;
const newManager = (settings: object = {}): Any => createImageManager({ providers: { stub }, ...settings } as Any);
const manager = newManager();
/** A vendor that refuses everything. */
const fetch = async () => new Response('{}', { status: 400 });
const settings = { apiKey: 'k', baseUrl: 'http://127.0.0.1:9/v1', fetch };

/** Runs the call with every wrong value. It may succeed, or fail with an error that names what was given. */
async function withEach(call: (value: Any) => unknown, mustRefuse: readonly string[] = []): Promise<void> {
  for (const [kind, value] of WRONG) {
    let error: unknown;
    try {
      await call(value);
    } catch (thrown) {
      error = thrown;
    }
    expect(error === undefined || isAiImageError(error), `${kind}: ${error}`).toBe(true);
    if (isAiImageError(error)) expect(`${kind}: ${error.code}`).not.toMatch(/internal/);
    else expect(mustRefuse, 'it was accepted').not.toContain(kind);
  }
}

const CALLS: Readonly<Record<string, (value: Any) => unknown>> = {
  'createProvider(id, VALUE)': (value) => createProvider('openai', value),
  'getProvider(id, VALUE)': (value) => getProvider('openai', value),
  'new StubProvider(VALUE)': (value) => new StubProvider(value),
  'createImageManager(VALUE)': (value) => createImageManager(value),
  'createStore(VALUE)': (value) => createStore(value),
  'generate(VALUE) of a provider': (value) => stub.generate(value),
  'generate(request, VALUE) of a provider': (value) => stub.generate(request, value),
  'generateImage(prompt, VALUE)': (value) => stub.generateImage('x', value),
  'edit(VALUE)': (value) => stub.edit(value),
  'healthCheck(VALUE)': (value) => stub.healthCheck(value),
  'generate(VALUE) of a manager': (value) => manager.generate(value),
  'generate(request, VALUE) of a manager': (value) => manager.generate(request, value),
  'plan(VALUE)': (value) => manager.plan(value),
  'resumeAll(VALUE)': (value) => manager.resumeAll(value),
  'each(prompt, [], VALUE)': (value) => manager.each('x', [], value),
  'settle(id, VALUE)': (value) => manager.settle('x', value),
};
const LENIENT_CALLS: Readonly<Record<string, (value: Any) => unknown>> = {
  'createProvider(VALUE)': (value) => createProvider(value),
  'getProvider(VALUE)': (value) => getProvider(value === null ? 'none' : value),
  'setProvider(VALUE, provider)': (value) => setProvider(value, stub)(),
  'setProvider(name, VALUE)': (value) => setProvider('x', value)(),
  'each(VALUE, variations)': (value) => manager.each(value, []),
  'each(prompt, VALUE)': (value) => manager.each('x', Array.isArray(value) && value.length === 0 ? null : value),
  'continue(VALUE, prompt)': (value) => manager.continue(value, 'x'),
  'rememberPreferences(VALUE, profile)': (value) => manager.rememberPreferences(value, 'x'),
  'resume(VALUE)': (value) => manager.resume(value),
  'settle(VALUE, settlement)': (value) => manager.settle(value, { charged: true }),
  'session(VALUE)': (value) => manager.session(value),
  'models(VALUE)': (value) => stub.models(value),
  'quote(VALUE)': (value) => stub.quote(value),
  'submit(VALUE)': (value) => stub.submit(value),
  'parseWebhook({}, VALUE)': (value) => stub.parseWebhook({}, value),
  'close(VALUE)': (value) => new StubProvider().close(value),
};

/** Settings of a manager with the value inside. */
const NESTED: Readonly<Record<string, (value: Any) => object>> = {
  ...inside(['profiles', 'styles', 'limits', 'models'], (name, value) => ({ [name]: { stub: value } })),
  ...inside(['perProjectUsd', 'perProjectPerDayUsd', 'allowUnpriced', 'perDayUsd'], (name, value) => ({
    budget: { [name]: value },
  })),
  ...inside(['maxFailures', 'pauseMs'], (name, value) => ({ breaker: { [name]: value } })),
  ...inside(
    ['enabled', 'allowedProviders', 'maxImagesPerSession', 'styleGuidance', 'defaults', 'remembers'],
    (name, value) => ({ profiles: { x: { [name]: value } } }),
  ),
  ...inside(['intents', 'words', 'providers'], (name, value) => ({
    routing: [{ intents: [], words: /x/, providers: [], [name]: value }],
  })),
};

function inside(names: readonly string[], make: (name: string, value: Any) => object) {
  return Object.fromEntries(names.map((name) => [name, (value: Any) => make(name, value)]));
}

describe('a value of a wrong kind', () => {
  it.each(Object.entries(CALLS))('is refused by %s where an object is expected', (_, call) =>
    withEach(call, WITHOUT_FIELDS),
  );

  it.each(Object.entries(LENIENT_CALLS))('causes no TypeError in %s', (_, call) => withEach(call));

  it.each(COMMON_SETTINGS)('causes no TypeError as the setting %s of a provider', (name) =>
    withEach((value) =>
      createProvider('openai', { ...settings, deadlineMs: 500, [name]: value } as Any).generate(request as Any),
    ),
  );

  it.each(['headers', 'limits', 'hooks'])('is refused as the setting %s of a provider, which has entries', (name) =>
    withEach((value) => createProvider('openai', { ...settings, [name]: value } as Any), WITHOUT_FIELDS),
  );

  it.each(['onAttempt', 'onReply', 'onRetry'])('is refused as the hook %s', (name) =>
    withEach((value) => createProvider('openai', { ...settings, hooks: { [name]: value } } as Any), WITHOUT_FIELDS),
  );

  it.each(Object.keys(registry) as ProviderId[])('causes no TypeError as an own setting of %s', async (id) => {
    const { settings: names = [] } = registry[id].about as { readonly settings?: readonly string[] };
    for (const name of names) {
      await withEach((value) => createProvider(id as string, { ...settings, [name]: value } as Any).plan(request));
    }
  });

  it.each(['providers', 'models', 'profiles', 'styles', 'budget', 'breaker', 'limits'])(
    'is refused as the setting %s of a manager, which has entries',
    (name) => withEach((value) => newManager({ [name]: value }).generate(request), WITHOUT_FIELDS),
  );

  it.each([
    ...['fallback', 'routing', 'store', 'ledger', 'jobs', 'keepJobsOpenMs', 'cache', 'memory', 'onStep', 'clock'],
  ])('causes no TypeError as the setting %s of a manager', (name) =>
    withEach((value) => newManager({ [name]: value }).generate(request), ['null', 'a text', 'a Map']),
  );

  it.each(Object.entries(NESTED))('causes no TypeError as %s in the settings of a manager', (_, make) =>
    withEach((value) => newManager(make(value)).generate({ ...request, profile: 'x' })),
  );

  it.each([
    'directory',
    'naming',
    'partition',
    'prompts',
    'marks',
    'marksPrompt',
    'signing',
    's3',
    'database',
    'files',
    'now',
  ])('causes no TypeError as the setting %s of a store', (name) =>
    withEach(
      async (value) => {
        const given = name === 'directory' && typeof value === 'string' ? join(folder, value) : value;
        const store = createStore({ directory: join(folder, name), [name]: given } as Any);
        await store.search().finally(() => store.close());
      },
      name === 'directory' || name === 'naming' ? ['null'] : ['null', 'a text'],
    ),
  );

  it.each(CONTEXT_KEYS)('causes no TypeError as %s in the second argument', (name) =>
    withEach((value) => stub.generate(request, { [name]: value } as Any)),
  );
});

describe('the message about', () => {
  const withSettings = (given: object) => () => createProvider('openai', { apiKey: 'k', ...given } as Any);
  it.each([
    ['a budget null', () => newManager({ budget: null }), 'setting budget must be an object, not null'],
    ['onStep {}', () => newManager({ onStep: {} }), 'setting onStep must be a function, not an object'],
    [
      'settings as store',
      () => newManager({ store: { directory: 'x' } }),
      'setting store must be an object with the methods',
    ],
    [
      'no settings of a store',
      () => createStore(undefined as Any),
      'store: the settings must be an object, not undefined',
    ],
    [
      'settings 5',
      () => createImageManager(5 as Any),
      'createImageManager: the settings must be an object, not a number',
    ],
    ['settings null', () => createProvider('openai', null as Any), 'openai: the settings must be an object, not null'],
    [
      'a URL',
      withSettings({ baseUrl: new URL('https://a.b') }),
      'setting baseUrl must be a text, not an instance of URL',
    ],
    [
      'Headers',
      withSettings({ headers: new Headers() }),
      'setting headers must be an object, not an instance of Headers',
    ],
    ['a number as name', () => setProvider(5 as Any, stub), 'setProvider: the name must be a text, not a number'],
    ['a text as list', () => manager.each('x', 'red'), 'each: the variations must be a list of texts, not a string'],
  ])('%s names what is wrong and what was given', async (_, call, message) => {
    const error = await failure((async () => call())());
    expect(error.message).toContain(message);
    expect(error.hint).toMatch(/^(?:Pass|Leave)/);
  });
});

describe('a misspelled option', () => {
  const sent: unknown[] = [];
  const counting = async (url: unknown) => {
    sent.push(url);
    return new Response('{}', { status: 400 });
  };
  const openai: Any = createProvider('openai', { ...settings, fetch: counting });
  const images = newManager({ providers: { openai } });
  it.each([
    [
      'setting "hooks.onRepply"',
      'onReply',
      () => createProvider('openai', { ...settings, hooks: { onRepply: fetch } } as Any),
    ],
    ['option "sginal"', 'signal', () => openai.generate(request, { sginal: 1 })],
    ['option "timeoutMs"', 'deadlineMs', () => openai.generate(request, { timeoutMs: 5 })],
    ['option "onEvnt"', 'onEvent', () => images.generate(request, { onEvnt: () => 1 })],
    ['option "concurency"', 'concurrency', () => images.each('x', ['y'], { concurency: 2 })],
  ])('is refused before anything is sent, with the right name: %s', async (shown, right, call) => {
    const error = await failure((async () => call())());
    expect(error.message).toContain(`unknown ${shown}`);
    expect(error).toMatchObject({ hint: `Did you mean ${right}?`, charged: 'no' });
    expect(sent).toEqual([]);
  });
});

describe('inherited fields', () => {
  class Settings {
    get providers() {
      return { stub };
    }
  }
  class Request {
    prompt = 'a red fox';
    get size() {
      return '64x64';
    }
  }
  it.each([
    ['the settings of a manager', () => createImageManager(Object.create({ providers: { stub } }))],
    ['the settings of a manager, from a class with getters', () => createImageManager(new Settings())],
    ['the providers of a manager', () => newManager({ providers: Object.create({ stub }) })],
    ['the settings of a store', () => createStore(Object.create({ directory: folder }))],
    ['the headers of a provider', () => createProvider('openai', { ...settings, headers: Object.create({ a: 'b' }) })],
    ['a request', () => manager.generate(Object.assign(Object.create({ size: '64x64' }), { prompt: 'x' }))],
    ['a request, from a class with getters', () => manager.generate(new Request())],
    ['the second argument', () => manager.generate(request, Object.create({ deadlineMs: 5 }))],
  ])('of %s are refused, because a copy would lose them', async (_, call) => {
    const error = await failure((async () => call())());
    expect(error.message).toMatch(/is inherited, and would be lost in a copy/);
  });

  it('of hooks are called, because hooks are not copied', async () => {
    const attempts: string[] = [];
    class Telemetry {
      onAttempt({ step }: { step: string }) {
        attempts.push(step);
      }
    }
    await failure(createProvider('openai', { ...settings, hooks: new Telemetry() }).generate({ prompt: 'x' }));
    expect(attempts).toEqual(['submit']);
  });
});
