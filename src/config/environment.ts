/** The only place that reads environment variables. */
import type { ProviderAbout } from '../providers/registry.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Browsers and edge runtimes have no `process`; then there is no environment. */
function ownEnvironment(): Environment {
  return (globalThis as { process?: { env?: Environment } }).process?.env ?? {};
}

/**
 * @param env @default that of the process
 * @returns the value without blanks around it; an empty variable counts as absent
 */
export function readVariable(name: string, env: Environment = ownEnvironment()): string | undefined {
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

/** The settings of a provider that the environment holds. */
export function settingsFromEnvironment(
  { auth, env: own = {} }: ProviderAbout,
  env?: Environment,
): Readonly<Record<string, string>> {
  const variables = { ...(auth.kind !== 'none' && { apiKey: auth.env }), ...own };
  return Object.fromEntries(
    Object.entries(variables).flatMap(([setting, names]) => {
      const value = readFirst(names, env);
      return value === undefined ? [] : [[setting, value]];
    }),
  );
}

/**
 * A key that was given counts before other credentials that lie around in the environment, and these when given before its key: else a
 * project left in the environment would decide who pays.
 */
export function withoutRivals(
  { auth }: ProviderAbout,
  inEnvironment: Readonly<Record<string, string>>,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> {
  if (auth.kind !== 'own' || auth.areDoors) return inEnvironment;
  const rivals = [
    ...(given.apiKey === undefined ? [] : auth.instead),
    ...(auth.instead.some((name) => given[name] !== undefined) ? ['apiKey'] : []),
  ];
  return Object.fromEntries(Object.entries(inEnvironment).filter(([name]) => !rivals.includes(name)));
}
