/** From a configuration to a manager. */
import { createImageManager } from '../manager/create-image-manager.ts';
import { KEEP_JOBS_OPEN_MS } from '../manager/jobs/job-states.ts';
import type { ManagerSettings } from '../manager/settings.ts';
import type { ImageManager, Profile } from '../manager/types.ts';
import { AiImageError } from '../providers/protocol/errors.ts';
import type { AiImageProvider } from '../providers/protocol/provider.ts';
import { type CommonSettings, createProvider, findProvider, registry, unknownProvider } from '../providers/registry.ts';
import type { BackendConfig, Config } from './config.ts';
import { type Environment, readVariable, settingsFromEnvironment } from './environment.ts';
import { configuredProviders, nothingConfigured } from './get-provider.ts';
import { resolveBackend } from './resolve-backend.ts';
import { toRule } from './routing-words.ts';

/** Beside what the configuration says; where both say something, this counts. */
export interface MoreSettings extends Partial<ManagerSettings> {
  /** Where the keys are. @default that of the process */
  readonly env?: Environment | undefined;
}

/**
 * Makes a manager with the backends as its providers, by their names, the default one first. Without backends: every provider whose key is
 * in the environment. Makes no call.
 * @throws AiImageError `not_configured`: a variable that holds a key is not there, or there is nobody to ask
 */
export function createManagerFromConfig(config: Config, { env, ...more }: MoreSettings = {}): ImageManager {
  const given = more.providers ?? {};
  const own =
    Object.keys(config.backends).length > 0 ? fromBackends(config, given, env) : fromEnvironment(config, given, env);
  const providers = defaultFirst({ ...own, ...given }, config.defaultBackend);
  if (Object.keys(providers).length === 0) throw nobody(config);
  const isThere = (text: string) => Object.hasOwn(providers, text.split('/')[0] ?? '');
  const fallback = more.fallback ?? config.fallback?.filter(isThere);
  const models = Object.entries(config.backends).flatMap(([name, { model }]) =>
    // What the host put in its place has models of its own.
    model !== undefined && Object.hasOwn(own, name) && !Object.hasOwn(given, name) ? [[name, model]] : [],
  );
  return createImageManager({
    ...more,
    providers,
    models: { ...Object.fromEntries(models), ...more.models },
    ...(fallback !== undefined && { fallback }),
    profiles: { ...mapProfiles(config.profiles, isThere), ...more.profiles },
    styles: { ...config.styles, ...more.styles },
    routing: [...(more.routing ?? []), ...config.routing.map(toRule)],
    budget: { ...config.budget, ...more.budget },
    limits: { ...config.limits, ...more.limits },
    keepJobsOpenMs: more.keepJobsOpenMs ?? keepJobsOpenMsOf(config),
  });
}

const DAY_MS = 86_400_000;

/** How long a submitted job stays open, in milliseconds. */
export const keepJobsOpenMsOf = ({ jobs }: Pick<Config, 'jobs'>): number =>
  jobs?.keepOpenDays === undefined ? KEEP_JOBS_OPEN_MS : jobs.keepOpenDays * DAY_MS;

type Given = Readonly<Record<string, AiImageProvider>>;

function fromBackends({ backends }: Config, given: Given, env: Environment | undefined): Given {
  const made = Object.entries(backends).flatMap(([name, backend]) => {
    if (Object.hasOwn(given, name)) return [[name, given[name]]];
    const { settings, missing, lacksKey } = resolveBackend(backend, env);
    const unset = Object.values(missing);
    if (unset.length === 0 && !lacksKey)
      return [[name, createProvider(backend.type as string, settings as CommonSettings)]];
    if (backend.isOptional) return [];
    throw keyless(name, backend, unset);
  });
  return Object.fromEntries(made);
}

function keyless(name: string, { type }: BackendConfig, unset: readonly string[]): AiImageError {
  const { auth } = registry[type].about;
  const variables = unset.length > 0 ? unset : auth.kind === 'none' ? [] : auth.env.slice(0, 1);
  return new AiImageError('not_configured', `backend ${name}: ${variables.join(' and ')} is not set, or empty`, {
    provider: type,
    hint: 'Set it, name another variable in the configuration, or say optional: true to go without this backend.',
  });
}

/** As `getProvider` finds them: what was named, and then whoever has a key. */
function fromEnvironment({ defaultBackend }: Config, given: Given, env: Environment | undefined): Given {
  if (Object.keys(given).length > 0 && defaultBackend === undefined) return {};
  const wanted = defaultBackend ?? readVariable('AI_IMAGE_PROVIDER', env);
  const first = wanted === undefined || Object.hasOwn(given, wanted) ? undefined : findProvider(wanted);
  if (wanted !== undefined && first === undefined && !Object.hasOwn(given, wanted)) throw unknownProvider(wanted);
  const ids = [...(first === undefined ? [] : [first]), ...configuredProviders(env)];
  return Object.fromEntries(
    [...new Set(ids)].map((id) => [id, createProvider(id as string, settingsFromEnvironment(registry[id].about, env))]),
  );
}

function defaultFirst(providers: Given, name: string | undefined): Given {
  const first = name === undefined ? undefined : providers[name];
  return name === undefined || first === undefined ? providers : { [name]: first, ...providers };
}

/** Who was left out is nobody's fallback. */
function mapProfiles(profiles: Config['profiles'], isThere: (text: string) => boolean): Record<string, Profile> {
  return Object.fromEntries(
    Object.entries(profiles).map(([name, { defaults, ...profile }]) => {
      const { fallback, ...request } = defaults ?? {};
      const next = fallback === undefined ? {} : { fallback: fallback.filter(isThere) };
      return [name, { ...profile, ...(defaults !== undefined && { defaults: { ...request, ...next } }) }];
    }),
  );
}

function nobody({ backends }: Config): AiImageError {
  const names = Object.keys(backends);
  if (names.length === 0) return nothingConfigured();
  return new AiImageError('not_configured', `every backend was left out: ${names.join(', ')} lack their keys`, {
    hint: 'Set the variables that hold them, or add a backend that needs none: stub: { type: stub }.',
  });
}
