/** The variables that the store's credentials are in. */
import { readVariable } from '../environment.ts';
import type { KeyCheck } from './backends.ts';
import type { FileFault } from './faults.ts';
import { nameOf } from './issues.ts';
import { isVariableName } from './key-like.ts';
import type { YamlFile } from './read-yaml.ts';
import type { FileContent } from './schema.ts';

export function variableFaults(
  { store }: FileContent,
  yaml: YamlFile,
  { env, checkKeys = true }: KeyCheck,
): readonly FileFault[] {
  const { s3, ...own } = store ?? {};
  const all = [
    ...Object.entries(own).map(([key, name]) => [['store', key], name] as const),
    ...Object.entries(s3 ?? {}).map(([key, name]) => [['store', 's3', key], name] as const),
  ];
  const variables = all.flatMap(([path, name]): readonly FileFault[] => {
    if (!path.at(-1)?.endsWith('_env') || typeof name !== 'string') return [];
    const add = (what: string, hint: string) => [
      { place: yaml.valuePlace(path), what: `${nameOf(path)}${what}`, hint },
    ];
    if (!isVariableName(name))
      return add(
        ' must be the name of an environment variable: capitals, digits and "_"',
        `For example ${path.length > 2 ? 'S3_SECRET_ACCESS_KEY' : 'DATABASE_URL'}.`,
      );
    if (!checkKeys || readVariable(name, env) !== undefined) return [];
    return add(`: the variable ${name} is not set, or empty`, 'Set it, or remove the key.');
  });
  return [...variables, ...databaseFaults(store, yaml)];
}

/** What says more about a database means nothing without one. */
function databaseFaults(store: FileContent['store'], yaml: YamlFile): readonly FileFault[] {
  if (store == null || store.database_url_env !== undefined) return [];
  const keys = (['database_schema', 'index'] as const).filter((key) => store[key] !== undefined);
  return keys.map((key) => ({
    place: yaml.keyPlace(['store', key]),
    what: `store.${key} needs store.database_url_env`,
    hint: 'Name the variable that holds the address of the database, or remove the key.',
  }));
}
