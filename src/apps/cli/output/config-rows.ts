/** A configuration as rows of key and value, in the spelling of the file. */
import type { DescribedBackend, DescribedConfig } from '../../../config/index.ts';
import { toSnake } from '../../../config/spelling.ts';

export type ConfigRow = readonly [key: string, value: string];

export function configRows(config: DescribedConfig): readonly ConfigRow[] {
  const { defaultBackend, backends, output, store, budget, profiles, styles, routing, limits, fallback } = config;
  return [
    ...rowsOf('default_backend', defaultBackend),
    ...Object.entries(backends).flatMap(([name, backend]) => backendRows(`backends.${name}`, backend)),
    ...rowsOf('output', output),
    ...rowsOf('store', store),
    ...rowsOf('budget', budget),
    ...Object.entries(profiles).flatMap(([name, profile]) => rowsOf(`profiles.${name}`, profile)),
    ...Object.entries(styles).flatMap(([name, style]) => rowsOf(`styles.${name}`, style)),
    ...routing.flatMap((rule, at) => rowsOf(`routing[${at}]`, rule)),
    ...Object.entries(limits).flatMap(([name, limit]) => rowsOf(`limits.${name}`, limit)),
    ...rowsOf('fallback', fallback),
  ];
}

function backendRows(key: string, backend: DescribedBackend): readonly ConfigRow[] {
  const { type, model, isOptional, isUsable, settings, variables } = backend;
  return [
    [`${key}.type`, type],
    ...rowsOf(`${key}.model`, model),
    ...(isOptional ? rowsOf(`${key}.optional`, true) : []),
    ...Object.entries(variables).map(([setting, { variable, isSet }]): ConfigRow => {
      return [`${key}.${toSnake(setting)}_env`, `${variable} (${isSet ? 'set' : 'not set'})`];
    }),
    ...rowsOf(key, settings),
    ...(isUsable ? [] : [[key, isOptional ? 'left out: it lacks its key' : 'not usable: it lacks its key'] as const]),
  ];
}

/** The code calls some things otherwise than the file. */
const IN_FILE: Readonly<Record<string, string>> = {
  allowedProviders: 'allowed_backends',
  'defaults.provider': 'backend',
};
/** Groups whose keys are words of the file; below all others are names that people chose. */
const GROUPS = ['limits', 'defaults', 's3'];

function rowsOf(key: string, value: unknown, isSpelt = true): readonly ConfigRow[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) {
    const isPlain = value.every((each) => typeof each !== 'object' || each === null);
    return [[key, isPlain ? value.join(', ') || 'none' : JSON.stringify(value)]];
  }
  if (typeof value !== 'object' || value === null) return [[key, String(value)]];
  return Object.entries(value).flatMap(([name, each]) => {
    const word = IN_FILE[key.endsWith('.defaults') ? `defaults.${name}` : name] ?? toSnake(name);
    return rowsOf(`${key}.${isSpelt ? word : name}`, each, GROUPS.includes(name));
  });
}
