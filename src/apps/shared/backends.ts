/** Who can be asked: the backends of the configuration, or without any the providers of this package. */

import { configuredProviders } from '../../config/get-provider.ts';
import type { BackendConfig, Config, Environment } from '../../config/index.ts';
import { resolveBackend } from '../../config/resolve-backend.ts';
import { isAiImageError, listProviders, type ModelCard, type ProviderId } from '../../index.ts';
import type { ProviderDefinition } from '../../providers/kit/adapter/definition.ts';
import { isModelTier } from '../../providers/kit/model-tier.ts';
import { type CommonSettings, findProvider, findServers, registry, suggestName } from '../../providers/registry.ts';
import { UsageError } from '../cli/usage-error.ts';

/** One that can be named with `--provider`. */
export interface Backend {
  readonly name: string;
  readonly type: ProviderId;
  /** It stands in the configuration. */
  readonly isConfigured: boolean;
  /** Asked where nobody is named. */
  readonly isDefault: boolean;
  readonly config: BackendConfig;
}

const BARE = { isOptional: false, settings: {}, variables: {} } as const;

/** Those of the configuration; without any, those that have a key, or the stub. @param all every provider there is too */
export function listBackends(config: Config, env: Environment, all = false): readonly Backend[] {
  const usual = defaultName(config, env);
  const own = Object.entries(config.backends).map(
    ([name, backend]): Backend => ({
      name,
      type: backend.type,
      isConfigured: true,
      isDefault: name === usual,
      config: backend,
    }),
  );
  const bare = (id: ProviderId): Backend => ({
    name: id,
    type: id,
    isConfigured: false,
    isDefault: id === usual,
    config: { ...BARE, type: id },
  });
  if (all) {
    const others = listProviders().filter(({ id }) => !Object.hasOwn(config.backends, id));
    return [...own, ...others.map(({ id }) => bare(id))];
  }
  if (own.length > 0) return own;
  const named = usual === undefined ? [] : [usual as ProviderId];
  return [...new Set([...named, ...configuredProviders(env)])].map(bare);
}

/** @returns undefined: several could be meant, and none is said to be */
function defaultName({ backends, defaultBackend }: Config, env: Environment): string | undefined {
  const [first] = Object.keys(backends);
  if (first !== undefined) return defaultBackend ?? first;
  const named = defaultBackend ?? env.AI_IMAGE_PROVIDER?.trim();
  if (named !== undefined && named !== '') return findProvider(named);
  const [only, another] = configuredProviders(env);
  return another === undefined ? (only ?? 'stub') : undefined;
}

/** @throws UsageError there is no such backend and no such provider */
export function findBackend(name: string, config: Config, env: Environment): Backend {
  const known = listBackends(config, env, true);
  const found = known.find((each) => each.name === name) ?? known.find((each) => each.name === findProvider(name));
  if (found) return found;
  const names = known.map((each) => each.name);
  throw new UsageError(
    `there is no backend ${JSON.stringify(name.slice(0, 60))}`,
    serversHint(name) ?? suggestName(name, names) ?? `There are ${names.join(', ')}.`,
  );
}

/** For a name that is a model's: which providers serve it. */
function serversHint(name: string): string | undefined {
  const servers = findServers(name);
  return servers.length === 0 ? undefined : `It is a model. Use --provider ${servers.join(', or --provider ')}.`;
}

export type Usability =
  | { readonly isUsable: true }
  /** `missing`: variables that have to be set; empty where something else is wrong. */
  | { readonly isUsable: false; readonly missing: readonly string[]; readonly reason: string };

export const definitionOf = async (type: ProviderId): Promise<ProviderDefinition> =>
  (await registry[type].load()).definition;

/** Makes the provider itself. No call is made. @throws AiImageError `not_configured` */
export async function makeProvider({ config, type }: Backend, env: Environment, settings: object = {}) {
  const { create } = await registry[type].load();
  // A border: what the file and the environment say was not typed; the provider checks it.
  return (create as (settings: CommonSettings) => ReturnType<typeof create>)({
    ...settings,
    ...resolveBackend(config, env).settings,
  });
}

export async function usabilityOf(backend: Backend, env: Environment): Promise<Usability> {
  const { missing, lacksKey } = resolveBackend(backend.config, env);
  const usual = registry[backend.type].about.auth;
  const unset = [...Object.values(missing), ...(lacksKey && usual.kind !== 'none' ? usual.env.slice(0, 1) : [])];
  if (unset.length > 0)
    return {
      isUsable: false,
      missing: unset,
      reason: `${unset.join(' and ')} ${unset.length > 1 ? 'are' : 'is'} not set`,
    };
  try {
    await makeProvider(backend, env);
    return { isUsable: true };
  } catch (error) {
    if (!isAiImageError(error)) throw error;
    const { message, hint } = error;
    const prefix = `${backend.type}: `;
    const reason = message.startsWith(prefix) ? message.slice(prefix.length) : message;
    return { isUsable: false, missing: [], reason: hint === undefined ? reason : `${reason}. ${hint}` };
  }
}

export interface BackendModels {
  readonly models: Readonly<Record<string, ModelCard>>;
  /** Drawn with where a request names none. */
  readonly defaultModel: string;
}

/** Those that its settings describe are among them. Needs no key. */
export async function modelsOf(backend: Backend, env: Environment): Promise<BackendModels> {
  const { models, defaultModel, tiers } = await definitionOf(backend.type);
  const { model } = backend.config;
  const wanted = isModelTier(model) ? tiers?.[model] : model;
  // Cards need no key. A server that is asked for its models gets a configured key only.
  const provider = (await made(backend, env)) ?? (await made(backend, env, { apiKey: 'none' }));
  // Not usable as it is configured: what the vendor has is still worth knowing.
  if (provider === undefined) return { models, defaultModel: wanted ?? defaultModel };
  const [own, plan] = await Promise.all([provider.models(), provider.plan({ prompt: 'any' })]);
  return { models: own, defaultModel: wanted ?? plan.model };
}

async function made(backend: Backend, env: Environment, more?: { readonly apiKey: string }) {
  try {
    return await makeProvider(backend, env, more);
  } catch (error) {
    if (!isAiImageError(error)) throw error;
    return undefined; // the caller goes on without it
  }
}
