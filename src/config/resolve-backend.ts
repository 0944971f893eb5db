/** Combines a backend's settings from the file with the values of its environment variables. */
import { type ProviderAbout, registry } from '../providers/registry.ts';
import type { BackendConfig } from './config.ts';
import {
  type Environment,
  readVariable,
  settingsFromEnvironment,
  withoutConflictingCredentials,
} from './environment.ts';

export interface ResolvedBackend {
  /** Settings for `createProvider`, **including keys**. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Variables that the file names but that are not set: setting -> variable. */
  readonly missingVariables: Readonly<Record<string, string>>;
  /** The provider needs a key, the file names no variable for it, and the default variables are not set. */
  readonly isMissingKey: boolean;
}

/** @param env @default the environment of the process */
export function resolveBackend({ type, settings, variables }: BackendConfig, env?: Environment): ResolvedBackend {
  const { about }: { readonly about: ProviderAbout } = registry[type];
  const read = Object.entries(variables).map(([setting, name]) => [setting, name, readVariable(name, env)] as const);
  const fromVariables = Object.fromEntries(
    read.flatMap(([setting, , value]) => (value === undefined ? [] : [[setting, value]])),
  );
  const missingVariables = Object.fromEntries(
    read.flatMap(([setting, name, value]) => (value === undefined ? [[setting, name]] : [])),
  );
  const given: Readonly<Record<string, unknown>> = { ...settings, ...fromVariables };
  // A key from the default variables is meant for the vendor; it is never sent to another base URL.
  const defaults =
    'baseUrl' in given || 'baseUrl' in missingVariables
      ? {}
      : withoutConflictingCredentials(about, settingsFromEnvironment(about, env), given);
  const all: Readonly<Record<string, unknown>> = { ...defaults, ...given };
  const { auth } = about;
  const credentials = auth.kind === 'own' ? ['apiKey', ...auth.alternatives] : ['apiKey'];
  const hasCredential = credentials.some(
    (setting) => all[setting] !== undefined || missingVariables[setting] !== undefined,
  );
  return { settings: all, missingVariables, isMissingKey: auth.kind !== 'none' && !hasCredential };
}
