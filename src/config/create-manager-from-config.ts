/** Creates an image manager from a configuration. */

import type { ImageManager } from '../manager/interfaces/image-manager.ts';
import type { RoutingRule } from '../manager/interfaces/limits.ts';
import type { Profile } from '../manager/interfaces/profile.ts';
import { KEEP_JOBS_OPEN_MS } from '../manager/jobs/job-states.ts';
import type { ManagerSettings } from '../manager/settings.ts';
import { AiImageError } from '../providers/protocol/errors.ts';
import type { AiImageProvider } from '../providers/protocol/provider.ts';
import { type CommonSettings, createProvider, findProvider, registry, unknownProvider } from '../providers/registry.ts';
import type { BackendConfig, Config } from './config.ts';
import { createImageManager } from './create-image-manager.ts';
import { type Environment, readVariable, settingsFromEnvironment } from './environment.ts';
import { configuredProviders, noProviderConfigured, PROVIDER_VARIABLE } from './get-provider.ts';
import { resolveBackend } from './resolve-backend.ts';
import { toRoutingRule } from './routing-rule.ts';

/** Manager settings that override the configuration. */
export interface MoreSettings extends Partial<ManagerSettings> {
  /** The environment that holds the keys. @default the environment of the process */
  readonly env?: Environment | undefined;
}

/**
 * Creates a manager whose providers are the backends, by name, the default backend first. Without backends, the providers are all whose key
 * is in the environment. Sends nothing.
 * @throws AiImageError `not_configured`: a variable that holds a key is not set, or there is no usable provider
 */
export function createManagerFromConfig(config: Config, { env, ...more }: MoreSettings = {}): ImageManager {
  const given = more.providers ?? {};
  const configured =
    Object.keys(config.backends).length > 0 ? fromBackends(config, given, env) : fromEnvironment(config, given, env);
  const providers = defaultFirst({ ...configured, ...given }, config.defaultBackend);
  if (Object.keys(providers).length === 0) throw noUsableBackendError(config);
  const isSkipped = (backend: string) => {
    const name = backend.split('/')[0] ?? '';
    const isKnown = Object.hasOwn(config.backends, name) || findProvider(name) !== undefined;
    return isKnown && !Object.hasOwn(providers, name);
  };
  const fallback = more.fallback ?? config.fallback?.filter((backend) => !isSkipped(backend));
  const { profiles, routing, budget, limits } = withoutSkipped(config, isSkipped);
  const models = Object.entries(config.backends).flatMap(([name, { model }]) =>
    // A provider that the caller passes under this name has its own models.
    model !== undefined && Object.hasOwn(configured, name) && !Object.hasOwn(given, name) ? [[name, model]] : [],
  );
  return createImageManager({
    ...more,
    providers,
    models: { ...Object.fromEntries(models), ...more.models },
    ...(fallback !== undefined && { fallback }),
    profiles: { ...profiles, ...more.profiles },
    styles: { ...config.styles, ...more.styles },
    routing: [...(more.routing ?? []), ...routing],
    budget: { ...budget, ...more.budget },
    limits: { ...limits, ...more.limits },
    keepJobsOpenMs: more.keepJobsOpenMs ?? keepJobsOpenMsOf(config),
  });
}

const DAY_MS = 86_400_000;

/** Returns how long a submitted job stays open, in milliseconds. */
export const keepJobsOpenMsOf = ({ jobs }: Pick<Config, 'jobs'>): number =>
  jobs?.keepOpenDays === undefined ? KEEP_JOBS_OPEN_MS : jobs.keepOpenDays * DAY_MS;

type Providers = Readonly<Record<string, AiImageProvider>>;

