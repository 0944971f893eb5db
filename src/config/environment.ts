/** The only module that reads environment variables. */
import type { ProviderAbout } from '../providers/registry.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Browsers and edge runtimes have no `process`; there the environment is empty. */
function processEnvironment(): Environment {
  return (globalThis as { process?: { env?: Environment } }).process?.env ?? {};
}

/**
 * @param env @default the environment of the process
 * @returns the trimmed value, or undefined if the variable is not set or is empty
 */
export function readVariable(name: string, env: Environment = processEnvironment()): string | undefined {
  const value = env[name]?.trim();
  return value === undefined || value === '' ? undefined : value;
}

function readFirst(names: readonly string[], env: Environment | undefined): string | undefined {
  for (const name of names) {
    const value = readVariable(name, env);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Returns a provider's settings that are set in the environment. */
export function settingsFromEnvironment(
  { auth, env: ownVariables = {} }: ProviderAbout,
  env?: Environment,
): Readonly<Record<string, string>> {
  const variables = { ...(auth.kind !== 'none' && { apiKey: auth.env }), ...ownVariables };
  return Object.fromEntries(
    Object.entries(variables).flatMap(([setting, names]) => {
      const value = readFirst(names, env);
      return value === undefined ? [] : [[setting, value]];
    }),
  );
}

/**
 * Removes environment credentials that conflict with the ones the caller passed: if the caller passes a key, other kinds of credential are
 * removed; if the caller passes another kind, the key is removed. Otherwise a project set in the environment would decide who pays.
 */
export function withoutConflictingCredentials(
  { auth }: ProviderAbout,
  inEnvironment: Readonly<Record<string, string>>,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> {
  if (auth.kind !== 'own' || auth.areSeparateProducts) return inEnvironment;
  const conflicting = [
    ...(given.apiKey === undefined ? [] : auth.alternatives),
    ...(auth.alternatives.some((name) => given[name] !== undefined) ? ['apiKey'] : []),
  ];
  return Object.fromEntries(Object.entries(inEnvironment).filter(([name]) => !conflicting.includes(name)));
}
