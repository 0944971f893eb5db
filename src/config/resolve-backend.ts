/** A backend's settings, with what the environment holds for it. */
import { type ProviderAbout, registry } from '../providers/registry.ts';
import type { BackendConfig } from './config.ts';
import { type Environment, readVariable, settingsFromEnvironment, withoutRivals } from './environment.ts';

export interface ResolvedBackend {
  /** As `createProvider` takes them, **with keys in them**. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Variables that the file names and the environment lacks: setting -> variable. */
  readonly missing: Readonly<Record<string, string>>;
  /** It needs a key, and none was named or lies around. */
  readonly lacksKey: boolean;
}

/** @param env @default that of the process */
export function resolveBackend({ type, settings, variables }: BackendConfig, env?: Environment): ResolvedBackend {
  const { about }: { readonly about: ProviderAbout } = registry[type];
  const read = Object.entries(variables).map(([setting, name]) => [setting, name, readVariable(name, env)] as const);
  const held = Object.fromEntries(
    read.flatMap(([setting, , value]) => (value === undefined ? [] : [[setting, value]])),
  );
  const missing = Object.fromEntries(
    read.flatMap(([setting, name, value]) => (value === undefined ? [[setting, name]] : [])),
  );
  const given: Readonly<Record<string, unknown>> = { ...settings, ...held };
  // A key that lies around is meant for the vendor, and not for another address.
  const around =
    'baseUrl' in given || 'baseUrl' in missing ? {} : withoutRivals(about, settingsFromEnvironment(about, env), given);
  const all: Readonly<Record<string, unknown>> = { ...around, ...given };
  const { auth } = about;
  const ways = auth.kind === 'own' ? ['apiKey', ...auth.instead] : ['apiKey'];
  const isNamed = ways.some((setting) => all[setting] !== undefined || missing[setting] !== undefined);
  return { settings: all, missing, lacksKey: auth.kind !== 'none' && !isNamed };
}
