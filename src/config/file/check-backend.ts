/** Whether a provider takes the settings of a backend, with what the environment holds. No call is made. */
import type * as z from 'zod/mini';
import { type AiImageError, isAiImageError } from '../../providers/protocol/errors.ts';
import { type Issue, sentence } from '../../providers/protocol/issue.ts';
import { type CommonSettings, createProvider, type ProviderAbout } from '../../providers/registry.ts';
import type { BackendConfig } from '../config.ts';
import type { ResolvedBackend } from '../resolve-backend.ts';
import { toSnake } from '../spelling.ts';
import { COMMON_IN_FILES, type TypeFacts } from './backend-keys.ts';
import type { FileFault, FilePosition, Path } from './faults.ts';
import { faultsOf, nameOf } from './issues.ts';
import type { YamlFile } from './read-yaml.ts';

export interface CheckedBackend extends TypeFacts {
  readonly path: Path;
  readonly about: ProviderAbout;
  readonly schema: z.ZodMiniType | undefined;
  readonly backend: BackendConfig;
  readonly resolved: ResolvedBackend;
  /** Setting -> key of the file. */
  readonly keys: ReadonlyMap<string, string>;
  readonly yaml: YamlFile;
}

/** Where a setting stands, or else its backend. */
const placeOf = ({ path, keys, yaml }: CheckedBackend, setting: string): FilePosition => {
  const key = keys.get(setting);
  return key === undefined ? yaml.keyPlace(path) : yaml.valuePlace([...path, key]);
};

/** Keys that it needs and the environment lacks. */
export function missingKeys(subject: CheckedBackend): readonly FileFault[] {
  const { path, about, backend, resolved, yaml } = subject;
  const unset = Object.entries(resolved.missing).map(
    ([setting, variable]): FileFault => ({
      place: placeOf(subject, setting),
      what: `${nameOf(path)}: the variable ${variable} is not set, or empty`,
      hint: 'Set it, or say optional: true to go without this backend.',
    }),
  );
  if (!resolved.lacksKey || about.auth.kind === 'none') return unset;
  const usual = about.auth.env[0] ?? 'MY_API_KEY';
  const isElsewhere = backend.settings.baseUrl !== undefined || backend.variables.baseUrl !== undefined;
  const why = isElsewhere
    ? 'has a base_url of its own, and names no key for it'
    : `has no key: ${usual} is not set, or empty`;
  const hint = `${isElsewhere ? 'Name' : 'Set it, or name'} the variable that holds the key, e.g. api_key_env: ${usual}.`;
  return [...unset, { place: yaml.keyPlace(path), what: `${nameOf(path)} ${why}`, hint }];
}

/** @param isWhole whether everything is there that the provider may ask for */
export function settingFaults(subject: CheckedBackend, isWhole: boolean): readonly FileFault[] {
  return [...ownFaults(subject, isWhole), ...commonFaults(subject), ...brokenSecrets(subject)];
}

/** By the schema of the type's own settings. */
function ownFaults(subject: CheckedBackend, isWhole: boolean): readonly FileFault[] {
  const { path, known, schema, backend, resolved, keys, yaml } = subject;
  const own = Object.fromEntries(Object.entries(resolved.settings).filter(([setting]) => known.includes(setting)));
  const parsed = schema?.safeParse(own);
  if (parsed === undefined || parsed.success || schema === undefined) return [];
  return (parsed.error.issues as readonly Issue[]).flatMap((issue): readonly FileFault[] => {
    const [first, ...rest] = issue.path;
    const setting = String(first ?? '');
    const variable = backend.variables[setting];
    if (variable !== undefined) {
      const what = `${nameOf(path)}: the value of ${variable} ${sentence(issue)}`;
      return [{ place: placeOf(subject, setting), what }];
    }
    const key = keys.get(setting);
    if (key !== undefined) return nested(issue, [...path, key], rest, schema, yaml);
    const what = `${nameOf(first === undefined ? path : [...path, toSnake(setting)])} ${sentence(issue)}`;
    return isWhole ? [{ place: yaml.keyPlace(path), what }] : [];
  });
}

