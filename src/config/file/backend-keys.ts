/** The keys of a backend, sorted into settings that stand there and settings that a variable holds. */
import * as z from 'zod/mini';
import { camelKeys, toCamel, toSnake } from '../spelling.ts';
import { type FileFault, type Path, quoted } from './faults.ts';
import { nameOf, unknownKey } from './issues.ts';
import { isSecretName, isVariableName } from './key-like.ts';
import type { YamlFile } from './read-yaml.ts';

/** What every backend may have, beside the settings of its type. Functions have no place in a file. */
const COMMON = {
  base_url: z.optional(z.string()),
  headers: z.optional(z.record(z.string(), z.string())),
  deadline_ms: z.optional(z.number()),
  attempt_timeout_ms: z.optional(z.number()),
  limits: z.optional(z.record(z.string(), z.union([z.number(), z.array(z.string())]))),
};
const OWN = {
  type: z.optional(z.string()),
  model: z.optional(
    z.string().check(
      z.minLength(1),
      z.refine((model) => model !== 'dummy', { error: 'must be a model; without a vendor draws type: stub' }),
    ),
  ),
  optional: z.optional(z.boolean()),
};
export const backendSchema = z.looseObject({ ...COMMON, ...OWN });
export type BackendContent = z.output<typeof backendSchema>;
export const COMMON_IN_FILES = Object.keys(COMMON).map(toCamel);

/** What is known of a type. Settings as the code calls them. */
export interface TypeFacts {
  /** Its own settings. */
  readonly known: readonly string[];
  readonly secrets: readonly string[];
}

export interface SortedKeys {
  readonly settings: Readonly<Record<string, unknown>>;
  /** Setting -> variable. */
  readonly variables: Readonly<Record<string, string>>;
  /** Setting -> key of the file. */
  readonly keys: ReadonlyMap<string, string>;
  readonly faults: readonly FileFault[];
}

export function sortKeys(content: BackendContent, path: Path, facts: TypeFacts, yaml: YamlFile): SortedKeys {
  const settings: Record<string, unknown> = {};
  const variables: Record<string, string> = {};
  const keys = new Map<string, string>();
  const faults: FileFault[] = [];
  const plain = [...Object.keys(COMMON), ...facts.known.map(toSnake)];
  const secrets = [...facts.secrets.map(toSnake), 'api_token'];
  const nameable = ['base_url', ...facts.known.map(toSnake), ...secrets];
  for (const [key, value] of Object.entries(content)) {
    if (Object.hasOwn(OWN, key)) continue;
    const place = yaml.valuePlace([...path, key]);
    const add = (what: string, hint: string) => faults.push({ place, what: `${nameOf([...path, key])} ${what}`, hint });
    const base = key.endsWith('_env') ? key.slice(0, -'_env'.length) : key;
    const isVariable = base !== key && nameable.includes(base);
    const isSecret = secrets.includes(key);
    const setting = settingOf(isVariable ? base : key);
    const rival = keys.get(setting);
    keys.set(setting, key);
    if (rival !== undefined) add(`says the same as ${rival}`, 'Keep one of the two.');
    else if (isVariable) {
      if (typeof value === 'string' && isVariableName(value)) variables[setting] = value;
      else add('must be the name of an environment variable: capitals, digits and "_"', likeThis(base));
    } else if (isSecret) add('is secret, and no secret belongs into the file', likeThis(base));
    else if (key === 'headers') {
      settings[setting] = value;
      const secret = Object.keys(content.headers ?? {}).find(isSecretName);
      if (secret !== undefined) add(`: ${quoted(secret)} is secret, and no secret belongs into the file`, likeThis());
    } else if (plain.includes(key)) settings[setting] = key === 'limits' ? camelKeys(content.limits ?? {}) : value;
    else if (isSecretName(key)) add('is secret, and no secret belongs into the file', likeThis());
    else {
      const known = [...Object.keys(OWN), ...plain, ...secrets.map((each) => `${each}_env`)];
      faults.push(unknownKey([...path, key], [...new Set(known)], yaml));
    }
  }
  return { settings, variables, keys, faults };
}

/** Vendors call it a key or a token; it is one setting. */
const settingOf = (key: string): string => (key === 'api_token' ? 'apiKey' : toCamel(key));
const likeThis = (key = 'api_key'): string =>
  `Name the variable that holds it, e.g. ${key}_env: MY_${key.toUpperCase()}.`;
