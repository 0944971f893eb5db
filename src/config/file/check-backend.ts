/** Checks whether the provider accepts a backend's settings, including the values from the environment. Sends nothing. */
import type * as z from 'zod/mini';
import { type AiImageError, isAiImageError } from '../../providers/protocol/errors.ts';
import { describeIssue, type Issue } from '../../providers/protocol/input/issue.ts';
import { type CommonSettings, createProvider, type ProviderAbout } from '../../providers/registry.ts';
import type { BackendConfig } from '../config.ts';
import { toSnakeCase } from '../key-case.ts';
import type { ResolvedBackend } from '../resolve-backend.ts';
import { COMMON_SETTINGS, type TypeFacts } from './backend-keys.ts';
import type { FilePosition, FileProblem, Path } from './config-error.ts';
import type { YamlFile } from './read-yaml.ts';
import { pathText, problemsFromIssues } from './schema-problems.ts';

export interface CheckedBackend extends TypeFacts {
  readonly path: Path;
  readonly about: ProviderAbout;
  readonly schema: z.ZodMiniType | undefined;
  readonly backend: BackendConfig;
  readonly resolved: ResolvedBackend;
  /** Setting -> key in the file. */
  readonly keys: ReadonlyMap<string, string>;
  readonly yaml: YamlFile;
}

/** Returns the position of a setting, or of its backend if the file does not set it. */
const positionOf = ({ path, keys, yaml }: CheckedBackend, setting: string): FilePosition => {
  const key = keys.get(setting);
  return key === undefined ? yaml.keyPosition(path) : yaml.valuePosition([...path, key]);
};

/** Reports variables that the backend needs and that are not set. */
export function unsetVariableProblems(checked: CheckedBackend): readonly FileProblem[] {
  const { path, about, backend, resolved, yaml } = checked;
  const unset = Object.entries(resolved.missingVariables).map(
    ([setting, variable]): FileProblem => ({
      position: positionOf(checked, setting),
      message: `${pathText(path)}: the variable ${variable} is not set, or empty`,
      hint: `Set ${variable}, or add optional: true to skip this backend while the variable is not set.`,
    }),
  );
  if (!resolved.isMissingKey || about.auth.kind === 'none') return unset;
  const defaultVariable = about.auth.env[0] ?? 'MY_API_KEY';
  const hasOwnBaseUrl = backend.settings.baseUrl !== undefined || backend.variables.baseUrl !== undefined;
  const message = hasOwnBaseUrl
    ? 'has its own base_url, and names no key for it'
    : `has no key: ${defaultVariable} is not set, or empty`;
  const hint = `${hasOwnBaseUrl ? 'Name' : `Set ${defaultVariable}, or name`} the variable that holds the key, e.g. api_key_env: ${defaultVariable}.`;
  return [...unset, { position: yaml.keyPosition(path), message: `${pathText(path)} ${message}`, hint }];
}

/** @param isComplete whether no required variable is missing; if false, missing settings are not reported a second time */
export function settingProblems(checked: CheckedBackend, isComplete: boolean): readonly FileProblem[] {
  return [...ownSettingProblems(checked, isComplete), ...commonSettingProblems(checked), ...malformedSecrets(checked)];
}

/** Checks the provider's own settings with its schema. */
function ownSettingProblems(checked: CheckedBackend, isComplete: boolean): readonly FileProblem[] {
  const { path, known, schema, backend, resolved, keys, yaml } = checked;
  const own = Object.fromEntries(Object.entries(resolved.settings).filter(([setting]) => known.includes(setting)));
  const parsed = schema?.safeParse(own);
  if (parsed === undefined || parsed.success || schema === undefined) return [];
  return (parsed.error.issues as readonly Issue[]).flatMap((issue): readonly FileProblem[] => {
    const [first, ...rest] = issue.path;
    const setting = String(first ?? '');
    const variable = backend.variables[setting];
    if (variable !== undefined) {
      const message = `${pathText(path)}: the value of ${variable} ${describeIssue(issue)}`;
      return [{ position: positionOf(checked, setting), message }];
    }
    const key = keys.get(setting);
    if (key !== undefined) return nestedProblems(issue, [...path, key], rest, schema, yaml);
    const message = `${pathText(first === undefined ? path : [...path, toSnakeCase(setting)])} ${describeIssue(issue)}`;
    return isComplete ? [{ position: yaml.keyPosition(path), message }] : [];
  });
}

