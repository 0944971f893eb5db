/** Reads the backends of a file and checks each with its provider. Sends nothing. */
import type { Issue } from '../../providers/protocol/input/issue.ts';
import { findProvider, type ProviderId, registry, unknownProvider } from '../../providers/registry.ts';
import type { BackendConfig } from '../config.ts';
import type { Environment } from '../environment.ts';
import { resolveBackend } from '../resolve-backend.ts';
import { backendSchema, readBackendKeys } from './backend-keys.ts';
import { settingProblems, unsetVariableProblems } from './check-backend.ts';
import type { FileProblem, Path } from './config-error.ts';
import type { YamlFile } from './read-yaml.ts';
import { keysAt, pathText, problemsFromIssues } from './schema-problems.ts';
import { withoutSecrets } from './secrets.ts';

export interface KeyCheck {
  /** @default the environment of the process */
  readonly env?: Environment | undefined;
  /** Whether the variables that hold keys must be set. @default true */
  readonly checkKeys?: boolean | undefined;
}

export interface ReadBackends {
  readonly backends: Readonly<Record<string, BackendConfig>>;
  readonly problems: readonly FileProblem[];
  readonly notices: readonly string[];
}

type Entry = Readonly<Record<string, unknown>> | null | undefined;

/** Loads the code of every provider that the file uses. */
export async function readBackends(
  entries: Readonly<Record<string, Entry>>,
  yaml: YamlFile,
  check: KeyCheck,
): Promise<ReadBackends> {
  const all = await Promise.all(Object.entries(entries).map(([name, entry]) => readBackend(name, entry, yaml, check)));
  return {
    backends: Object.fromEntries(all.flatMap(({ name, backend }) => (backend ? [[name, backend]] : []))),
    problems: all.flatMap(({ problems }) => problems),
    notices: all.flatMap(({ notice }) => notice ?? []),
  };
}

interface BackendResult {
  readonly name: string;
  readonly backend?: BackendConfig;
  readonly problems: readonly FileProblem[];
  readonly notice?: string;
}

async function readBackend(
  name: string,
  entry: Entry,
  yaml: YamlFile,
  { env, checkKeys = true }: KeyCheck,
): Promise<BackendResult> {
  const path = ['backends', name];
  const parsed = backendSchema.safeParse(entry ?? {});
  if (!parsed.success) {
    const issues = (parsed.error.issues as readonly Issue[]).map((issue) => ({
      ...issue,
      path: [...path, ...issue.path],
    }));
    return { name, problems: problemsFromIssues(issues, yaml, backendSchema) };
  }
  const { type: typeName, model, optional: isOptional = false } = parsed.data;
  const type = findProvider(typeName ?? name);
  if (type === undefined) return { name, problems: [unknownType(typeName, path, yaml)] };
  const { about, settingsSchema: schema, secretSettings = [] } = await definitionOf(type);
  const facts = { known: schema === undefined ? [] : keysAt(schema, []), secrets: ['apiKey', ...secretSettings] };
  const { settings, variables, keys, problems } = readBackendKeys(parsed.data, path, facts, yaml);
  const backend = { type, ...(model !== undefined && { model }), isOptional, settings, variables };
  if (problems.length > 0) return { name, backend, problems };
  const checked = { ...facts, path, about, schema, backend, resolved: resolveBackend(backend, env), keys, yaml };
  const missing = unsetVariableProblems(checked);
  const invalid = settingProblems(checked, missing.length === 0);
  if (missing.length === 0 || !checkKeys) return { name, backend, problems: invalid };
  if (!isOptional) return { name, backend, problems: [...missing, ...invalid] };
  return { name, backend, problems: invalid, notice: `${missing[0]?.message}; this optional backend is skipped` };
}

const definitionOf = async (type: ProviderId) => (await registry[type].load()).definition;

function unknownType(typeName: string | undefined, path: Path, yaml: YamlFile): FileProblem {
  if (typeName === undefined) {
    const message = `${pathText(path)} has no type, and its name is not a provider`;
    return { position: yaml.keyPosition(path), message, hint: 'Add a type, for example type: openai.' };
  }
  const { message, hint } = unknownProvider(withoutSecrets(typeName));
  const type = [...path, 'type'];
  return { position: yaml.valuePosition(type), message: `${pathText(type)}: ${message}`, hint };
}
