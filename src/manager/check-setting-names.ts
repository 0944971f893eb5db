/** Refuses unknown names in the settings of a manager: a misspelled limit would otherwise be no limit. */
import { AiImageError } from '../providers/protocol/errors.ts';
import { misplacedKeyHint } from '../providers/protocol/input/misplaced-key.ts';
import { findUnknownKey, keysOf, unknownKeyHint } from '../providers/protocol/input/unknown-key.ts';
import type { BreakerSettings, ProviderLimits, RoutingRule } from './interfaces/limits.ts';
import type { BudgetLimits, Profile, StylePreset } from './interfaces/profile.ts';
import type { ManagerSettings } from './settings.ts';

const SETTINGS = keysOf<ManagerSettings>({
  providers: true,
  models: true,
  fallback: true,
  profiles: true,
  styles: true,
  routing: true,
  budget: true,
  store: true,
  ledger: true,
  jobs: true,
  keepJobsOpenMs: true,
  cache: true,
  breaker: true,
  limits: true,
  memory: true,
  onStep: true,
  clock: true,
});
const PROFILE = keysOf<Profile>({
  enabled: true,
  allowedProviders: true,
  maxImagesPerSession: true,
  styleGuidance: true,
  defaults: true,
  remembers: true,
});
const STYLE = keysOf<StylePreset>({ prompt: true, negativePrompt: true });
const RULE = keysOf<RoutingRule>({ intents: true, words: true, providers: true });
const BUDGET = keysOf<BudgetLimits>({
  perCallUsd: true,
  perSessionUsd: true,
  perDayUsd: true,
  perMonthUsd: true,
  perProjectUsd: true,
  perProjectDefaultUsd: true,
  allowUnpriced: true,
});
const BREAKER = keysOf<BreakerSettings>({ maxFailures: true, pauseMs: true });
const LIMITS = keysOf<ProviderLimits>({ maxConcurrent: true, perMinute: true });

/** @throws AiImageError `not_configured` */
export function checkSettingNames(settings: ManagerSettings): void {
  const { profiles, styles, routing = [], budget, breaker, limits } = settings;
  checkNames(settings, '', SETTINGS);
  checkNames(budget, 'budget.', BUDGET);
  checkNames(breaker, 'breaker.', BREAKER);
  checkEach(profiles, 'profiles', PROFILE);
  checkEach(styles, 'styles', STYLE);
  checkEach(limits, 'limits', LIMITS);
  for (const [index, rule] of routing.entries()) checkNames(rule, `routing.${index}.`, RULE);
}

function checkEach(values: Readonly<Record<string, object>> = {}, setting: string, known: readonly string[]): void {
  for (const [name, value] of Object.entries(values)) checkNames(value, `${setting}.${name.slice(0, 40)}.`, known);
}

function checkNames(value: object | undefined, path: string, known: readonly string[]): void {
  const unknown = findUnknownKey(value ?? {}, known);
  if (unknown === undefined) return;
  const shown = JSON.stringify(`${path}${unknown.slice(0, 40)}`);
  const hint = (path === '' ? misplacedKeyHint(unknown) : undefined) ?? unknownKeyHint(unknown, known, 'settings');
  throw new AiImageError('not_configured', `createImageManager: unknown setting ${shown}`, { hint });
}
