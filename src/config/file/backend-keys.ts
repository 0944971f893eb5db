/** Sorts the keys of a backend into settings with values and settings that an environment variable holds. */
import * as z from 'zod/mini';
import { camelCaseKeys, toCamelCase, toSnakeCase } from '../key-case.ts';
import { type FileProblem, type Path, quoted } from './config-error.ts';
import type { YamlFile } from './read-yaml.ts';
import { pathText, unknownKey } from './schema-problems.ts';
import { isSecretName, isVariableName } from './secrets.ts';

/** Keys of every backend that are settings of the provider, except functions. */
const COMMON = {
  base_url: z.optional(z.string()),
  headers: z.optional(z.record(z.string(), z.string())),
  deadline_ms: z.optional(z.number()),
  attempt_timeout_ms: z.optional(z.number()),
  limits: z.optional(z.record(z.string(), z.union([z.number(), z.array(z.string())]))),
};
/** Keys of every backend that are not settings of the provider. */
const OWN = {
  type: z.optional(z.string()),
  model: z.optional(
    z.string().check(
      z.minLength(1),
      z.refine((model) => model !== 'dummy', { error: 'must be a model; for offline images use type: stub' }),
    ),
  ),
  optional: z.optional(z.boolean()),
};
export const backendSchema = z.looseObject({ ...COMMON, ...OWN });
export type BackendContent = z.output<typeof backendSchema>;
/** Keys that every backend takes, as they are in the file. */
export const COMMON_KEYS = [...Object.keys(COMMON), ...Object.keys(OWN)];
export const COMMON_SETTINGS = Object.keys(COMMON).map(toCamelCase);

/** Names of a provider's settings, in `camelCase`. */
export interface TypeFacts {
  /** All settings of the provider itself. */
  readonly known: readonly string[];
  readonly secrets: readonly string[];
}

export interface BackendKeys {
  readonly settings: Readonly<Record<string, unknown>>;
  /** Setting -> variable. */
  readonly variables: Readonly<Record<string, string>>;
  /** Setting -> key in the file. */
  readonly keys: ReadonlyMap<string, string>;
  readonly problems: readonly FileProblem[];
}

const NO_SECRETS = 'is secret; secrets are not allowed in the file';

export function readBackendKeys(content: BackendContent, path: Path, facts: TypeFacts, yaml: YamlFile): BackendKeys {
  const settings: Record<string, unknown> = {};
  const variables: Record<string, string> = {};
  const keys = new Map<string, string>();
  const problems: FileProblem[] = [];
  const plain = [...Object.keys(COMMON), ...facts.known.map(toSnakeCase)];
  const secrets = [...facts.secrets.map(toSnakeCase), 'api_token'];
  const allowedAsVariable = ['base_url', ...facts.known.map(toSnakeCase), ...secrets];
  for (const [key, value] of Object.entries(content)) {
    if (Object.hasOwn(OWN, key)) continue;
    const position = yaml.valuePosition([...path, key]);
    const report = (message: string, hint: string) =>
      problems.push({ position, message: `${pathText([...path, key])} ${message}`, hint });
    const base = key.endsWith('_env') ? key.slice(0, -'_env'.length) : key;
    const isVariable = base !== key && allowedAsVariable.includes(base);
    const isSecret = secrets.includes(key);
    const setting = settingOf(isVariable ? base : key);
    const duplicate = keys.get(setting);
    keys.set(setting, key);
    if (duplicate !== undefined) report(`sets the same setting as ${duplicate}`, 'Remove one of the two.');
    else if (isVariable) {
      if (typeof value === 'string' && isVariableName(value)) variables[setting] = value;
      else report('must be the name of an environment variable: capitals, digits and "_"', variableHint(base));
    } else if (isSecret) report(NO_SECRETS, variableHint(base));
    else if (key === 'headers') {
      settings[setting] = value;
      const secret = Object.keys(content.headers ?? {}).find(isSecretName);
      if (secret !== undefined) report(`: ${quoted(secret)} ${NO_SECRETS}`, variableHint());
    } else if (plain.includes(key)) settings[setting] = key === 'limits' ? camelCaseKeys(content.limits ?? {}) : value;
    else if (isSecretName(key)) report(NO_SECRETS, variableHint());
    else {
      const known = [...Object.keys(OWN), ...plain, ...secrets.map((each) => `${each}_env`)];
      problems.push(unknownKey([...path, key], [...new Set(known)], yaml));
    }
  }
  return { settings, variables, keys, problems };
}

/** Some vendors say key, others token: both are the setting `apiKey`. */
const settingOf = (key: string): string => (key === 'api_token' ? 'apiKey' : toCamelCase(key));
const variableHint = (key = 'api_key'): string =>
  `Name the variable that holds it, e.g. ${key}_env: MY_${key.toUpperCase()}.`;
