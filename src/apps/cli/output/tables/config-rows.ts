/** Shows a configuration as rows of key and value, with the keys of the file. */
import type { BackendDescription, DescribedConfig } from '../../../../config/index.ts';
import { toSnakeCase } from '../../../../config/key-case.ts';

export type ConfigRow = readonly [key: string, value: string];

export function configRows(config: DescribedConfig): readonly ConfigRow[] {
  const {
    defaultBackend,
    backends,
    output,
    store,
    budget,
    profiles,
    styles,
    routing,
    limits,
    fallback,
    usage,
    serve,
    mcp,
  } = config;
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
    ...serveRows(serve),
    ...rowsOf('mcp', mcp ?? {}),
    ...(usage?.sinks ?? []).flatMap((sink, at) => rowsOf(`usage.sinks[${at}]`, sink)),
  ];
}

function serveRows({ tokens = [], ...serve }: NonNullable<DescribedConfig['serve']> = {}): readonly ConfigRow[] {
  return [...rowsOf('serve', serve), ...tokens.flatMap((token, at) => rowsOf(`serve.tokens[${at}]`, token))];
}

function backendRows(key: string, backend: BackendDescription): readonly ConfigRow[] {
  const { type, model, isOptional, isUsable, settings, variables } = backend;
  return [
    [`${key}.type`, type],
    ...rowsOf(`${key}.model`, model),
    ...(isOptional ? rowsOf(`${key}.optional`, true) : []),
    ...Object.entries(variables).map(([setting, { variable, isSet }]): ConfigRow => {
      return [`${key}.${toSnakeCase(setting)}_env`, `${variable} (${isSet ? 'set' : 'not set'})`];
    }),
    ...rowsOf(key, settings),
    ...(isUsable
      ? []
      : [[key, isOptional ? 'left out: its key is not set' : 'not usable: its key is not set'] as const]),
  ];
}

/** Keys that have another name in the file than in the code. */
const FILE_KEYS: Readonly<Record<string, string>> = {
  allowedProviders: 'allowed_backends',
  'defaults.provider': 'backend',
};
/** Groups whose keys belong to the file format. Keys of all other groups are names that the user chose. */
const GROUPS = ['limits', 'defaults', 's3'];

function rowsOf(key: string, value: unknown, isFileKey = true): readonly ConfigRow[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) {
    const isPlain = value.every((each) => typeof each !== 'object' || each === null);
    return [[key, isPlain ? value.join(', ') || 'none' : JSON.stringify(value)]];
  }
  if (typeof value !== 'object' || value === null) return [[key, String(value)]];
  return Object.entries(value).flatMap(([name, each]) => {
    const word = FILE_KEYS[key.endsWith('.defaults') ? `defaults.${name}` : name] ?? toSnakeCase(name);
    return rowsOf(`${key}.${isFileKey ? word : name}`, each, GROUPS.includes(name));
  });
}
