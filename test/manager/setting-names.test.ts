import { expect, it } from 'vitest';
import { createImageManager as createImageManagerOfRoot } from '../../src/config/create-image-manager.ts';
import { createImageManager } from '../../src/manager/create-image-manager.ts';
import type { ManagerSettings } from '../../src/manager/settings.ts';
import { StubProvider } from '../../src/providers/stub/stub-provider.ts';

const providers = { stub: new StubProvider() };
const create = (settings: object) => () => createImageManager({ providers, ...settings } as ManagerSettings);

it.each([
  [{ budgets: {} }, '"budgets"', 'Did you mean budget?'],
  [{ keepJobsOpen: 5 }, '"keepJobsOpen"', 'Did you mean keepJobsOpenMs?'],
  [{ budget: { perDay: 5 } }, '"budget.perDay"', 'Did you mean perDayUsd?'],
  [{ breaker: { maxFailure: 5 } }, '"breaker.maxFailure"', 'Did you mean maxFailures?'],
  [{ limits: { stub: { concurrent: 5 } } }, '"limits.stub.concurrent"', 'Did you mean maxConcurrent?'],
  [{ profiles: { kids: { allowed: [] } } }, '"profiles.kids.allowed"', undefined],
  [{ profiles: { kids: { enable: false } } }, '"profiles.kids.enable"', 'Did you mean enabled?'],
  [{ styles: { noir: { promt: 'x' } } }, '"styles.noir.promt"', 'Did you mean prompt?'],
  [{ routing: [{ intent: [] }] }, '"routing.0.intent"', 'Did you mean intents?'],
  [{ signal: 1 }, '"signal"', 'Pass it in the second argument: generate(request, { signal }).'],
  [{ model: 'x' }, '"model"', 'Pass it in the request: generate({ prompt, model }).'],
])('refuses %o at creation', (settings, shown, hint) => {
  expect(create(settings)).toThrow(
    expect.objectContaining({
      code: 'not_configured',
      message: `createImageManager: unknown setting ${shown}`,
      ...(hint !== undefined && { hint }),
    }),
  );
});

const ONLY_PROVIDER = 'Write stub: this setting takes a provider without a model.';
const names = (setting: string, name: string) => `${setting} names "${name}", which is not one of the providers (stub)`;

it.each([
  [
    { limits: { maxConcurrent: 1 } },
    'createImageManager: setting limits.maxConcurrent must be the name of a provider',
    'Set limits by provider, for example limits: { stub: { maxConcurrent: 2 } }.',
  ],
  [{ limits: { stubb: {} } }, names('limits', 'stubb'), 'Did you mean stub?'],
  [{ limits: { openai: {} } }, names('limits', 'openai'), 'Add "openai" to providers, or remove it from limits.'],
  [{ models: { stubb: 'x' } }, names('models', 'stubb'), 'Did you mean stub?'],
  [{ fallback: ['stubb/light'] }, names('fallback', 'stubb'), 'Did you mean stub?'],
  [
    { profiles: { kids: { allowedProviders: ['stubb'] } } },
    names('profiles.kids.allowedProviders', 'stubb'),
    'Did you mean stub?',
  ],
  [{ limits: { 'stub/light': { maxConcurrent: 1 } } }, names('limits', 'stub/light'), ONLY_PROVIDER],
  [{ models: { 'stub/light': 'x' } }, names('models', 'stub/light'), ONLY_PROVIDER],
  [
    { profiles: { kids: { allowedProviders: ['stub/light'] } } },
    names('profiles.kids.allowedProviders', 'stub/light'),
    ONLY_PROVIDER,
  ],
  [
    { budget: { allowUnpriced: ['stub'] } },
    'budget.allowUnpriced names "stub" without a model, which would allow nothing',
    "Add the model, for example 'openai/gpt-image-2'.",
  ],
  [{ budget: { allowUnpriced: ['stubb/x'] } }, names('budget.allowUnpriced', 'stubb'), 'Did you mean stub?'],
  [
    { routing: [{ intents: [], promptPattern: /x/, providers: ['stubb'] }] },
    names('routing.0.providers', 'stubb'),
    'Did you mean stub?',
  ],
  [
    { limits: { stub: 3 } },
    'createImageManager: setting limits.stub must be an object, not a number',
    expect.any(String),
  ],
  [
    { limits: { stub: { maxConcurrent: 0 } } },
    'limits.stub.maxConcurrent must be a number above 0',
    expect.any(String),
  ],
  [
    { limits: { stub: { callsPerMinute: '9' } } },
    'createImageManager: setting limits.stub.callsPerMinute must be a number, not a string',
    expect.any(String),
  ],
])('refuses %o, which would have no effect', (settings, message, hint) => {
  for (const create of [createImageManager, createImageManagerOfRoot])
    expect(() => create({ providers, ...settings } as ManagerSettings)).toThrow(
      expect.objectContaining({ code: 'not_configured', message, hint }),
    );
});

it('accepts the names of third-party providers, and in a rule also the ids of providers', () => {
  const mine = { generateImage: () => Promise.reject(new Error('not called')) };
  const main = new StubProvider();
  const settings: ManagerSettings = {
    providers: { mine, main },
    models: { mine: 'x' },
    fallback: ['mine'],
    limits: { mine: { maxConcurrent: 1, callsPerMinute: 0.5 }, main: { maxConcurrent: Number.POSITIVE_INFINITY } },
    profiles: { kids: { allowedProviders: ['mine'] } },
    budget: { allowUnpriced: ['mine/x'] },
    routing: [{ intents: [], promptPattern: /x/, providers: ['mine', 'stub'] }],
  };
  expect(() => createImageManager(settings)).not.toThrow();
  const rule = { intents: [], promptPattern: /x/, providers: ['ideogram', 'dalle'] };
  expect(() => createImageManagerOfRoot({ ...settings, routing: [rule] })).not.toThrow();
});

it('accepts every setting, and settings that are undefined', () => {
  const styles = { noir: { prompt: 'noir', negativePrompt: undefined } };
  expect(create({ styles, budget: { perDayUsd: 5 }, breaker: { pauseMs: 5 }, timeout: undefined })).not.toThrow();
});

it('says where ids of providers are accepted, and not that a text has no method', () => {
  const settings = { providers: { openai: 'openai' } } as unknown as ManagerSettings;
  expect(() => createImageManager(settings)).toThrow(
    expect.objectContaining({
      code: 'not_configured',
      message: 'providers: "openai" has no method generateImage: it is a text, and this manager takes provider objects',
      hint: expect.stringMatching(/^Use createImageManager of @org\/ai-image, .*createOpenAI\(\{ apiKey \}\)/),
    }),
  );
});
