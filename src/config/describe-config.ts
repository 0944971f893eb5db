/** Describes a configuration for display: which variable holds each key and whether it is set, never the key itself. */
import { type ProviderAbout, registry } from '../providers/registry.ts';
import type { BackendConfig, Config } from './config.ts';
import { type Environment, readVariable } from './environment.ts';
import { resolveBackend } from './resolve-backend.ts';

/** An environment variable that holds a setting. */
export interface DescribedVariable {
  readonly variable: string;
  readonly isSet: boolean;
}

export interface BackendDescription {
  readonly type: string;
  readonly model?: string;
  readonly isOptional: boolean;
  /** Whether every variable it needs is set. */
  readonly isUsable: boolean;
  readonly settings: Readonly<Record<string, unknown>>;
  /** By setting. `apiKey` is also listed when the provider's default variable holds it. */
  readonly variables: Readonly<Record<string, DescribedVariable>>;
}

export interface DescribedConfig extends Omit<Config, 'backends'> {
  readonly backends: Readonly<Record<string, BackendDescription>>;
}

/** Returns plain data, for `JSON.stringify` or a table. @param env @default the environment of the process */
export function describeConfig(config: Config, env?: Environment): DescribedConfig {
  const backends = Object.entries(config.backends).map(([name, backend]) => [name, describe(backend, env)]);
  return { ...config, backends: Object.fromEntries(backends) };
}

function describe(backend: BackendConfig, env: Environment | undefined): BackendDescription {
  const { type, settings, variables, isOptional } = backend;
  const { auth }: ProviderAbout = registry[type].about;
  const { missingVariables, isMissingKey, settings: resolved } = resolveBackend(backend, env);
  const defaultVariables = auth.kind === 'none' ? [] : auth.env;
  const usesDefaultVariable = variables.apiKey === undefined && (resolved.apiKey !== undefined || isMissingKey);
  const keyVariable = usesDefaultVariable
    ? (defaultVariables.find((name) => readVariable(name, env) !== undefined) ?? defaultVariables[0])
    : undefined;
  const all = { ...(keyVariable !== undefined && { apiKey: keyVariable }), ...variables };
  const headers = Object.keys((settings.headers as object | undefined) ?? {});
  return {
    type,
    ...(backend.model !== undefined && { model: backend.model }),
    isOptional,
    isUsable: Object.keys(missingVariables).length === 0 && !isMissingKey,
    // Header values may be private, so only their names are shown.
    settings: { ...settings, ...(headers.length > 0 && { headers }) },
    variables: Object.fromEntries(
      Object.entries(all).map(([setting, variable]) => [
        setting,
        { variable, isSet: readVariable(variable, env) !== undefined },
      ]),
    ),
  };
}
