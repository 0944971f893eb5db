/** The only place that reads environment variables. */
import type { ProviderAbout } from '../providers/registry.ts';

/** @returns the value without blanks around it; an empty variable counts as absent */
export function readVariable(name: string): string | undefined {
  // Browsers and edge runtimes have no `process`; then there is no environment.
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  const value = process?.env?.[name]?.trim();
  return value === undefined || value === '' ? undefined : value;
}

function readFirst(names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = readVariable(name);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The settings of a provider that the environment holds. */
export function settingsFromEnvironment({ auth, env = {} }: ProviderAbout): Readonly<Record<string, string>> {
  const variables = { ...(auth.kind !== 'none' && { apiKey: auth.env }), ...env };
  return Object.fromEntries(
    Object.entries(variables).flatMap(([setting, names]) => {
      const value = readFirst(names);
      return value === undefined ? [] : [[setting, value]];
    }),
  );
}