function fromBackends({ backends }: Config, given: Providers, env: Environment | undefined): Providers {
  const created = Object.entries(backends).flatMap(([name, backend]) => {
    if (Object.hasOwn(given, name)) return [[name, given[name]]];
    const { settings, missingVariables, isMissingKey } = resolveBackend(backend, env);
    const unset = Object.values(missingVariables);
    if (unset.length === 0 && !isMissingKey)
      return [[name, createProvider(backend.type as string, settings as CommonSettings)]];
    if (backend.isOptional) return [];
    throw missingKeyError(name, backend, unset);
  });
  return Object.fromEntries(created);
}

function missingKeyError(name: string, { type }: BackendConfig, unset: readonly string[]): AiImageError {
  const { auth } = registry[type].about;
  const variables = unset.length > 0 ? unset : auth.kind === 'none' ? [] : auth.env.slice(0, 1);
  return new AiImageError('not_configured', `backend ${name}: ${variables.join(' and ')} is not set, or empty`, {
    provider: type,
    hint: 'Set the variable, name another one in the configuration, or add optional: true to skip this backend while the variable is not set.',
  });
}

/** Finds providers as `getProvider` does: first the provider that is named, then every provider that has a key. */
function fromEnvironment({ defaultBackend }: Config, given: Providers, env: Environment | undefined): Providers {
  if (Object.keys(given).length > 0 && defaultBackend === undefined) return {};
  const defaultName = defaultBackend ?? readVariable(PROVIDER_VARIABLE, env);
  const first = defaultName === undefined || Object.hasOwn(given, defaultName) ? undefined : findProvider(defaultName);
  if (defaultName !== undefined && first === undefined && !Object.hasOwn(given, defaultName))
    throw unknownProvider(defaultName, defaultBackend === undefined ? PROVIDER_VARIABLE : undefined);
  const ids = [...(first === undefined ? [] : [first]), ...configuredProviders(env)];
  return Object.fromEntries(
    [...new Set(ids)].map((id) => [id, createProvider(id as string, settingsFromEnvironment(registry[id].about, env))]),
  );
}

function defaultFirst(providers: Providers, name: string | undefined): Providers {
  const first = name === undefined ? undefined : providers[name];
  return name === undefined || first === undefined ? providers : { [name]: first, ...providers };
}

/**
 * Removes skipped backends from every place that names them. The manager refuses other names that it does not have.
 * @param isSkipped whether the configuration or the list of providers has this name, and the manager does not
 */
function withoutSkipped(
  { profiles, routing, budget, limits }: Config,
  isSkipped: (backend: string) => boolean,
): Pick<ManagerSettings, 'profiles' | 'budget' | 'limits'> & { readonly routing: readonly RoutingRule[] } {
  const kept = (names: readonly string[]) => names.filter((name) => !isSkipped(name));
  const { allowUnpriced } = budget;
  return {
    profiles: mapValues(profiles, ({ defaults, allowedProviders, ...profile }): Profile => {
      const { fallback, ...request } = defaults ?? {};
      const available = fallback === undefined ? {} : { fallback: kept(fallback) };
      return {
        ...profile,
        ...(allowedProviders !== undefined && { allowedProviders: kept(allowedProviders) }),
        ...(defaults !== undefined && { defaults: { ...request, ...available } }),
      };
    }),
    routing: routing.map(toRoutingRule).map((rule) => ({
      ...rule,
      // A rule may also name a type of backends.
      providers: rule.providers.filter((name) => findProvider(name) !== undefined || !isSkipped(name)),
    })),
    budget: { ...budget, ...(allowUnpriced !== undefined && { allowUnpriced: kept(allowUnpriced) }) },
    limits: Object.fromEntries(Object.entries(limits).filter(([name]) => !isSkipped(name))),
  };
}

const mapValues = <T>(values: Readonly<Record<string, T>>, change: (value: T) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));

function noUsableBackendError({ backends }: Config): AiImageError {
  const names = Object.keys(backends);
  if (names.length === 0) return noProviderConfigured();
  return new AiImageError(
    'not_configured',
    `no backend is usable: variables that ${names.join(', ')} need are not set`,
    {
      hint: 'Set them, or add a backend that needs no key: stub: { type: stub }.',
    },
  );
}