/** Reports an issue inside a setting. The schema uses the setting's name, the file its key, so positions are looked up below the key. */
function nestedProblems(
  issue: Issue,
  path: Path,
  rest: Path,
  schema: z.ZodMiniType,
  yaml: YamlFile,
): readonly FileProblem[] {
  const belowKey = { ...yaml, keyPosition: lookUp('keyPosition'), valuePosition: lookUp('valuePosition') };
  function lookUp(kind: 'keyPosition' | 'valuePosition') {
    return (given: Path) => yaml[kind]([...path, ...given.slice(1)]);
  }
  return rest.length === 0 && issue.code !== 'unrecognized_keys'
    ? [{ position: yaml.valuePosition(path), message: `${pathText(path)} ${describeIssue(issue)}` }]
    : problemsFromIssues([issue], belowKey, schema).map((problem) => ({
        ...problem,
        message: `${pathText(path)}: ${problem.message}`,
      }));
}

/** Checks the settings of every provider, one at a time, so that the position of each problem is known. */
function commonSettingProblems(checked: CheckedBackend): readonly FileProblem[] {
  const { path, about, backend, resolved } = checked;
  return Object.entries(resolved.settings).flatMap(([setting, value]): readonly FileProblem[] => {
    if (setting !== 'apiKey' && !COMMON_SETTINGS.includes(setting)) return [];
    try {
      // A placeholder key, because a provider needs one. The cast is safe because the provider checks the settings.
      createProvider(about.id as string, { apiKey: 'stand-in', [setting]: value } as CommonSettings);
      return [];
    } catch (error) {
      if (!isAiImageError(error)) throw error;
      const { message: fullMessage, hint } = error as AiImageError;
      const variable = backend.variables[setting];
      const source = variable === undefined ? '' : ` (from ${variable})`;
      const key = checked.keys.get(setting);
      const reason = withFileKeys(fullMessage.replace(`${about.id}: `, ''), setting);
      const subject = `setting ${key} `;
      const message =
        key !== undefined && reason.startsWith(subject)
          ? `${pathText([...path, key])} ${reason.slice(subject.length)}${source}`
          : `${pathText(path)}: ${reason}${source}`;
      return [
        {
          position: positionOf(checked, setting),
          message,
          ...(hint !== undefined && { hint: withFileKeys(hint, setting) }),
        },
      ];
    }
  });
}

/** Settings named in messages of the library -> keys in the file. */
const FILE_KEYS: Readonly<Record<string, string>> = {
  apiKey: 'api_key_env',
  baseUrl: 'base_url',
  deadlineMs: 'deadline_ms',
  attemptTimeoutMs: 'attempt_timeout_ms',
};

/** Replaces the names of settings and limits in a message of the library by the keys that the user typed in the file. */
function withFileKeys(text: string, setting: string): string {
  return text.replace(/\b[a-z]+(?:[A-Z][a-z]*)+\b/g, (name) =>
    setting === 'limits' ? toSnakeCase(name) : (FILE_KEYS[name] ?? name),
  );
}

const ONE_WORD = /^[\x21-\x7e]+$/;
/** Secrets that may hold white space: the content of a key file, and several secrets in one variable. */
const MULTI_WORD_SECRETS = ['credentials', 'webhookSecret'];

/** K19: checks secrets other than `apiKey` for characters that no key has. The provider itself checks `apiKey`. */
function malformedSecrets(checked: CheckedBackend): readonly FileProblem[] {
  const { path, secrets, backend, resolved } = checked;
  return Object.entries(backend.variables).flatMap(([setting, variable]): readonly FileProblem[] => {
    const value = resolved.settings[setting];
    const mustBeOneWord = secrets.includes(setting) && setting !== 'apiKey' && !MULTI_WORD_SECRETS.includes(setting);
    if (!mustBeOneWord || typeof value !== 'string' || ONE_WORD.test(value)) return [];
    return [
      {
        position: positionOf(checked, setting),
        message: `${pathText(path)}: the value of ${variable} contains characters that no key or password has`,
        hint: 'Copy the value again: it is one word of letters, digits and symbols, without spaces or line breaks.',
      },
    ];
  });
}
