/** Checks the names and kinds of the settings of a manager: a misspelled limit would otherwise be no limit. */
import { AiImageError } from '../providers/protocol/errors.ts';
import {
  type FieldKinds,
  findFieldFault,
  findInherited,
  inheritedFault,
  isFieldObject,
} from '../providers/protocol/input/check-fields.ts';
import type { BreakerSettings, ProviderLimits, RoutingRule } from './interfaces/limits.ts';
import type { BudgetLimits, Profile, StylePreset } from './interfaces/profile.ts';
import type { ManagerSettings } from './settings.ts';

const SETTINGS: FieldKinds<ManagerSettings> = {
  providers: 'object',
  models: 'object',
  fallback: 'texts',
  profiles: 'object',
  styles: 'object',
  routing: 'list',
  budget: 'object',
  store: ['preflight', 'save', 'quarantine'],
  ledger: ['reserve', 'recordCost', 'release'],
  jobs: ['begin', 'end', 'find', 'list'],
  keepJobsOpenMs: 'number',
  cache: ['get', 'put'],
  breaker: 'object',
  limits: 'object',
  memory: ['remember', 'recall', 'erase'],
  onStep: 'function',
  clock: ['now', 'wallNow'],
};
const PROFILE: FieldKinds<Profile> = {
  enabled: 'flag',
  allowedProviders: 'texts',
  maxImagesPerSession: 'number',
  styleGuidance: 'text',
  defaults: 'object',
  remembers: 'flag',
};
const STYLE: FieldKinds<StylePreset> = { prompt: 'text', negativePrompt: 'text' };
const RULE: FieldKinds<RoutingRule> = { intents: 'texts', promptPattern: ['test'], providers: 'texts' };
/** `limitsOf` checks the amounts. */
const BUDGET: FieldKinds<BudgetLimits> = {
  perCallUsd: 'any',
  perSessionUsd: 'any',
  perDayUsd: 'any',
  perMonthUsd: 'any',
  perProjectUsd: 'object',
  perProjectDefaultUsd: 'any',
  perProjectPerDayUsd: 'object',
  allowUnpriced: 'texts',
};
const BREAKER: FieldKinds<BreakerSettings> = { maxFailures: 'number', pauseMs: 'number' };
const LIMITS: FieldKinds<ProviderLimits> = { maxConcurrent: 'number', callsPerMinute: 'number' };

const HINTS = {
  store: "Pass a store: createStore({ directory: 'images' }) of @org/ai-image/store.",
  providers: "Pass for example providers: { openai: getProvider('openai') }.",
};

/** @throws AiImageError `not_configured` */
export function checkSettingNames(settings: unknown): asserts settings is ManagerSettings {
  check(settings, '', SETTINGS);
  // The kinds were just checked.
  const { providers, models, profiles, styles, routing = [], budget, breaker, limits } = settings as ManagerSettings;
  for (const [setting, named] of Object.entries({ providers, models, profiles, styles, limits })) {
    const inherited = named && findInherited(named, []);
    if (inherited !== undefined) throw toError(inheritedFault(`setting ${setting}.${inherited}`, 'the settings'));
  }
  if (budget !== undefined) check(budget, 'budget.', BUDGET);
  if (breaker !== undefined) check(breaker, 'breaker.', BREAKER);
  checkEach(profiles, 'profiles', PROFILE);
  checkEach(styles, 'styles', STYLE);
  for (const [name, value] of Object.entries(limits ?? {})) {
    if (Object.hasOwn(LIMITS, name) && !isFieldObject(value)) {
      const [example = 'openai'] = Object.keys(providers ?? {});
      const hint = `Set limits by provider, for example limits: { ${example}: { ${name}: 2 } }.`;
      throw toError({ what: `setting limits.${name} must be the name of a provider`, hint });
    }
  }
  checkEach(limits, 'limits', LIMITS);
  for (const [index, rule] of routing.entries()) check(rule, `routing.${index}.`, RULE);
}

function checkEach<T>(values: Readonly<Record<string, unknown>> = {}, setting: string, kinds: FieldKinds<T>): void {
  for (const [name, value] of Object.entries(values)) check(value, `${setting}.${name.slice(0, 40)}.`, kinds);
}

function check<T>(value: unknown, path: string, kinds: FieldKinds<T>): void {
  const fault = findFieldFault(value, kinds, {
    whole: 'the settings',
    field: 'setting',
    path,
    hints: HINTS,
    knowsCalls: path === '',
  });
  if (fault !== undefined) throw toError(fault);
}

const toError = ({ what, hint }: { readonly what: string; readonly hint: string }): AiImageError =>
  new AiImageError('not_configured', `createImageManager: ${what}`, { hint });
