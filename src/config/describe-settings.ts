/** Describes the settings that a backend of a given type may have in the file, for lists and help texts. */
import * as z from 'zod/mini';
import { type ProviderAbout, type ProviderId, registry } from '../providers/registry.ts';
import { toSnakeCase } from './key-case.ts';

export interface DescribedSetting {
  /** The key in the file. For a secret, the key that names its variable (`api_key_env`). */
  readonly key: string;
  readonly isSecret: boolean;
  /** JSON Schema of the value in the file. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** Environment variables that are read if the file does not set it, best first. */
  readonly variables: readonly string[];
}

/** Returns the settings of the provider itself, without those of every backend. Loads the provider's code; sends nothing. */
export async function describeSettings(type: ProviderId): Promise<readonly DescribedSetting[]> {
  const { definition } = await registry[type].load();
  const { auth, env = {} }: ProviderAbout = definition.about;
  const { properties = {} } = (
    definition.settingsSchema === undefined
      ? {}
      : z.toJSONSchema(definition.settingsSchema, { unrepresentable: 'any', io: 'input' })
  ) as { properties?: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
  const secrets = ['apiKey', ...(definition.secretSettings ?? [])];
  const settings = [...(auth.kind === 'none' ? [] : ['apiKey']), ...Object.keys(properties)];
  return settings.map((setting) => {
    const isSecret = secrets.includes(setting);
    const variables = setting === 'apiKey' && auth.kind !== 'none' ? auth.env : (env[setting] ?? []);
    return {
      key: isSecret ? `${toSnakeCase(setting)}_env` : toSnakeCase(setting),
      isSecret,
      schema: isSecret ? { type: 'string', pattern: '^[A-Z][A-Z0-9_]*$' } : (properties[setting] ?? {}),
      variables,
    };
  });
}
