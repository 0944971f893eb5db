/** Refuses settings that name a provider the manager does not have: a limit under a misspelled name would be no limit. */
import { AiImageError } from '../providers/protocol/errors.ts';
import { quoteName } from '../providers/protocol/input/hide-keys.ts';
import { suggest } from '../providers/protocol/input/suggest.ts';
import type { KnownProviders } from './interfaces/known-providers.ts';
import type { ProviderLimits } from './interfaces/limits.ts';
import type { ManagerSettings } from './settings.ts';

/** A name in a setting, and where it is. */
interface NamedProvider {
  /** For example `profiles.kids.allowedProviders`. */
  readonly setting: string;
  /** Without the model, where the setting takes one: `openai` of `openai/gpt-image-2`. */
  readonly name: string;
}

/** @throws AiImageError `not_configured` */
export function checkProviderNames(settings: ManagerSettings, known?: KnownProviders): void {
  const { providers, limits = {}, routing = [], budget = {} } = settings;
  const names = Object.keys(providers);
  for (const { setting, name } of namesOfOwnProviders(settings)) {
    if (!names.includes(name)) throw unknownName(setting, name, names);
  }
  const withoutAModel = budget.allowUnpriced?.find((each) => !each.includes('/'));
  if (withoutAModel !== undefined) throw missingModel(withoutAModel);
  for (const [name, value] of Object.entries(limits)) checkLimits(name, value);
  const ids = Object.values(providers).flatMap((each) =>
    'id' in each && typeof each.id === 'string' ? [each.id] : [],
  );
  for (const [index, rule] of routing.entries()) {
    const unknown = (rule.providers ?? []).find(
      (name) => ![...names, ...ids].includes(name) && known?.find(name) === undefined,
    );
    if (unknown !== undefined) throw unknownName(`routing.${index}.providers`, unknown, names);
  }
}

/** Returns every name that must be one of the manager's providers. */
function namesOfOwnProviders(settings: ManagerSettings): readonly NamedProvider[] {
  const { models = {}, fallback = [], limits = {}, budget = {}, profiles = {} } = settings;
  const lists: readonly (readonly [setting: string, names: readonly string[]])[] = [
    ['models', Object.keys(models)],
    ['fallback', fallback.map(withoutModel)],
    ['limits', Object.keys(limits)],
    ['budget.allowUnpriced', (budget.allowUnpriced ?? []).map(withoutModel)],
    ...Object.entries(profiles).map(
      ([name, { allowedProviders = [] }]) =>
        [`profiles.${name.slice(0, 40)}.allowedProviders`, allowedProviders] as const,
    ),
  ];
  return lists.flatMap(([setting, names]) => names.map((name) => ({ setting, name })));
}

const withoutModel = (name: string): string => name.split('/')[0] ?? '';

function unknownName(setting: string, name: string, names: readonly string[]): AiImageError {
  const shown = quoteName(name);
  const message = `${setting} names ${shown}, which is not one of the providers (${names.join(', ')})`;
  const provider = withoutModel(name);
  const hint = names.includes(provider)
    ? `Write ${provider}: this setting takes a provider without a model.`
    : (suggest(name, names) ?? `Add ${shown} to providers, or remove it from ${setting}.`);
  return new AiImageError('not_configured', message, { hint });
}

function missingModel(name: string): AiImageError {
  const message = `budget.allowUnpriced names ${quoteName(name)} without a model, which would allow nothing`;
  return new AiImageError('not_configured', message, { hint: "Add the model, for example 'openai/gpt-image-2'." });
}

function checkLimits(provider: string, limits: ProviderLimits): void {
  const setting = `limits.${provider.slice(0, 60)}`;
  const wrong = Object.entries(limits).find(([, value]) => value !== undefined && !(value > 0));
  if (wrong === undefined) return;
  const message = `${setting}.${wrong[0]} must be a number above 0`;
  const hint = `Pass for example limits: { '${provider.slice(0, 60)}': { maxConcurrent: 2 } }, or leave it out for no limit.`;
  throw new AiImageError('not_configured', message, { hint });
}
