/** Checks the store's settings: names of environment variables, and settings that need a database. */
import type { FileProblem } from '../config-error.ts';
import type { KeyCheck } from '../read-backends.ts';
import type { YamlFile } from '../read-yaml.ts';
import type { FileContent } from '../schema.ts';
import { variableProblems } from './variable-problems.ts';

export function storeProblems({ store }: FileContent, yaml: YamlFile, check: KeyCheck): readonly FileProblem[] {
  const { s3, ...own } = store ?? {};
  const all = [
    ...Object.entries(own).map(([key, name]) => [['store', key], name] as const),
    ...Object.entries(s3 ?? {}).map(([key, name]) => [['store', 's3', key], name] as const),
  ];
  const variables = all.flatMap(([path, name]): readonly FileProblem[] => {
    if (!path.at(-1)?.endsWith('_env') || typeof name !== 'string') return [];
    const example = path.length > 2 ? 'S3_SECRET_ACCESS_KEY' : 'DATABASE_URL';
    return variableProblems(path, name, example, { ...check, yaml });
  });
  return [...variables, ...databaseProblems(store, yaml)];
}

/** Reports settings of a database when no database is configured. */
function databaseProblems(store: FileContent['store'], yaml: YamlFile): readonly FileProblem[] {
  if (store == null || store.database_url_env !== undefined) return [];
  const keys = (['database_schema', 'index'] as const).filter((key) => store[key] !== undefined);
  return keys.map((key) => ({
    position: yaml.keyPosition(['store', key]),
    message: `store.${key} needs store.database_url_env`,
    hint: 'Name the variable that holds the address of the database, or remove this setting.',
  }));
}
