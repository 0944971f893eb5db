/** What a backend of a type may say in a file, beside what every backend may: for lists and help. */
import * as z from 'zod/mini';
import { type ProviderAbout, type ProviderId, registry } from '../providers/registry.ts';
import { toSnake } from './spelling.ts';

export interface DescribedSetting {
  /** As it stands in the file; what is secret has a variable's name there. */
  readonly key: string;
  readonly isSecret: boolean;
  /** JSON Schema of what stands in the file. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** Variables it is taken from where the file says nothing, the best first. */
  readonly variables: readonly string[];
}

/** Loads the code of the provider; makes no call. */
export async function describeSettings(type: ProviderId): Promise<readonly DescribedSetting[]> {
  const { definition } = await registry[type].load();
  const { auth, env = {} }: ProviderAbout = definition.about;
  const { properties = {} } = (
    definition.settingsSchema === undefined
      ? {}
      : z.toJSONSchema(definition.settingsSchema, { unrepresentable: 'any', io: 'input' })
  ) as { properties?: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
  const secrets = ['apiKey', ...(definition.secretSettings ?? [])];
  const own = [...(auth.kind === 'none' ? [] : ['apiKey']), ...Object.keys(properties)];
  return own.map((setting) => {
    const isSecret = secrets.includes(setting);
    const usual = setting === 'apiKey' && auth.kind !== 'none' ? auth.env : (env[setting] ?? []);
    return {
      key: isSecret ? `${toSnake(setting)}_env` : toSnake(setting),
      isSecret,
      schema: isSecret ? { type: 'string', pattern: '^[A-Z][A-Z0-9_]*$' } : (properties[setting] ?? {}),
      variables: usual,
    };
  });
}
