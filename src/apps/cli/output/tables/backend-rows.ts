/** Describes a backend: its state, its abilities and its settings. */
import type { DescribedSetting } from '../../../../config/describe-settings.ts';
import type { Environment } from '../../../../config/index.ts';
import type { ModelCard } from '../../../../index.ts';
import type { ProviderDefinition } from '../../../../providers/kit/adapter/provider-definition.ts';
import { registry } from '../../../../providers/registry.ts';
import { checkUsability, listModels, type Usability } from '../../../shared/backend-models.ts';
import type { Backend } from '../../../shared/list-backends.ts';
import { hasAbility } from './model-texts.ts';

export type DescribedBackend = Awaited<ReturnType<typeof describeBackend>>;

export async function describeBackend(backend: Backend, env: Environment) {
  const { name, type, isConfigured, isDefault, config } = backend;
  const { about } = registry[type];
  const [{ defaultModel }, usability] = await Promise.all([listModels(backend, env), checkUsability(backend, env)]);
  const defaultVariables: readonly string[] = about.auth.kind === 'none' ? [] : about.auth.env;
  return {
    ...{ name, type, title: about.title, isConfigured, isDefault, isOptional: config.isOptional },
    model: defaultModel,
    /** Names of environment variables, never their values. */
    keyVariables: config.variables.apiKey === undefined ? defaultVariables : [config.variables.apiKey],
    ...usability,
  };
}

export const BACKEND_TITLES = ['name', 'provider', 'model', 'key', 'state'];

export function backendRow(backend: DescribedBackend): readonly string[] {
  const { name, type, title, model, keyVariables } = backend;
  return [name, name === type ? title : `${type} (${title})`, model, keyVariables[0] ?? 'no key', stateText(backend)];
}

export function stateText(backend: DescribedBackend): string {
  const usability: Usability = backend;
  const left = backend.isOptional ? ' (optional, left out)' : '';
  const state = usability.isUsable ? 'usable' : `not usable: ${usability.reason}${left}`;
  return backend.isDefault ? `${state}, default` : state;
}

/** Abilities of at least one model, and of the provider itself. */
export function abilitiesOf(definition: ProviderDefinition, cards: readonly ModelCard[]) {
  const { job, webhook, stream, jobWebSocket: line, quote, health } = definition;
  const some = (ability: Parameters<typeof hasAbility>[1]) => cards.some((card) => hasAbility(card, ability));
  return {
    operations: [...new Set(cards.flatMap(({ edit }) => edit?.operations ?? []))],
    sizes: [...new Set(cards.map(({ sizes }) => sizes.kind))],
    formats: [...new Set(cards.flatMap(({ formats }) => formats))],
    seed: some('seed'),
    masks: some('mask'),
    transparent: some('transparent'),
    jobs: job !== undefined,
    webhooks: webhook !== undefined,
    partials: stream !== undefined || line !== undefined,
    quotes: quote !== undefined,
    health: health !== undefined,
  };
}

export function settingText({ isSecret, schema, variables }: DescribedSetting): string {
  const fallback = variables.length > 0 ? ` (default: from ${variables.join(' or ')})` : '';
  return `${isSecret ? 'name of an environment variable' : schemaText(schema)}${fallback}`;
}

/** Describes a JSON Schema in two words. */
function schemaText({ enum: values, anyOf, type, format }: Readonly<Record<string, unknown>>): string {
  if (Array.isArray(values)) return values.join(', ');
  if (Array.isArray(anyOf)) return anyOf.map(schemaText).join(' or ');
  switch (type) {
    case 'integer':
      return 'whole number';
    case 'number':
      return 'number';
    case 'boolean':
      return 'true, false';
    case 'array':
      return 'list';
    case 'object':
      return 'group of keys';
    default:
      return format === 'uri' ? 'URL' : 'text';
  }
}
