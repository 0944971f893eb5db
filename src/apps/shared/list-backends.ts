/** Lists the backends that a request can use: those of the configuration, or else the providers of this package. */
import { configuredProviders } from '../../config/get-provider.ts';
import type { BackendConfig, Config, Environment } from '../../config/index.ts';
import { listProviders, type ProviderId } from '../../index.ts';
import { quoteName } from '../../providers/protocol/input/hide-keys.ts';
import { findProvider, findServers, suggestName } from '../../providers/registry.ts';
import { AppError } from './app-error.ts';

export interface Backend {
  readonly name: string;
  readonly type: ProviderId;
  /** The configuration file names it. */
  readonly isConfigured: boolean;
  /** Requests that name no backend use it. */
  readonly isDefault: boolean;
  readonly config: BackendConfig;
}

const EMPTY_CONFIG = { isOptional: false, settings: {}, variables: {} } as const;

/** Returns the configured backends. Without any: the providers whose key is set, or the stub. @param all adds every other provider */
export function listBackends(config: Config, env: Environment, all = false): readonly Backend[] {
  const defaultBackend = defaultName(config, env);
  const configured = Object.entries(config.backends).map(
    ([name, backend]): Backend => ({
      name,
      type: backend.type,
      isConfigured: true,
      isDefault: name === defaultBackend,
      config: backend,
    }),
  );
  const unconfigured = (id: ProviderId): Backend => ({
    name: id,
    type: id,
    isConfigured: false,
    isDefault: id === defaultBackend,
    config: { ...EMPTY_CONFIG, type: id },
  });
  if (all) {
    const others = listProviders().filter(({ id }) => !Object.hasOwn(config.backends, id));
    return [...configured, ...others.map(({ id }) => unconfigured(id))];
  }
  if (configured.length > 0) return configured;
  const named = defaultBackend === undefined ? [] : [defaultBackend as ProviderId];
  return [...new Set([...named, ...configuredProviders(env)])].map(unconfigured);
}

/** @returns undefined when several keys are set and no default is named */
function defaultName({ backends, defaultBackend }: Config, env: Environment): string | undefined {
  const [first] = Object.keys(backends);
  if (first !== undefined) return defaultBackend ?? first;
  const named = defaultBackend ?? env.AI_IMAGE_PROVIDER?.trim();
  if (named !== undefined && named !== '') return findProvider(named);
  const [only, another] = configuredProviders(env);
  return another === undefined ? (only ?? 'stub') : undefined;
}

/** @throws AppError when neither a backend nor a provider has this name */
export function findBackend(name: string, config: Config, env: Environment): Backend {
  const known = listBackends(config, env, true);
  const found = known.find((each) => each.name === name) ?? known.find((each) => each.name === findProvider(name));
  if (found) return found;
  const names = known.map((each) => each.name);
  const servers = findServers(name);
  const isModel = servers.length > 0;
  const others = suggestName(name, names) ?? `Available backends: ${names.join(', ')}.`;
  throw new AppError('backend_not_found', `there is no backend ${quoteName(name)}`, {
    hint: isModel ? `It is a model of ${servers.join(', ')}.` : others,
    values: isModel ? { servers: servers.join(' ') } : {},
  });
}
