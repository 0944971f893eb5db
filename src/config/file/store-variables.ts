/** The variables that the store's credentials are in. */
import { readVariable } from '../environment.ts';
import type { KeyCheck } from './backends.ts';
import type { Fault } from './faults.ts';
import { nameOf } from './issues.ts';
import { isVariableName } from './key-like.ts';
import type { YamlFile } from './read-yaml.ts';
import type { FileContent } from './schema.ts';

export function variableFaults(
  { store }: FileContent,
  yaml: YamlFile,
  { env, checkKeys = true }: KeyCheck,
): readonly Fault[] {
  return Object.entries(store?.s3 ?? {}).flatMap(([key, name]): readonly Fault[] => {
    if (!key.endsWith('_env') || typeof name !== 'string') return [];
    const path = ['store', 's3', key];
    const add = (what: string, hint: string) => [
      { place: yaml.valuePlace(path), what: `${nameOf(path)}${what}`, hint },
    ];
    if (!isVariableName(name))
      return add(
        ' must be the name of an environment variable: capitals, digits and "_"',
        'For example S3_SECRET_ACCESS_KEY.',
      );
    if (!checkKeys || readVariable(name, env) !== undefined) return [];
    return add(`: the variable ${name} is not set, or empty`, 'Set it, or remove the key.');
  });
}
