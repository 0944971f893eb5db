/** Creates a backend's provider, checks whether it is usable, and lists its models. Makes no generation call. */
import type { Environment } from '../../config/index.ts';
import { resolveBackend } from '../../config/resolve-backend.ts';
import { isAiImageError, type ModelCard, type ProviderId } from '../../index.ts';
import type { ProviderDefinition } from '../../providers/kit/adapter/provider-definition.ts';
import { isModelTier } from '../../providers/protocol/shared/model-tier.ts';
import { type CommonSettings, registry } from '../../providers/registry.ts';
import type { Backend } from './list-backends.ts';

export type Usability =
  | { readonly isUsable: true }
  /** `missing`: environment variables to set. Empty when something else is wrong. */
  | { readonly isUsable: false; readonly missing: readonly string[]; readonly reason: string };

export const loadDefinition = async (type: ProviderId): Promise<ProviderDefinition> =>
  (await registry[type].load()).definition;

/** Creates the provider. Sends nothing. @throws AiImageError `not_configured` */
export async function createProvider({ config, type }: Backend, env: Environment, settings: object = {}) {
  const { create } = await registry[type].load();
  // The cast is safe because the provider checks the settings, which come from the file and the environment.
  return (create as (settings: CommonSettings) => ReturnType<typeof create>)({
    ...settings,
    ...resolveBackend(config, env).settings,
  });
}

/** Checks whether a backend has its key and valid settings. Sends nothing. */
export async function checkUsability(backend: Backend, env: Environment): Promise<Usability> {
  const { missingVariables, isMissingKey } = resolveBackend(backend.config, env);
  const { auth } = registry[backend.type].about;
  const unset = [
    ...Object.values(missingVariables),
    ...(isMissingKey && auth.kind !== 'none' ? auth.env.slice(0, 1) : []),
  ];
  if (unset.length > 0) {
    const reason = `${unset.join(' and ')} ${unset.length > 1 ? 'are' : 'is'} not set`;
    return { isUsable: false, missing: unset, reason };
  }
  try {
    await createProvider(backend, env);
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
  /** The model for a request that names none. */
  readonly defaultModel: string;
}

/** Returns a backend's models, including those that its settings describe. Needs no key. */
export async function listModels(backend: Backend, env: Environment): Promise<BackendModels> {
  const { models, defaultModel, tiers } = await loadDefinition(backend.type);
  const { model } = backend.config;
  const configured = isModelTier(model) ? tiers?.[model] : model;
  // Cards need no key. A server that lists its models over the network receives a configured key only.
  const provider =
    (await tryCreateProvider(backend, env)) ?? (await tryCreateProvider(backend, env, { apiKey: 'none' }));
  // The backend is not usable as configured; the vendor's own models are still worth listing.
  if (provider === undefined) return { models, defaultModel: configured ?? defaultModel };
  const [own, plan] = await Promise.all([provider.models(), provider.plan({ prompt: 'any' })]);
  return { models: own, defaultModel: configured ?? plan.model };
}

/** @returns undefined when the settings are incomplete or invalid */
async function tryCreateProvider(backend: Backend, env: Environment, settings?: { readonly apiKey: string }) {
  try {
    return await createProvider(backend, env, settings);
  } catch (error) {
    if (!isAiImageError(error)) throw error;
    return undefined;
  }
}
