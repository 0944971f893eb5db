/** Checks a setting that names an environment variable. */
import { readVariable } from '../../environment.ts';
import type { FileProblem, Path } from '../config-error.ts';
import type { KeyCheck } from '../read-backends.ts';
import type { YamlFile } from '../read-yaml.ts';
import { pathText } from '../schema-problems.ts';
import { isVariableName } from '../secrets.ts';

/** @param example a name of a variable, for the hint */
export function variableProblems(
  path: Path,
  name: string,
  example: string,
  { yaml, env, checkKeys = true }: KeyCheck & { readonly yaml: YamlFile },
): readonly FileProblem[] {
  const problem = (message: string, hint: string) => [
    { position: yaml.valuePosition(path), message: `${pathText(path)}${message}`, hint },
  ];
  if (!isVariableName(name))
    return problem(' must be the name of an environment variable: capitals, digits and "_"', `For example ${example}.`);
  if (!checkKeys || readVariable(name, env) !== undefined) return [];
  return problem(`: the variable ${name} is not set, or empty`, `Set ${name}, or remove this setting.`);
}
