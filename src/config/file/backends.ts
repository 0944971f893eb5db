/** The backends of a file: each checked by the provider it is made of, before anything is asked of anybody. */
import type { Issue } from '../../providers/protocol/issue.ts';
import { findProvider, type ProviderId, registry, unknownProvider } from '../../providers/registry.ts';
import type { BackendConfig } from '../config.ts';
import type { Environment } from '../environment.ts';
import { resolveBackend } from '../resolve-backend.ts';
import { backendSchema, sortKeys } from './backend-keys.ts';
import { missingKeys, settingFaults } from './check-backend.ts';
import type { FileFault, Path } from './faults.ts';
import { faultsOf, keysAt, nameOf } from './issues.ts';
import { shown } from './key-like.ts';
import type { YamlFile } from './read-yaml.ts';

export interface KeyCheck {
  /** @default that of the process */
  readonly env?: Environment | undefined;
  /** Whether the variables that hold keys must be there. @default true */
  readonly checkKeys?: boolean | undefined;
}

export interface BackendsRead {
  readonly backends: Readonly<Record<string, BackendConfig>>;
  readonly faults: readonly FileFault[];
  readonly notices: readonly string[];
}

type Entry = Readonly<Record<string, unknown>> | null | undefined;

/** Loads the code of every type that is named. */
export async function readBackends(
  entries: Readonly<Record<string, Entry>>,
  yaml: YamlFile,
  check: KeyCheck,
): Promise<BackendsRead> {
  const all = await Promise.all(Object.entries(entries).map(([name, entry]) => readBackend(name, entry, yaml, check)));
  return {
    backends: Object.fromEntries(all.flatMap(({ name, backend }) => (backend ? [[name, backend]] : []))),
    faults: all.flatMap(({ faults }) => faults),
    notices: all.flatMap(({ notice }) => notice ?? []),
  };
}

interface BackendRead {
  readonly name: string;
  readonly backend?: BackendConfig;
  readonly faults: readonly FileFault[];
  readonly notice?: string;
}

async function readBackend(
  name: string,
  entry: Entry,
  yaml: YamlFile,
  { env, checkKeys = true }: KeyCheck,
): Promise<BackendRead> {
  const path = ['backends', name];
  const basic = backendSchema.safeParse(entry ?? {});
  if (!basic.success) {
    const issues = (basic.error.issues as readonly Issue[]).map((issue) => ({
      ...issue,
      path: [...path, ...issue.path],
    }));
    return { name, faults: faultsOf(issues, yaml, backendSchema) };
  }
  const { type: named, model, optional: isOptional = false } = basic.data;
  const type = findProvider(named ?? name);
  if (type === undefined) return { name, faults: [unknownType(named, path, yaml)] };
  const { about, settingsSchema: schema, secretSettings = [] } = await definitionOf(type);
  const facts = { known: schema === undefined ? [] : keysAt(schema, []), secrets: ['apiKey', ...secretSettings] };
  const { settings, variables, keys, faults } = sortKeys(basic.data, path, facts, yaml);
  const backend = { type, ...(model !== undefined && { model }), isOptional, settings, variables };
  if (faults.length > 0) return { name, backend, faults };
  const subject = { ...facts, path, about, schema, backend, resolved: resolveBackend(backend, env), keys, yaml };
  const missing = missingKeys(subject);
  const wrong = settingFaults(subject, missing.length === 0);
  if (missing.length === 0 || !checkKeys) return { name, backend, faults: wrong };
  if (!isOptional) return { name, backend, faults: [...missing, ...wrong] };
  return { name, backend, faults: wrong, notice: `${missing[0]?.what}; it is optional, and left out` };
}

const definitionOf = async (type: ProviderId) => (await registry[type].load()).definition;

function unknownType(named: string | undefined, path: Path, yaml: YamlFile): FileFault {
  if (named === undefined) {
    const what = `${nameOf(path)} has no type, and its name is that of no provider`;
    return { place: yaml.keyPlace(path), what, hint: 'Add for example type: openai.' };
  }
  const { message, hint } = unknownProvider(shown(named));
  const type = [...path, 'type'];
  return { place: yaml.valuePlace(type), what: `${nameOf(type)}: ${message}`, hint };
}
