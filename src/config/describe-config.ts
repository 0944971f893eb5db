/** A configuration as a person may see it: which variable holds a key and whether it is there, never the key. */
import { type ProviderAbout, registry } from '../providers/registry.ts';
import type { BackendConfig, Config } from './config.ts';
import { type Environment, readVariable } from './environment.ts';
import { resolveBackend } from './resolve-backend.ts';

/** A setting that a variable holds. */
export interface DescribedVariable {
  readonly variable: string;
  readonly isSet: boolean;
}

export interface DescribedBackend {
  readonly type: string;
  readonly model?: string;
  readonly isOptional: boolean;
  /** Everything it needs is there. */
  readonly isUsable: boolean;
  readonly settings: Readonly<Record<string, unknown>>;
  /** By setting; `apiKey` also where the provider's usual variable holds it. */
  readonly variables: Readonly<Record<string, DescribedVariable>>;
}

export interface DescribedConfig extends Omit<Config, 'backends'> {
  readonly backends: Readonly<Record<string, DescribedBackend>>;
}

/** Plain data, for `JSON.stringify` or a table. @param env @default that of the process */
export function describeConfig(config: Config, env?: Environment): DescribedConfig {
  const backends = Object.entries(config.backends).map(([name, backend]) => [name, describe(backend, env)]);
  return { ...config, backends: Object.fromEntries(backends) };
}

function describe(backend: BackendConfig, env: Environment | undefined): DescribedBackend {
  const { type, settings, variables, isOptional } = backend;
  const { auth }: ProviderAbout = registry[type].about;
  const { missing, lacksKey, settings: resolved } = resolveBackend(backend, env);
  const usual = auth.kind === 'none' ? [] : auth.env;
  const isAround = variables.apiKey === undefined && (resolved.apiKey !== undefined || lacksKey);
  const found = isAround ? (usual.find((name) => readVariable(name, env) !== undefined) ?? usual[0]) : undefined;
  const all = { ...(found !== undefined && { apiKey: found }), ...variables };
  const headers = Object.keys((settings.headers as object | undefined) ?? {});
  return {
    type,
    ...(backend.model !== undefined && { model: backend.model }),
    isOptional,
    isUsable: Object.keys(missing).length === 0 && !lacksKey,
    // What a header says may be private.
    settings: { ...settings, ...(headers.length > 0 && { headers }) },
    variables: Object.fromEntries(
      Object.entries(all).map(([setting, variable]) => [
        setting,
        { variable, isSet: readVariable(variable, env) !== undefined },
      ]),
    ),
  };
}