/** The schema knows the setting by its own name; the file by its key. */
function nested(issue: Issue, path: Path, rest: Path, schema: z.ZodMiniType, yaml: YamlFile): readonly FileFault[] {
  const moved = { ...yaml, keyPlace: place('keyPlace'), valuePlace: place('valuePlace') };
  function place(kind: 'keyPlace' | 'valuePlace') {
    return (given: Path) => yaml[kind]([...path, ...given.slice(1)]);
  }
  return rest.length === 0 && issue.code !== 'unrecognized_keys'
    ? [{ place: yaml.valuePlace(path), what: `${nameOf(path)} ${sentence(issue)}` }]
    : faultsOf([issue], moved, schema).map((fault) => ({ ...fault, what: `${nameOf(path)}: ${fault.what}` }));
}

/** By the rules for every provider; one setting at a time, so that the place of what is wrong is known. */
function commonFaults(subject: CheckedBackend): readonly FileFault[] {
  const { path, about, backend, resolved } = subject;
  return Object.entries(resolved.settings).flatMap(([setting, value]): readonly FileFault[] => {
    if (setting !== 'apiKey' && !COMMON_IN_FILES.includes(setting)) return [];
    try {
      // The key stands in where another setting is looked at. A border: what the file says has no type yet.
      createProvider(about.id as string, { apiKey: 'stand-in', [setting]: value } as CommonSettings);
      return [];
    } catch (error) {
      if (!isAiImageError(error)) throw error;
      const { message, hint } = error as AiImageError;
      const variable = backend.variables[setting];
      const from = variable === undefined ? '' : ` (from ${variable})`;
      const key = subject.keys.get(setting);
      const said = message.replace(`${about.id}: `, '');
      // The file's words: it has keys and no settings.
      const isAboutKey = key !== undefined && said.startsWith(`setting ${setting} `);
      const what = isAboutKey
        ? `${nameOf([...path, key])} ${said.slice(`setting ${setting} `.length)}${from}`
        : `${nameOf(path)}: ${said}${from}`;
      return [{ place: placeOf(subject, setting), what, ...(hint !== undefined && { hint: inFileWords(hint) }) }];
    }
  });
}

/** Settings that the hints of the library name, as a file writes them. */
const FILE_WORDS: Readonly<Record<string, string>> = {
  apiKey: 'api_key_env',
  baseUrl: 'base_url',
  deadlineMs: 'deadline_ms',
  attemptTimeoutMs: 'attempt_timeout_ms',
};

const inFileWords = (hint: string): string =>
  hint.replace(/\b(?:apiKey|baseUrl|deadlineMs|attemptTimeoutMs)\b/g, (word) => FILE_WORDS[word] ?? word);

const ONE_WORD = /^[\x21-\x7e]+$/;
/** The content of a key file; and several secrets, separated by blanks. */
const MORE_WORDS = ['credentials', 'webhookSecret'];

/** K19: the provider looks at its key itself; what else is secret is looked at here. */
function brokenSecrets(subject: CheckedBackend): readonly FileFault[] {
  const { path, secrets, backend, resolved } = subject;
  return Object.entries(backend.variables).flatMap(([setting, variable]): readonly FileFault[] => {
    const value = resolved.settings[setting];
    const isChecked = secrets.includes(setting) && setting !== 'apiKey' && !MORE_WORDS.includes(setting);
    if (!isChecked || typeof value !== 'string' || ONE_WORD.test(value)) return [];
    const what = `${nameOf(path)}: the value of ${variable} holds characters no key has`;
    return [
      { place: placeOf(subject, setting), what, hint: 'Copy it again: it is one word of letters, digits and signs.' },
    ];
  });
}
